// NodeUnschedulable: refuses cordoned nodes, unless the pod tolerates the taint that stands for it.
// Source: pkg/scheduler/framework/plugins/nodeunschedulable.
#include "sim/scheduler/plugins/taints.h"

namespace seatrial::scheduler {

namespace {

bool accepts(const api::PodSpec& spec, const api::Node& node) {
  static const api::Taint kUnschedulable{"node.kubernetes.io/unschedulable", {}, "NoSchedule"};
  return !node.unschedulable || tolerates(spec.tolerations, kUnschedulable);
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) were unschedulable");
  if (accepts(*cycle.pod.spec, *cycle.cluster.at(slot).node)) return Code::kSuccess;
  reasons.push_back(kReason);
  return Code::kUnresolvable;
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (event.kinds & kPodToleration) return event.after->ref() == context.pod.ref();
  const bool before = event.before && accepts(*context.pod.spec, *event.node_before());
  return !before && accepts(*context.pod.spec, *event.node_after());
}

}  // namespace

const Plugin kNodeUnschedulablePlugin = {.name = "NodeUnschedulable",
                                         .local = true,
                                         .filter = filter,
                                         .events = kNodeAdd | kNodeTaint | kPodToleration,
                                         .hint = hint};

}  // namespace seatrial::scheduler
