// The functions of the plugins, which admission.cc puts into their order, and what they share. Each plugin's
// rule stands in its file of this folder. Internal to sim/cluster.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/api/kinds.h"
#include "sim/api/unstructured.h"
#include "sim/cluster/admission.h"

namespace seatrial::cluster {

// ---- NamespaceLifecycle: nothing is created in a namespace that is not there or is going.
Refusal check_namespace(const Store&, AdmissionState&, AdmissionRequest&);
// ---- LimitRanger
Refusal default_limits(const Store&, AdmissionState&, AdmissionRequest&);
Refusal check_limits(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
// ---- ServiceAccount: it must exist; its token's volume and image pull secrets.
Refusal set_service_account(const Store&, AdmissionState&, AdmissionRequest&);
// ---- TaintNodesByCondition: a new node waits for the node lifecycle controller's word.
Refusal taint_new_node(const Store&, AdmissionState&, AdmissionRequest&);
// ---- PodSecurity
Refusal check_pod_security(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
// ---- PodNodeSelector: the namespace's node selector becomes the pod's.
Refusal add_node_selector(const Store&, AdmissionState&, AdmissionRequest&);
Refusal check_node_selector(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
// ---- Priority: the pod's class as a number; one default class only.
Refusal set_priority(const Store&, AdmissionState&, AdmissionRequest&);
Refusal check_priority_class(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
// ---- DefaultTolerationSeconds
Refusal add_tolerations(const Store&, AdmissionState&, AdmissionRequest&);
// ---- DefaultStorageClass: the class of a claim that names none.
Refusal set_storage_class(const Store&, AdmissionState&, AdmissionRequest&);
// ---- StorageObjectInUseProtection: finalizers, so that nothing goes that is in use.
Refusal protect_storage(const Store&, AdmissionState&, AdmissionRequest&);
// ---- PersistentVolumeClaimResize: only what its class can expand grows.
Refusal check_claim_size(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
// ---- DefaultIngressClass: the class of an Ingress that names none.
Refusal set_ingress_class(const Store&, AdmissionState&, AdmissionRequest&);
// ---- RuntimeClass: overhead, node selector and tolerations of the pod's class.
Refusal set_runtime_class(const Store&, AdmissionState&, AdmissionRequest&);
Refusal check_runtime_class(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
// ---- pod-identity-webhook: the role of the pod's ServiceAccount.
Refusal add_pod_identity(const Store&, AdmissionState&, AdmissionRequest&);
// ---- MutatingAdmissionWebhook, ValidatingAdmissionWebhook: what the webhooks said that the request was sent
// to.
Refusal ask_mutating_webhooks(const Store&, AdmissionState&, AdmissionRequest&);
Refusal ask_validating_webhooks(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);
// ---- ResourceQuota
Refusal check_quota(const Store&, AdmissionState&, const AdmissionRequest&, AdmissionOutcome&);

// 403: `pods "x" is forbidden: why`. Before a generated name is known, the prefix stands for it.
ApiError forbidden(const AdmissionRequest& request, std::string_view why);

inline bool is_new_pod(const AdmissionRequest& request) {
  return request.verb == Verb::kCreate && request.object.kind == api::Kind::kPod;
}

// The objects of a kind in a namespace, in order of creation.
template <class T, class Visit>
void for_each(const Store& store, api::Symbol namespace_, Visit&& visit) {
  for (const std::uint32_t index : store.in_namespace(T::kKind, namespace_))
    visit(static_cast<const T&>(*store.all(T::kKind)[index]));
}

// An object of a kind that is stored and not simulated; null if there is none.
const api::Unstructured* find_unstructured(const Store& store, api::Symbol kind, api::Symbol name);

// ---- Changes of a pod's spec, made once for all pods that were submitted with one and the same spec ----

// What changes a spec: the start of the number that names a change and what it depends on. Above all
// resourceVersions, so that none makes two changes one.
enum ChangeTag : std::uint64_t {
  kLimits = 1ULL << 56,
  kAccount = 2ULL << 56,
  kPriority = 3ULL << 56,
  kTolerations = 4ULL << 56,
  kNodeSelector = 5ULL << 56,
  kRuntimeClass = 6ULL << 56,
  kIdentity = 7ULL << 56,
  kDefaults = 8ULL << 56
};
inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  return (hash ^ word) * 0x100000001b3ULL;
}

// The admitted spec that is remembered for this one, or null; and a new one to remember.
const api::Shared<api::PodSpec>* known_change(const AdmissionState& state, const api::Pod& pod,
                                              std::uint64_t policies);
void remember_change(AdmissionState& state, api::Pod& pod, std::uint64_t policies, api::PodSpec spec);

// `policies` names the change and the versions of what it depends on: one spec and equal policies give one
// result.
template <class Change>
void change_spec(AdmissionState& state, api::Pod& pod, std::uint64_t policies, Change&& change) {
  if (const auto* const known = known_change(state, pod, policies)) {
    pod.spec = *known;
    return;
  }
  api::PodSpec spec = *pod.spec;
  change(spec);
  remember_change(state, pod, policies, std::move(spec));
}

}  // namespace seatrial::cluster
