// Source: plugin/pkg/admission/nodetaint/admission.go. A kubelet registers a node that is not ready; one that
// is created ready was there before the story begins.
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

Refusal taint_new_node(const Store&, AdmissionState&, AdmissionRequest& request) {
  if (request.verb != Verb::kCreate || request.object.kind != api::Kind::kNode) return std::nullopt;
  auto& node = static_cast<api::Node&>(request.object);
  const api::Condition* const ready = api::find_condition(node.conditions, "Ready");
  if (!ready || ready->status == api::ConditionStatus::kTrue) return std::nullopt;
  const api::Taint taint{"node.kubernetes.io/not-ready", {}, "NoSchedule", {}};
  const bool has_it = std::ranges::any_of(node.taints, [&](const api::Taint& other) {
    return other.key == taint.key && other.effect == taint.effect;
  });
  if (!has_it) node.taints.push_back(taint);
  return std::nullopt;
}

}  // namespace seatrial::cluster
