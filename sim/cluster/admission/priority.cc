#include "sim/cluster/priority.h"

#include "sim/cluster/admission/plugins.h"
#include "sim/engine/hash.h"

namespace seatrial::cluster {

using api::Symbol;

Refusal set_priority(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  auto& pod = static_cast<api::Pod&>(request.object);
  const auto found = resolve_priority(store, *pod.spec);
  if (!found) return forbidden(request, found.error());
  const bool never = found->preemption_policy == Symbol("Never");
  const std::uint64_t policies = mixed(mixed(mixed(kPriority, static_cast<std::uint32_t>(found->priority)),
                                             text_hash(found->class_name.view())),
                                       never ? 1 : 0);
  change_spec(state, pod, policies, [&](api::PodSpec& spec) {
    spec.priority_class_name = found->class_name;
    spec.priority = found->priority;
    spec.preemption_policy = found->preemption_policy;
  });
  return std::nullopt;
}

Refusal check_priority_class(const Store& store, AdmissionState&, const AdmissionRequest& request,
                             AdmissionOutcome&) {
  if (request.object.kind != api::Kind::kPriorityClass) return std::nullopt;
  const auto why =
      second_default_class(store, static_cast<const api::PriorityClass&>(request.object), request.old);
  return why ? Refusal(forbidden(request, *why)) : std::nullopt;
}

}  // namespace seatrial::cluster
