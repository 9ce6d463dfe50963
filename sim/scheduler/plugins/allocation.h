// A node's resources as NodeResourcesFit and NodeResourcesBalancedAllocation look at them.
// Source: pkg/scheduler/framework/plugins/noderesources/resource_allocation.go.
#pragma once

#include <array>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

struct AllocationBuffer {
  std::array<std::int64_t, 8> requested, allocatable, weights;  // more resources than that are not scored
};
// kNonZeroWithPod: containers without a request count with the defaults.
enum class Counting : std::uint8_t { kNonZeroWithPod, kWithPod, kWithoutPod };
Allocation allocation_of(const Cycle& cycle, const NodeInfo& node,
                         const std::vector<ResourceWeight>& resources, Counting counting,
                         AllocationBuffer& buffer);
bool is_scalar(api::Symbol resource);

}  // namespace seatrial::scheduler
