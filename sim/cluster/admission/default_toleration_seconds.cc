// Source: plugin/pkg/admission/defaulttolerationseconds/admission.go, with its default of 300 s.
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Symbol;

Refusal add_tolerations(const Store&, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  change_spec(state, static_cast<api::Pod&>(request.object), kTolerations, [](api::PodSpec& spec) {
    for (const Symbol key :
         {Symbol("node.kubernetes.io/not-ready"), Symbol("node.kubernetes.io/unreachable")}) {
      const bool has_one = std::ranges::any_of(spec.tolerations, [&](const api::Toleration& t) {
        return (t.key == key || t.key.empty()) && (t.effect == Symbol("NoExecute") || t.effect.empty());
      });
      if (!has_one) spec.tolerations.push_back({key, "Exists", {}, "NoExecute", 300});
    }
  });
  return std::nullopt;
}

}  // namespace seatrial::cluster
