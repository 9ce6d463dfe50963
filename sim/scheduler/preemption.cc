#include "sim/scheduler/preemption.h"

#include <algorithm>
#include <array>

#include "sim/engine/check.h"

namespace seatrial::scheduler {

namespace {

// Compared from the first entry on; the smallest wins.
std::array<std::int64_t, 5> cost(const PreemptionCandidate& candidate) {
  CHECK(!candidate.victims.empty());
  const std::int64_t highest = std::ranges::max(candidate.victims, {}, &Victim::priority).priority;
  std::int64_t sum = 0;
  SimTime earliest = SimTime::max();
  for (const Victim& victim : candidate.victims) {
    sum += victim.priority + (std::int64_t{1} << 31);
    if (victim.priority == highest) earliest = std::min(earliest, victim.start_time);
  }
  return {candidate.pdb_violations, highest, sum, static_cast<std::int64_t>(candidate.victims.size()),
          -earliest.count()};
}

}  // namespace

bool is_more_important(const Victim& a, const Victim& b) {
  return a.priority != b.priority ? a.priority > b.priority : a.start_time < b.start_time;
}

std::int64_t num_preemption_candidates(std::int64_t nodes, std::int64_t percentage, std::int64_t absolute) {
  return std::min(nodes, std::max(nodes * percentage / 100, absolute));
}

std::vector<bool> violate_budgets(std::span<const api::Pod* const> pods,
                                  std::span<const api::PodDisruptionBudget* const> budgets) {
  std::vector<std::int64_t> allowed;
  for (const auto* const budget : budgets) allowed.push_back(budget->status.disruptions_allowed);
  std::vector<bool> violated(pods.size());
  for (std::size_t p = 0; p < pods.size(); ++p) {
    const api::ObjectMeta& pod = pods[p]->metadata;
    if (pod.labels->empty()) continue;
    for (std::size_t b = 0; b < budgets.size(); ++b) {
      const api::PodDisruptionBudget& budget = *budgets[b];
      if (budget.metadata.namespace_ != pod.namespace_ || !budget.selector || budget.selector->empty() ||
          !budget.selects(*pod.labels) || budget.status.disrupted_pods.contains(pod.name)) {
        continue;
      }
      if (--allowed[b] < 0) violated[p] = true;
    }
  }
  return violated;
}

std::size_t pick_one_node_for_preemption(std::span<const PreemptionCandidate> candidates) {
  CHECK(!candidates.empty());
  const auto best = std::ranges::min_element(candidates, {}, cost);
  return static_cast<std::size_t>(best - candidates.begin());
}

}  // namespace seatrial::scheduler
