// Which node's pods are evicted for a pod that fits nowhere: the calculations of DefaultPreemption.
// Sources: pkg/scheduler/framework/preemption/preemption.go (pickOneNodeForPreemption),
// plugins/defaultpreemption/default_preemption.go; reference §5.7.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/api/core.h"
#include "sim/api/policy.h"

namespace seatrial::scheduler {

struct Victim {
  std::int64_t priority = 0;
  SimTime start_time;
};
struct PreemptionCandidate {
  std::vector<Victim> victims;
  std::int64_t pdb_violations = 0;
};

// Fewest violated budgets, then the lowest highest priority, then the lowest sum of (priority + 2^31), then
// the fewest victims, then the latest of the earliest starts of the victims of highest priority, then the
// first in the list. REQUIRES: not empty, each with a victim.
std::size_t pick_one_node_for_preemption(std::span<const PreemptionCandidate> candidates);

// Higher priority, then earlier start: kept rather than the other.
bool is_more_important(const Victim& a, const Victim& b);

// How many candidates end the search among `nodes`: `percentage` of them, at least `absolute`.
// 5000 nodes, 10 %, 100: 500.
std::int64_t num_preemption_candidates(std::int64_t nodes, std::int64_t percentage, std::int64_t absolute);

// Of pods in the order in which they would be evicted: which of them a budget no longer allows. A budget that
// allows 1 and matches three: false, true, true. Budgets of other namespaces, without a selector or with an
// empty one match nothing; what a budget has granted already costs it nothing.
std::vector<bool> violate_budgets(std::span<const api::Pod* const> pods,
                                  std::span<const api::PodDisruptionBudget* const> budgets);

}  // namespace seatrial::scheduler
