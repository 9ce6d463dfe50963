// NodeResourcesBalancedAllocation: prefers nodes whose resources the pod would use more evenly.
// Source: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.
#include <algorithm>

#include "sim/scheduler/plugins/allocation.h"

namespace seatrial::scheduler {

namespace {

bool pre_score(Cycle& cycle, std::span<const std::uint32_t>) {
  return std::ranges::any_of(cycle.config.balanced_resources, [&](const ResourceWeight& resource) {
    return cycle.info.requests.requests.amount(resource.name) != 0;
  });
}

std::int64_t score(const Cycle& cycle, std::uint32_t slot) {
  const NodeInfo& node = cycle.cluster.at(slot);
  AllocationBuffer with_buffer, without_buffer;
  const auto& resources = cycle.config.balanced_resources;
  const Allocation with = allocation_of(cycle, node, resources, Counting::kWithPod, with_buffer);
  const Allocation without = allocation_of(cycle, node, resources, Counting::kWithoutPod, without_buffer);
  return balanced_allocation(balance(with.requested, with.allocatable),
                             balance(without.requested, without.allocatable));
}

}  // namespace

const Plugin kNodeResourcesBalancedAllocationPlugin = {.name = "NodeResourcesBalancedAllocation",
                                                       .weight = 1,
                                                       .local = true,
                                                       .pre_score = pre_score,
                                                       .score = score};

}  // namespace seatrial::scheduler
