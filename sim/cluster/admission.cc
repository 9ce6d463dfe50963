#include "sim/cluster/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/resources.h"
#include "sim/api/unstructured.h"
#include "sim/cluster/limit_range.h"
#include "sim/cluster/quota.h"

namespace seatrial::cluster {

using api::Kind;
using api::Object;
using api::Pod;
using api::PodSpec;
using api::Symbol;

namespace {

using Refusal = std::optional<ApiError>;

ApiError forbidden(const Object& object, std::string_view why) {
  return {403,
          "Forbidden",
          fmt::format("{} \"{}\" is forbidden: {}", api::info(object.kind).qualified_resource(),
                      object.metadata.name.str(), why),
          {},
          0};
}

bool is_new_pod(const AdmissionRequest& request) {
  return request.verb == Verb::kCreate && request.object.kind == Kind::kPod;
}

// The objects of a kind in a namespace, in order of creation.
template <class T, class Visit>
void for_each(const Store& store, Symbol namespace_, Visit&& visit) {
  for (const api::ObjectPtr& object : store.all(T::kKind)) {
    if (object && object->metadata.namespace_ == namespace_) visit(static_cast<const T&>(*object));
  }
}

// ---- Changes of a pod's spec, made once for all pods that were submitted with one and the same spec ----

constexpr std::size_t kMaxAdmitted = 256;  // remembered for each namespace

// `policies` names the change and the versions of what it depends on: one spec and equal policies give one
// result.
template <class Change>
void change_spec(AdmissionState& state, Pod& pod, std::uint64_t policies, Change&& change) {
  auto& known = state.by_namespace[pod.metadata.namespace_];
  const auto at = std::find_if(known.rbegin(), known.rend(), [&](const AdmissionState::Admitted& a) {
    return a.policies == policies && a.submitted.same_as(pod.spec);
  });
  if (at != known.rend()) {
    pod.spec = at->admitted;
    return;
  }
  PodSpec spec = *pod.spec;
  change(spec);
  api::Shared<PodSpec> admitted = spec == *pod.spec ? pod.spec : api::Shared<PodSpec>(std::move(spec));
  if (known.size() >= kMaxAdmitted) known.erase(known.begin(), known.begin() + kMaxAdmitted / 2);
  known.push_back({pod.spec, admitted, policies});
  pod.spec = std::move(admitted);
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) { return (hash ^ word) * 0x100000001b3ULL; }
enum ChangeTag : std::uint64_t { kLimits = 1, kAccount, kPriority, kTolerations };

// ---- NamespaceLifecycle ----

Refusal check_namespace(const Store& store, AdmissionState&, AdmissionRequest& request) {
  const Object& object = request.object;
  if (request.verb != Verb::kCreate || !api::info(object.kind).namespaced ||
      object.metadata.namespace_.empty()) {
    return std::nullopt;
  }
  const Symbol name = object.metadata.namespace_;
  const auto* const ns = store.find<api::Namespace>({}, name);
  if (!ns) return ApiError{404, "NotFound", fmt::format("namespaces \"{}\" not found", name.str()), {}, 0};
  if (!ns->terminating && !ns->metadata.deletion_timestamp) return std::nullopt;
  ApiError refused =
      forbidden(object, fmt::format("unable to create new content in namespace {} because it is being "
                                    "terminated",
                                    name.str()));
  refused.causes = {fmt::format("NamespaceTerminating: namespace {} is being terminated", name.str())};
  return refused;
}

// ---- LimitRanger ----

Refusal default_limits(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  std::vector<const api::LimitRange*> ranges;
  std::uint64_t policies = kLimits;
  for_each<api::LimitRange>(store, request.object.metadata.namespace_, [&](const api::LimitRange& range) {
    if (!has_limit_defaults(range)) return;
    ranges.push_back(&range);
    policies = mixed(policies, range.metadata.resource_version);
  });
  if (ranges.empty()) return std::nullopt;
  change_spec(state, static_cast<Pod&>(request.object), policies, [&](PodSpec& spec) {
    for (const api::LimitRange* range : ranges) apply_limit_defaults(*range, spec);
  });
  return std::nullopt;
}

Refusal check_limits(const Store& store, const AdmissionRequest& request, SideEffects&) {
  if (!is_new_pod(request)) return std::nullopt;
  Refusal refused;
  for_each<api::LimitRange>(store, request.object.metadata.namespace_, [&](const api::LimitRange& range) {
    if (refused) return;
    const auto problems = limit_violations(range, *static_cast<const Pod&>(request.object).spec);
    if (problems.empty()) return;
    refused =
        forbidden(request.object,
                  problems.size() == 1 ? problems.front() : fmt::format("[{}]", fmt::join(problems, ", ")));
  });
  return refused;
}

// ---- ServiceAccount ----

Refusal set_service_account(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  auto& pod = static_cast<Pod&>(request.object);
  const Symbol namespace_ = pod.metadata.namespace_;
  const Symbol name =
      pod.spec->service_account_name.empty() ? Symbol("default") : pod.spec->service_account_name;
  const auto* const account = store.find<api::ServiceAccount>(namespace_, name);
  if (!account) {
    return forbidden(pod,
                     fmt::format("error looking up service account {}/{}: serviceaccount \"{}\" not found",
                                 namespace_.str(), name.str(), name.str()));
  }
  change_spec(state, pod, mixed(kAccount, account->metadata.resource_version), [&](PodSpec& spec) {
    spec.service_account_name = name;
    // The token volume, unless pod or account says no.
    if (!account->automount_service_account_token.value_or(true))
      spec.automount_service_account_token = false;
    if (spec.image_pull_secrets.empty()) spec.image_pull_secrets = account->image_pull_secrets;
  });
  return std::nullopt;
}

// ---- Priority ----

// The two classes that every cluster has, else one that was applied; nothing if there is none of that name.
std::optional<std::int32_t> priority_of_class(const Store& store, Symbol name) {
  if (name == Symbol("system-cluster-critical")) return 2'000'000'000;
  if (name == Symbol("system-node-critical")) return 2'000'001'000;
  for (const api::ObjectPtr& object : store.all(Kind::kUnstructured)) {
    if (!object || object->metadata.name != name) continue;
    const auto& found = static_cast<const api::Unstructured&>(*object);
    if (found.kind_name != Symbol("PriorityClass") || !found.document) continue;
    const api::Value* const value = found.document->find("value");
    return value ? static_cast<std::int32_t>(value->integer) : 0;
  }
  return std::nullopt;
}

Refusal set_priority(const Store& store, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  auto& pod = static_cast<Pod&>(request.object);
  const Symbol name = pod.spec->priority_class_name;
  const auto priority = name.empty() ? std::optional(0) : priority_of_class(store, name);
  if (!priority) return forbidden(pod, fmt::format("no PriorityClass with name {} was found", name.str()));
  change_spec(state, pod, mixed(kPriority, static_cast<std::uint32_t>(*priority)), [&](PodSpec& spec) {
    spec.priority = *priority;
    if (spec.preemption_policy.empty()) spec.preemption_policy = "PreemptLowerPriority";
  });
  return std::nullopt;
}

// ---- DefaultTolerationSeconds ----

Refusal add_tolerations(const Store&, AdmissionState& state, AdmissionRequest& request) {
  if (!is_new_pod(request)) return std::nullopt;
  change_spec(state, static_cast<Pod&>(request.object), kTolerations, [](PodSpec& spec) {
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

// ---- ResourceQuota ----

// What the write adds; nothing for updates that leave the cost as it is.
api::ResourceList charge(const AdmissionRequest& request) {
  api::ResourceList usage = quota_usage(request.object, request.now);
  if (!request.old) return usage;
  for (const auto& [name, amount] : quota_usage(*request.old, request.now)) {
    const auto at = usage.find(name);
    if (at != usage.end()) at->second = at->second - amount;
  }
  std::erase_if(usage, [](const auto& entry) { return entry.second <= api::Quantity(); });
  return usage;
}

bool can_cost(const AdmissionRequest& request) {
  if (!api::info(request.object.kind).namespaced || request.object.kind == Kind::kEvent) return false;
  return request.verb == Verb::kCreate || request.object.kind == Kind::kService;
}

Refusal check_quota(const Store& store, const AdmissionRequest& request, SideEffects& effects) {
  if (!can_cost(request)) return std::nullopt;
  std::vector<const api::ResourceQuota*> quotas;
  for_each<api::ResourceQuota>(store, request.object.metadata.namespace_,
                               [&](const api::ResourceQuota& quota) {
                                 if (in_scope(quota, request.object) &&
                                     is_counted(quota.status_hard, api::info(request.object.kind))) {
                                   quotas.push_back(&quota);
                                 }
                               });
  if (quotas.empty()) return std::nullopt;
  std::ranges::sort(quotas, {}, [](const api::ResourceQuota* quota) { return quota->metadata.name; });
  const api::ResourceList usage = charge(request);
  for (const api::ResourceQuota* quota : quotas) {
    if (is_new_pod(request)) {
      const auto why = quota_must_specify(*quota, *static_cast<const Pod&>(request.object).spec);
      if (why) return forbidden(request.object, *why);
    }
    if (const auto why = quota_exceeded(*quota, usage)) return forbidden(request.object, *why);
    auto charged = std::make_shared<api::ResourceQuota>(*quota);
    bool changed = false;
    for (auto& [name, used] : charged->used) {
      const auto at = usage.find(name);
      if (at == usage.end()) continue;
      used = used + at->second;
      changed = true;
    }
    if (changed) effects.push_back(std::move(charged));
  }
  return std::nullopt;
}

constexpr AdmissionPlugin kPlugins[] = {
    {"NamespaceLifecycle", check_namespace, nullptr},       {"LimitRanger", default_limits, check_limits},
    {"ServiceAccount", set_service_account, nullptr},       {"Priority", set_priority, nullptr},
    {"DefaultTolerationSeconds", add_tolerations, nullptr}, {"ResourceQuota", nullptr, check_quota},
};

}  // namespace

std::span<const AdmissionPlugin> admission_plugins() { return kPlugins; }

}  // namespace seatrial::cluster
