// Which node's pods are evicted for a pod that fits nowhere.
// Source: pkg/scheduler/framework/preemption/preemption.go (pickOneNodeForPreemption); reference §5.7.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/engine/time.h"

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

}  // namespace seatrial::scheduler
