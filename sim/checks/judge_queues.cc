// Expectations of queues.
#include "sim/checks/judge.h"
#include "sim/checks/queue_measures.h"

namespace seatrial::checks {

namespace {

std::int64_t count_of(std::uint64_t n) { return static_cast<std::int64_t>(n); }

}  // namespace

const std::vector<QueueMeasure>& queue_measures() {
  using Totals = traffic::QueueTotals;
  static const std::vector<QueueMeasure> rows{
      {"sent", Unit::kCount, [](const Totals& t) { return count_of(t.sent); }},
      {"done", Unit::kCount, [](const Totals& t) { return count_of(t.done); }},
      {"redelivered", Unit::kCount, [](const Totals& t) { return count_of(t.redeliveries.size()); }},
      {"repeated", Unit::kCount, [](const Totals& t) { return count_of(t.repeated); }},
      {"deadLettered", Unit::kCount, [](const Totals& t) { return count_of(t.dead_lettered); }},
      {"waiting", Unit::kCount, [](const Totals& t) { return count_of(t.waiting); }},
      {"mostWaiting", Unit::kCount, [](const Totals& t) { return count_of(t.most_waiting); }},
      {"p50", Unit::kDuration, [](const Totals& t) { return t.age.quantile(500'000).count(); }},
      {"p99", Unit::kDuration, [](const Totals& t) { return t.age.quantile(990'000).count(); }},
      {"max", Unit::kDuration, [](const Totals& t) { return t.age.max().count(); }},
  };
  return rows;
}

Judged judge_one(const QueueExpectation& what, const Evidence& evidence) {
  const traffic::Queues& queues = evidence.traffic.queues();
  Judged judged{true, {}};
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const auto index = static_cast<traffic::QueueIndex>(i);
    if (queues.config(index).name != what.queue) continue;
    for (const auto& [measure, bound] : what.bounds) {
      const QueueMeasure& row = queue_measures()[measure];
      const std::int64_t value = row.of(queues.totals(index));
      const std::int64_t shown = row.unit == Unit::kDuration ? value / 1'000'000 * 1'000'000 : value;
      judged.held &= bound(value);
      judged.seen +=
          (judged.seen.empty() ? "" : ", ") + std::string(row.key) + " " + bound_text(row.unit, shown);
    }
    judged.seen += " (of " + std::to_string(queues.totals(index).sent) + " messages)";
    return judged;
  }
  return {false, "no such queue"};
}

}  // namespace seatrial::checks
