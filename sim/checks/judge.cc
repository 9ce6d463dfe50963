// Expectations judged on a finished run.
#include <algorithm>

#include "sim/checks/evidence.h"
#include "sim/checks/judge.h"
#include "sim/checks/object_fields.h"
#include "sim/checks/spread.h"

namespace seatrial::checks {
namespace {

std::string times(std::size_t n, const std::string& what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

// --- requests
std::optional<traffic::LoadIndex> load_called(const traffic::Traffic& traffic, api::Symbol name) {
  for (std::size_t i = 0; i < traffic.load_count(); ++i) {
    const auto index = static_cast<traffic::LoadIndex>(i);
    if (traffic.load(index).name == name) return index;
  }
  return std::nullopt;
}

// Requests as counted over the whole run or in a window of it.
struct Counted {
  std::uint64_t total = 0, ok = 0, failed = 0, forbidden = 0;
  traffic::OutcomeCounts outcomes{};
};

std::int64_t share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<std::int64_t>(part * 1'000'000 / whole);
}

std::int64_t measured(const RequestBound& bound, const Counted& counted, const traffic::Histogram& latency) {
  switch (bound.measure) {
    case Measure::kTotal:
      return static_cast<std::int64_t>(counted.total);
    case Measure::kOk:
      return static_cast<std::int64_t>(counted.ok);
    case Measure::kFailed:
      return static_cast<std::int64_t>(counted.failed);
    case Measure::kForbidden:
      return static_cast<std::int64_t>(counted.forbidden);
    case Measure::kOkShare:
      return share(counted.ok, counted.ok + counted.failed);
    case Measure::kFailedShare:
      return share(counted.failed, counted.ok + counted.failed);
    case Measure::kMean:
      return latency.mean().count();
    case Measure::kMax:
      return latency.max().count();
    case Measure::kOutcome:
      return static_cast<std::int64_t>(counted.outcomes[static_cast<std::size_t>(bound.outcome)]);
    default:
      break;
  }
  for (const MeasureInfo& info : measures()) {
    if (info.measure == bound.measure) return latency.quantile(info.per_million).count();
  }
  return 0;
}

std::pair<std::string, Unit> name_and_unit(const RequestBound& bound) {
  for (const MeasureInfo& info : measures()) {
    if (info.measure == bound.measure) return {std::string(info.key), info.unit};
  }
  return {std::string(to_string(bound.outcome)), Unit::kCount};
}

std::string seen_text(const RequestBound& bound, std::int64_t value) {
  const auto [name, unit] = name_and_unit(bound);
  const std::int64_t shown =
      unit == Unit::kDuration && value > 10'000'000 ? value / 100'000 * 100'000 : value;
  return name + " " + bound_text(unit, shown);
}

Judged judge_whole(const RequestsExpectation& what, traffic::LoadIndex load,
                   const traffic::Traffic& traffic) {
  const traffic::LoadTotals totals = traffic.accounts().totals(load);
  const Counted counted{totals.sent, totals.ok(), totals.failed(), traffic.forbidden(load).requests,
                        totals.outcomes};
  const traffic::Histogram latency = traffic.accounts().latency(load);
  const bool about_total =
      std::ranges::any_of(what.bounds, [](const RequestBound& b) { return b.measure == Measure::kTotal; });
  if (totals.sent == 0 && !about_total) return {false, "no request was sent"};
  Judged judged{true, {}};
  for (const RequestBound& bound : what.bounds) {
    const std::int64_t value = measured(bound, counted, latency);
    judged.held &= bound.bound(value);
    judged.seen += (judged.seen.empty() ? "" : ", ") + seen_text(bound, value);
  }
  judged.seen += " (of " + std::to_string(totals.sent) + " requests)";
  return judged;
}

// Every window of whole seconds that begins at a second and lies within the run.
struct Windows {
  std::vector<std::uint32_t> sent;
  std::vector<traffic::Second> ended;
  std::vector<traffic::SecondLatency> latency;
};

Windows windows_of(const traffic::Traffic& traffic, traffic::LoadIndex load) {
  Windows all;
  all.sent = traffic.accounts().sent_seconds(load);
  all.ended.resize(all.sent.size());
  all.latency.resize(all.sent.size());
  for (std::size_t v = 0; v < traffic.accounts().version_count(); ++v) {
    const auto version = static_cast<traffic::VersionIndex>(v);
    const auto seconds = traffic.accounts().seconds(load, version);
    const auto latencies = traffic.accounts().latency_seconds(load, version);
    for (std::size_t s = 0; s < std::min(seconds.size(), all.ended.size()); ++s) {
      all.ended[s].ok += seconds[s].ok;
      all.ended[s].failed += seconds[s].failed;
    }
    for (std::size_t s = 0; s < std::min(latencies.size(), all.latency.size()); ++s)
      all.latency[s].merge(latencies[s]);
  }
  return all;
}

std::int64_t measured_in(const RequestBound& bound, const Windows& all, std::size_t from,
                         std::size_t length) {
  Counted counted;
  traffic::SecondLatency latency;
  for (std::size_t s = from; s < from + length; ++s) {
    counted.total += all.sent[s];
    counted.ok += all.ended[s].ok;
    counted.failed += all.ended[s].failed;
  }
  for (const MeasureInfo& info : measures()) {
    if (info.measure != bound.measure || info.per_million < 0) continue;
    for (std::size_t s = from; s < from + length; ++s) latency.merge(all.latency[s]);
    return latency.quantile(info.per_million).count();
  }
  return measured(bound, counted, traffic::Histogram());
}

Judged judge_windows(const RequestsExpectation& what, traffic::LoadIndex load,
                     const traffic::Traffic& traffic) {
  const Windows all = windows_of(traffic, load);
  const auto length = static_cast<std::size_t>(*what.window / Duration::seconds(1));
  std::size_t windows = 0, broken = 0;
  std::string first;
  for (std::size_t from = 0; from + length <= all.sent.size(); ++from) {
    ++windows;
    bool held = true;
    std::string seen;
    for (const RequestBound& bound : what.bounds) {
      const std::int64_t value = measured_in(bound, all, from, length);
      held &= bound.bound(value);
      seen += (seen.empty() ? "" : ", ") + seen_text(bound, value);
    }
    if (!held && broken++ == 0)
      first = seen + " from " + to_string(Duration::seconds(static_cast<std::int64_t>(from)));
  }
  if (windows == 0) return {false, "the run is shorter than one window"};
  if (broken == 0) return {true, "in all of " + times(windows, "window")};
  return {false, "not in " + std::to_string(broken) + " of " + times(windows, "window") + ", first " + first};
}

Judged judge_one(const RequestsExpectation& what, const Evidence& evidence) {
  const auto load = load_called(evidence.traffic, what.load);
  if (!load) return {false, "no such load"};
  return what.window ? judge_windows(what, *load, evidence.traffic)
                     : judge_whole(what, *load, evidence.traffic);
}

// --- rollouts
std::string shown(Duration d) { return to_string(Duration::millis(d.count() / 1'000'000)); }

Judged judge_one(const RolloutExpectation& what, const Evidence& evidence) {
  Judged judged{true, {}};
  std::size_t found = 0;
  for (const RolloutLife& rollout : evidence.rollouts) {
    if (!(rollout.target == what.target)) continue;
    ++found;
    const bool completed = rollout.completed.has_value();
    if (!judged.seen.empty()) judged.seen += "; ";
    judged.seen += rollout.from + " to " + rollout.to + " ";
    if (completed)
      judged.seen += "took " + shown(*rollout.completed - rollout.started);
    else if (rollout.superseded)
      judged.seen += "was superseded after " + shown(*rollout.superseded - rollout.started);
    else
      judged.seen += "had not completed " + shown(evidence.end() - rollout.started) + " after it began";
    if (!what.completes)
      judged.held &= !completed;
    else if (!completed)
      judged.held &= rollout.superseded.has_value();
    else if (what.within)
      judged.held &= *rollout.completed - rollout.started <= *what.within;
  }
  if (found == 0) return {false, "there was no rollout"};
  return judged;
}

// --- objects
bool matches(const api::Object& object, const ConditionMatch& match) {
  const std::vector<api::Condition>* const conditions = conditions_of(object);
  const api::Condition* const condition = conditions ? api::find_condition(*conditions, match.type) : nullptr;
  if (!condition) return false;
  return (match.status.empty() || to_string(condition->status) == match.status.view()) &&
         (match.reason.empty() || condition->reason == match.reason);
}

bool satisfied(const api::Object& object, const ObjectExpectation& what) {
  const bool counts = std::ranges::all_of(what.counts, [&](const auto& entry) {
    const auto value = field(object, entry.first.view());
    return value && entry.second(*value);
  });
  return counts && std::ranges::all_of(what.conditions,
                                       [&](const ConditionMatch& match) { return matches(object, match); });
}

std::string state_text(const api::Object& object, const ObjectExpectation& what) {
  std::string text;
  for (const auto& [key, bound] : what.counts) {
    text +=
        (text.empty() ? "" : ", ") + key.str() + " " + std::to_string(field(object, key.view()).value_or(0));
  }
  for (const ConditionMatch& match : what.conditions) {
    const std::vector<api::Condition>* const conditions = conditions_of(object);
    const api::Condition* const condition =
        conditions ? api::find_condition(*conditions, match.type) : nullptr;
    text += (text.empty() ? "" : ", ") + match.type.str() + " " +
            (condition ? std::string(to_string(condition->status)) + " (" + condition->reason.str() + ")"
                       : "not set");
  }
  return text;
}

// The states that an object had from `from` on, each with the instant from which it held.
std::vector<std::pair<SimTime, api::ObjectPtr>> states_of(const ObjectName& name, SimTime from,
                                                          const Evidence& evidence) {
  std::vector<std::pair<SimTime, api::ObjectPtr>> states;
  for (const cluster::WatchEvent& change : evidence.history) {
    const api::Object& object = *change.object;
    if (object.kind != name.kind || object.metadata.name != name.name ||
        object.metadata.namespace_ != name.namespace_)
      continue;
    const SimTime at = std::max(from, evidence.time_of(change));
    if (!states.empty() && states.back().first == at) states.pop_back();
    states.emplace_back(at, change.type == cluster::ChangeType::kDeleted ? nullptr : change.object);
  }
  return states;
}

Judged judge_always(const ObjectExpectation& what,
                    const std::vector<std::pair<SimTime, api::ObjectPtr>>& states) {
  // The value that came nearest to the bound.
  const Comparison comparison = what.counts.empty() ? Comparison::kEqual : what.counts[0].second.comparison;
  const bool from_below = comparison == Comparison::kLess || comparison == Comparison::kLessEqual;
  std::optional<std::int64_t> nearest;
  for (const auto& [at, object] : states) {
    if (what.within && at > SimTime::at(*what.within)) break;
    if (!object) return {false, "it was deleted at " + to_string(at)};
    if (!satisfied(*object, what))
      return {false, state_text(*object, what) + " at " + shown(at.since_start())};
    if (what.counts.size() == 1 && what.conditions.empty()) {
      const std::int64_t value = field(*object, what.counts[0].first.view()).value_or(0);
      const std::int64_t before = nearest.value_or(value);
      nearest = from_below ? std::max(before, value) : std::min(before, value);
    }
  }
  if (nearest) return {true, (from_below ? "highest " : "lowest ") + std::to_string(*nearest)};
  return {true, "at every change of it"};
}

Judged judge_eventually(const ObjectExpectation& what,
                        const std::vector<std::pair<SimTime, api::ObjectPtr>>& states) {
  for (const auto& [at, object] : states) {
    if (!object || !satisfied(*object, what)) continue;
    const bool in_time = !what.within || at <= SimTime::at(*what.within);
    return {in_time, state_text(*object, what) + " at " + shown(at.since_start())};
  }
  const api::ObjectPtr& last = states.back().second;
  return {false, last ? state_text(*last, what) + " at the end" : "it was deleted"};
}

Judged judge_one(const ObjectExpectation& what, const Evidence& evidence) {
  const auto states = states_of(what.target, what.from, evidence);
  if (states.empty()) return {false, "it never existed"};
  return what.always ? judge_always(what, states) : judge_eventually(what, states);
}

Judged judge_one(const SpreadExpectation& what, const Evidence& evidence) {
  const Spread spread = spread_of(evidence, what.target, what.topology_key, evidence.end());
  if (spread.pods.empty()) return {false, "no node has the label " + what.topology_key.str()};
  return {what.skew(spread.skew()), spread.str() + ": skew " + std::to_string(spread.skew())};
}

Judged judge_one(const RefusalsExpectation& what, const Evidence& evidence) {
  const std::vector<JournalId> refused = refused_commands(evidence);
  std::string seen = times(refused.size(), "refusal");
  if (!refused.empty()) {
    const JournalRecord& first = evidence.kernel.journal().record(refused.front());
    seen += ", the first at " + shown(first.at.since_start());
  }
  return {what.refused(static_cast<std::int64_t>(refused.size())), seen};
}

}  // namespace

Judged judge(const Expectation& expectation, const Evidence& evidence) {
  return std::visit([&](const auto& what) { return judge_one(what, evidence); }, expectation.what);
}

}  // namespace seatrial::checks
