// TaintToleration: refuses nodes with NoSchedule and NoExecute taints that the pod does not tolerate; prefers
// those with few PreferNoSchedule taints. Source: pkg/scheduler/framework/plugins/tainttoleration.
#include <algorithm>

#include "sim/scheduler/plugins/taints.h"

namespace seatrial::scheduler {

namespace {

const api::Symbol kEqual("Equal"), kExists("Exists"), kNoSchedule("NoSchedule"), kNoExecute("NoExecute"),
    kPreferNoSchedule("PreferNoSchedule");

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) had untolerated taint(s)");
  const std::vector<api::Taint>& taints = cycle.cluster.at(slot).node->taints;
  if (taints.empty() || !find_untolerated(taints, cycle.pod.spec->tolerations)) return Code::kSuccess;
  reasons.push_back(kReason);
  return Code::kUnresolvable;
}

std::int64_t score(const Cycle& cycle, std::uint32_t slot) {
  std::int64_t intolerable = 0;
  for (const api::Taint& taint : cycle.cluster.at(slot).node->taints) {
    if (taint.effect == kPreferNoSchedule && !tolerates(cycle.pod.spec->tolerations, taint)) ++intolerable;
  }
  return intolerable;
}

void normalize(const Cycle&, std::span<std::int64_t> scores) { default_normalize_score(true, scores); }

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (event.kinds & kPodToleration) return event.after->ref() == context.pod.ref();
  const auto refused = [&](const api::Node& node) {
    return find_untolerated(node.taints, context.pod.spec->tolerations) != nullptr;
  };
  return (!event.before || refused(*event.node_before())) && !refused(*event.node_after());
}

}  // namespace

const api::Taint* find_untolerated(const std::vector<api::Taint>& taints,
                                   const std::vector<api::Toleration>& tolerations) {
  for (const api::Taint& taint : taints) {
    if (taint.effect != kNoSchedule && taint.effect != kNoExecute) continue;
    if (!tolerates(tolerations, taint)) return &taint;
  }
  return nullptr;
}

const Plugin kTaintTolerationPlugin = {.name = "TaintToleration",
                                       .weight = 3,
                                       .local = true,
                                       .filter = filter,
                                       .score = score,
                                       .normalize = normalize,
                                       .events = kNodeAdd | kNodeTaint | kPodToleration,
                                       .hint = hint};

}  // namespace seatrial::scheduler
