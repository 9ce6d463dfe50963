// NodeName: a pod that names its node goes there only.
// Source: pkg/scheduler/framework/plugins/nodename.
#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

namespace {

bool pre_filter(Cycle& cycle) { return !cycle.pod.node_name.empty(); }

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) didn't match the requested node name");
  if (cycle.cluster.at(slot).name == cycle.pod.node_name) return Code::kSuccess;
  reasons.push_back(kReason);
  return Code::kUnresolvable;
}

}  // namespace

const Plugin kNodeNamePlugin = {
    .name = "NodeName", .local = true, .pre_filter = pre_filter, .filter = filter, .events = kNodeAdd};

}  // namespace seatrial::scheduler
