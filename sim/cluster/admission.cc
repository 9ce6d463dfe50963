#include "sim/cluster/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/unstructured.h"
#include "sim/cluster/admission/plugins.h"

namespace seatrial::cluster {

using api::Kind;
using api::Object;
using api::Pod;
using api::PodSpec;
using api::Symbol;

namespace {

// clang-format off
constexpr AdmissionPlugin kPlugins[] = {
    {"NamespaceLifecycle",       check_namespace,     nullptr},
    {"LimitRanger",              default_limits,      check_limits},
    {"ServiceAccount",           set_service_account, nullptr},
    {"TaintNodesByCondition",    taint_new_node,      nullptr},
    {"PodSecurity",              nullptr,             check_pod_security},
    {"PodNodeSelector",          add_node_selector,   check_node_selector, false},
    {"Priority",                 set_priority,        check_priority_class},
    {"DefaultTolerationSeconds", add_tolerations,     nullptr},
    {"DefaultStorageClass",      set_storage_class,   nullptr},
    {"StorageObjectInUseProtection", protect_storage, nullptr},
    {"PersistentVolumeClaimResize", nullptr,          check_claim_size},
    {"RuntimeClass",             set_runtime_class,   check_runtime_class},
    {"DefaultIngressClass",      set_ingress_class,   nullptr},
    {"pod-identity-webhook",     add_pod_identity,    nullptr},
    {"MutatingAdmissionWebhook",   ask_mutating_webhooks, nullptr},
    {"ValidatingAdmissionWebhook", nullptr,             ask_validating_webhooks},
    {"ResourceQuota",            nullptr,             check_quota},
};
// clang-format on

bool is_on(const AdmissionPlugin& plugin, const AdmissionState& state) {
  return plugin.by_default || std::ranges::count(state.enabled, Symbol(plugin.name)) > 0;
}

constexpr std::size_t kMaxAdmitted = 256;  // remembered for each namespace

}  // namespace

std::span<const AdmissionPlugin> admission_plugins() { return kPlugins; }

Refusal mutate(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  for (const AdmissionPlugin& plugin : kPlugins) {
    if (!plugin.mutate || !is_on(plugin, state)) continue;
    if (auto refused = plugin.mutate(store, state, request)) return refused;
  }
  return std::nullopt;
}

Refusal validate(const Store& store, AdmissionState& state, const AdmissionRequest& request,
                 AdmissionOutcome& outcome) {
  for (const AdmissionPlugin& plugin : kPlugins) {
    if (!plugin.validate || !is_on(plugin, state)) continue;
    if (auto refused = plugin.validate(store, state, request, outcome)) return refused;
  }
  return std::nullopt;
}

ApiError forbidden(const AdmissionRequest& request, std::string_view why) {
  const Object& object = request.object;
  const Symbol name = request.generated_name ? object.metadata.generate_name : object.metadata.name;
  return {403,
          "Forbidden",
          fmt::format("{} \"{}\" is forbidden: {}", api::qualified_resource(object), name.str(), why),
          {},
          0};
}

const api::Unstructured* find_unstructured(const Store& store, Symbol kind, Symbol name) {
  for (const api::ObjectPtr& object : store.all(Kind::kUnstructured)) {
    if (!object || object->metadata.name != name) continue;
    const auto& found = static_cast<const api::Unstructured&>(*object);
    if (found.kind_name == kind && found.document) return &found;
  }
  return nullptr;
}

const api::Shared<PodSpec>* known_change(const AdmissionState& state, const Pod& pod,
                                         std::uint64_t policies) {
  const auto known = state.by_namespace.find(pod.metadata.namespace_);
  if (known == state.by_namespace.end()) return nullptr;
  const auto at = std::find_if(known->second.rbegin(), known->second.rend(), [&](const auto& a) {
    return a.policies == policies && a.submitted.same_as(pod.spec);
  });
  return at == known->second.rend() ? nullptr : &at->admitted;
}

void remember_change(AdmissionState& state, Pod& pod, std::uint64_t policies, PodSpec spec) {
  auto& known = state.by_namespace[pod.metadata.namespace_];
  api::Shared<PodSpec> admitted = spec == *pod.spec ? pod.spec : api::Shared<PodSpec>(std::move(spec));
  if (known.size() >= kMaxAdmitted) known.erase(known.begin(), known.begin() + kMaxAdmitted / 2);
  known.push_back({pod.spec, admitted, policies});
  pod.spec = std::move(admitted);
}

void default_new(AdmissionState& state, Object& object) {
  const auto& kind = api::info(object.kind);
  if (object.kind != Kind::kPod) return kind.default_object(object);
  change_spec(state, static_cast<Pod&>(object), kDefaults, [&](PodSpec& spec) {
    Pod pod;
    pod.spec = std::move(spec);
    kind.default_object(pod);
    spec = *pod.spec;
  });
}

}  // namespace seatrial::cluster
