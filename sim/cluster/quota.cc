#include "sim/cluster/quota.h"

#include <algorithm>
#include <array>
#include <set>

#include "sim/api/resources.h"
#include "sim/api/storage.h"

namespace seatrial::cluster {

using api::Kind;
using api::Pod;
using api::Quantity;
using api::ResourceList;
using api::ResourceQuota;
using api::Symbol;

namespace {

const Quantity kOne = Quantity::from_value(1);

Symbol prefixed(const char* prefix, Symbol name) { return prefix + name.str(); }

void add(ResourceList& usage, Symbol name, Quantity amount) {
  const auto [at, is_new] = usage.emplace(name, amount);
  if (!is_new) at->second = at->second + amount;
}

bool is_compute(Symbol name) {
  static const std::array<Symbol, 3> kNames = {"cpu", "memory", "ephemeral-storage"};
  return std::ranges::count(kNames, name) > 0;
}

// example.com/gpu; not those of Kubernetes itself.
bool is_extended(std::string_view name) {
  return name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.");
}

// cpu of a request is charged as cpu and as requests.cpu; an extended resource only as
// requests.example.com/gpu.
void add_requests(ResourceList& usage, const ResourceList& requests) {
  for (const auto& [name, amount] : requests) {
    const bool plain = is_compute(name) || name.view().starts_with("hugepages-");
    if (plain) add(usage, name, amount);
    if (plain || is_extended(name.view())) add(usage, prefixed("requests.", name), amount);
  }
}

void add_limits(ResourceList& usage, const ResourceList& limits) {
  for (const auto& [name, amount] : limits) {
    if (is_compute(name)) add(usage, prefixed("limits.", name), amount);
  }
}

std::string count_name(std::string_view plural, std::string_view group) {
  return "count/" + std::string(plural) + (group.empty() ? "" : "." + std::string(group));
}

// Kinds that may also be limited by their plain name.
bool has_plain_name(std::string_view plural) {
  static constexpr std::array<std::string_view, 7> kNames = {"pods",
                                                             "services",
                                                             "configmaps",
                                                             "secrets",
                                                             "resourcequotas",
                                                             "replicationcontrollers",
                                                             "persistentvolumeclaims"};
  return std::ranges::count(kNames, plural) > 0;
}

void add_service(ResourceList& usage, const api::Service& service) {
  static const Symbol kNodePort = "NodePort", kLoadBalancer = "LoadBalancer";
  const bool balanced = service.type == kLoadBalancer;
  if (balanced) add(usage, "services.loadbalancers", kOne);
  if (!balanced && service.type != kNodePort) return;
  // A load balancer may do without node ports; then only those that are asked for count.
  const bool on_request =
      balanced && service.other.view().contains("\"allocateLoadBalancerNodePorts\":false");
  const auto count = std::ranges::count_if(
      service.ports, [&](const api::ServicePort& port) { return !on_request || port.node_port != 0; });
  add(usage, "services.nodeports", Quantity::from_value(count));
}

void add_claim(ResourceList& usage, const api::PersistentVolumeClaim& claim) {
  const auto requested = claim.requests.find("storage");
  const Quantity storage = requested == claim.requests.end() ? Quantity() : requested->second;
  add(usage, "requests.storage", storage);
  if (!claim.storage_class_name || claim.storage_class_name->empty()) return;
  const std::string prefix = claim.storage_class_name->str() + ".storageclass.storage.k8s.io/";
  add(usage, prefix + "persistentvolumeclaims", kOne);
  add(usage, prefix + "requests.storage", storage);
}

ResourceList pod_usage(const api::PodSpec& spec, bool charged) {
  ResourceList usage = {{"count/pods", kOne}};
  if (!charged) return usage;
  usage.emplace("pods", kOne);
  add_requests(usage, api::pod_requests(spec));
  add_limits(usage, api::pod_limits(spec));
  return usage;
}

ResourceList select(const ResourceList& list, const std::vector<Symbol>& names) {
  ResourceList selected;
  for (const Symbol name : names) {
    if (const auto found = list.find(name); found != list.end()) selected.insert(*found);
  }
  return selected;
}

bool is_pod_resource(std::string_view name) {
  static const std::set<std::string_view> kNames = {"count/pods",
                                                    "pods",
                                                    "cpu",
                                                    "memory",
                                                    "requests.cpu",
                                                    "requests.memory",
                                                    "limits.cpu",
                                                    "limits.memory",
                                                    "ephemeral-storage",
                                                    "requests.ephemeral-storage",
                                                    "limits.ephemeral-storage"};
  constexpr std::string_view kRequests = "requests.";
  if (kNames.contains(name) || name.starts_with("hugepages-") || name.starts_with("requests.hugepages-"))
    return true;
  return name.starts_with(kRequests) && is_extended(name.substr(kRequests.size()));
}

bool uses_other_namespaces(const api::PodSpec& spec) {
  if (!spec.affinity) return false;
  const auto crosses = [](const api::PodAffinityTerm& term) {
    return !term.namespaces.empty() || term.namespace_selector;
  };
  const auto weighted = [&](const api::WeightedPodAffinityTerm& term) { return crosses(term.term); };
  const api::Affinity& a = *spec.affinity;
  return std::ranges::any_of(a.pod_required, crosses) || std::ranges::any_of(a.pod_anti_required, crosses) ||
         std::ranges::any_of(a.pod_preferred, weighted) ||
         std::ranges::any_of(a.pod_anti_preferred, weighted);
}

bool has_priority_class(const api::ScopedResourceSelectorRequirement& scope, Symbol name) {
  using Op = api::LabelSelectorRequirement::Operator;
  const bool listed = !name.empty() && std::ranges::count(scope.values, name) > 0;
  switch (scope.op) {
    case Op::kIn:
      return listed;
    case Op::kNotIn:
      return !listed;
    case Op::kDoesNotExist:
      return name.empty();
    default:
      return !name.empty();
  }
}

}  // namespace

bool is_charged(const Pod& pod, SimTime now) {
  if (is_pod_terminal(pod)) return false;
  if (!pod.metadata.deletion_timestamp || !pod.metadata.deletion_grace_period_seconds) return true;
  return now <=
         *pod.metadata.deletion_timestamp + Duration::seconds(*pod.metadata.deletion_grace_period_seconds);
}

ResourceList quota_usage(const api::Object& object, SimTime now) {
  if (object.kind == Kind::kPod) {
    const auto& pod = static_cast<const Pod&>(object);
    return pod_usage(*pod.spec, is_charged(pod, now));
  }
  const std::string plural = api::plural_of(object);
  ResourceList usage = {{count_name(plural, api::group_of(object)), kOne}};
  const bool core = api::group_of(object).empty();
  if (core && has_plain_name(plural)) usage.emplace(plural, kOne);
  if (object.kind == Kind::kService) add_service(usage, static_cast<const api::Service&>(object));
  if (object.kind == Kind::kPersistentVolumeClaim)
    add_claim(usage, static_cast<const api::PersistentVolumeClaim&>(object));
  return usage;
}

std::vector<Symbol> counted_resources(const ResourceList& hard, const api::KindInfo& info) {
  std::vector<Symbol> names;
  const auto counts = [&](std::string_view name) {
    if (info.kind == Kind::kPod) return is_pod_resource(name);
    if (info.kind == Kind::kUnstructured) {  // of any of its kinds
      return name.starts_with("count/") || name == "replicationcontrollers";
    }
    if (info.kind == Kind::kPersistentVolumeClaim) {
      return name == "count/persistentvolumeclaims" || name.ends_with("requests.storage") ||
             (name.ends_with("persistentvolumeclaims") && !name.starts_with("count/"));
    }
    return name == count_name(info.plural, info.group()) || (name == info.plural && has_plain_name(name)) ||
           (info.kind == Kind::kService && name.starts_with("services."));
  };
  for (const auto& [name, amount] : hard) {
    if (counts(name.view())) names.push_back(name);
  }
  return names;
}

bool is_counted(const ResourceList& hard, const api::KindInfo& info) {
  return !counted_resources(hard, info).empty();
}

bool in_scope(const api::ScopedResourceSelectorRequirement& scope, const api::Object& object) {
  if (object.kind != Kind::kPod) return false;
  const auto& spec = *static_cast<const Pod&>(object).spec;
  const std::string_view name = scope.scope_name.view();
  const bool terminating = spec.active_deadline_seconds.value_or(-1) >= 0;
  if (name == "Terminating") return terminating;
  if (name == "NotTerminating") return !terminating;
  if (name == "BestEffort") return api::qos_class(spec) == api::QosClass::kBestEffort;
  if (name == "NotBestEffort") return api::qos_class(spec) != api::QosClass::kBestEffort;
  if (name == "PriorityClass") return has_priority_class(scope, spec.priority_class_name);
  return name == "CrossNamespacePodAffinity" && uses_other_namespaces(spec);
}

bool in_scope(const ResourceQuota& quota, const api::Object& object) {
  using Scope = api::ScopedResourceSelectorRequirement;
  const auto contains = [&](Symbol name) {
    Scope scope;
    scope.scope_name = name;
    return in_scope(scope, object);
  };
  return std::ranges::all_of(quota.scopes, contains) &&
         std::ranges::all_of(quota.scope_selector,
                             [&](const Scope& scope) { return in_scope(scope, object); });
}

void QuotaCounter::add(const api::Object& object, ResourceList& used) {
  if (!in_scope(quota_, object)) return;
  const auto add_all = [&](const ResourceList& usage) {
    for (auto& [name, amount] : used) {
      const auto at = usage.find(name);
      if (at != usage.end()) amount = amount + at->second;
    }
  };
  if (object.kind != Kind::kPod) return add_all(quota_usage(object, now_));
  const auto& pod = static_cast<const Pod&>(object);
  const bool charged = is_charged(pod, now_);
  const auto [at, is_new] = pods_.try_emplace({pod.spec.get(), charged});
  if (is_new) at->second = pod_usage(*pod.spec, charged);
  add_all(at->second);
}

std::vector<Symbol> exceeded(const ResourceList& amounts, const ResourceList& limits) {
  std::vector<Symbol> names;
  for (const auto& [name, limit] : limits) {
    const auto found = amounts.find(name);
    if (found != amounts.end() && found->second > limit) names.push_back(name);
  }
  return names;
}

std::string pretty(const ResourceList& list) {
  std::string text;
  for (const auto& [name, amount] : list) text += (text.empty() ? "" : ",") + name.str() + "=" + amount.str();
  return text;
}

std::optional<std::string> quota_exceeded(const ResourceQuota& quota, const ResourceList& usage) {
  ResourceList requested, after;
  for (const auto& [name, wanted] : usage) {
    if (!quota.status_hard.contains(name) || wanted.is_zero()) continue;
    const auto used = quota.used.find(name);
    requested.emplace(name, wanted);
    after.emplace(name, used == quota.used.end() ? wanted : used->second + wanted);
  }
  const std::vector<Symbol> names = exceeded(after, quota.status_hard);
  if (names.empty()) return std::nullopt;
  return "exceeded quota: " + quota.metadata.name.str() + ", requested: " + pretty(select(requested, names)) +
         ", used: " + pretty(select(quota.used, names)) +
         ", limited: " + pretty(select(quota.status_hard, names));
}

std::optional<std::string> must_specify(const std::vector<Symbol>& resources, const api::PodSpec& spec) {
  static const std::set<std::string_view> kRequired = {
      "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"};
  std::map<Symbol, std::set<Symbol>> missing;
  const auto check = [&](const api::Container& container) {
    ResourceList given;
    add_requests(given, container.resources.requests);
    add_limits(given, container.resources.limits);
    for (const Symbol name : resources) {
      if (kRequired.contains(name.view()) && !given.contains(name)) missing[name].insert(container.name);
    }
  };
  for (const api::Container& container : spec.containers) check(container);
  for (const api::Container& container : spec.init_containers) check(container);
  if (missing.empty()) return std::nullopt;
  std::string text;
  for (const auto& [name, containers] : missing) {
    text += (text.empty() ? "" : "; ") + name.str() + " for: ";
    for (const Symbol container : containers)
      text += (container == *containers.begin() ? "" : ",") + container.str();
  }
  return "must specify " + text;
}

std::optional<std::string> quota_unfit(const ResourceQuota& quota, const api::Object& object) {
  const std::vector<Symbol> resources = counted_resources(quota.status_hard, api::info(object.kind));
  const std::string& name = quota.metadata.name.str();
  if (object.kind == Kind::kPod) {
    if (const auto why = must_specify(resources, *static_cast<const Pod&>(object).spec))
      return "failed quota: " + name + ": " + *why;
  }
  if (std::ranges::all_of(resources, [&](Symbol resource) { return quota.used.contains(resource); }))
    return std::nullopt;
  std::string unknown;
  for (const Symbol resource : resources) unknown += (unknown.empty() ? "" : ",") + resource.str();
  return "status unknown for quota: " + name + ", resources: " + unknown;
}

}  // namespace seatrial::cluster
