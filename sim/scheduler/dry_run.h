// DefaultPreemption as a decision: which node a pod could have if which pods of lower priority went. Looks at
// each node as if its pods of lower priority were gone, and takes back as many of them as fit, the more
// important first and those whose budgets would be violated before the others.
//
// Example: a node of 4 CPUs runs four pods of 1 CPU, priorities 0 0 5 9; a pod of priority 10 needs 2 CPUs.
// Without all four it fits; 9 and 5 come back, the two of priority 0 are the victims. Sources:
// plugins/defaultpreemption/default_preemption.go, framework/preemption/preemption.go; reference §5.7.
#pragma once

#include <functional>
#include <string>

#include "sim/engine/random.h"
#include "sim/scheduler/node_filter.h"
#include "sim/scheduler/preemption.h"

namespace seatrial::scheduler {

// What the evaluation sees besides cluster and cycle.
struct PreemptionView {
  SimTime now;
  std::function<const api::Pod&(std::uint32_t)> pod;  // by index, of those on nodes
  std::function<std::vector<const api::PodDisruptionBudget*>(api::Symbol)> budgets;  // of a namespace
};

struct Preemption {
  std::uint32_t slot = kNoSlot;        // the node that the pod is nominated for; kNoSlot: none
  std::vector<std::uint32_t> victims;  // pods on it, the most important first
  std::string message;                 // why not, where there is none
  bool keeps_nomination = false;       // not eligible: what was nominated before stays
};

// `resolvable`: the nodes that were refused for what evicting pods may change, in list order.
Preemption preempt(Cycle& cycle, NodeFilter& filter, std::span<const std::uint32_t> resolvable,
                   const PreemptionView& view, const PreemptionConfig& config, RandomStream& random);

}  // namespace seatrial::scheduler
