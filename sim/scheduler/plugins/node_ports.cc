// NodePorts: a host port is given once on a node.
// Source: pkg/scheduler/framework/plugins/nodeports.
#include <algorithm>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

namespace {

bool conflict(const std::vector<HostPort>& a, const std::vector<HostPort>& b) {
  return std::ranges::any_of(a, [&](const HostPort& mine) {
    return std::ranges::any_of(b, [&](const HostPort& other) { return mine.conflicts_with(other); });
  });
}

bool pre_filter(Cycle& cycle) { return !cycle.info.ports.empty(); }

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) didn't have free ports for the requested pod ports");
  if (!conflict(cycle.info.ports, cycle.cluster.at(slot).ports)) return Code::kSuccess;
  reasons.push_back(kReason);
  return Code::kUnschedulable;
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (event.kinds & kNodeAdd) return true;
  return conflict(context.info.ports, make_pod_info(*event.pod_before()).ports);
}

}  // namespace

const Plugin kNodePortsPlugin = {.name = "NodePorts",
                                 .local = true,
                                 .pre_filter = pre_filter,
                                 .filter = filter,
                                 .events = kNodeAdd | kAssignedPodDelete,
                                 .hint = hint};

}  // namespace seatrial::scheduler
