#include "sim/cluster/quota.h"

#include <algorithm>
#include <array>

#include "sim/api/resources.h"

namespace seatrial::cluster {

using api::Kind;
using api::Pod;
using api::Quantity;
using api::ResourceList;
using api::ResourceQuota;
using api::Symbol;

namespace {

Symbol prefixed(const char* prefix, Symbol name) { return prefix + name.str(); }

void add(ResourceList& usage, Symbol name, Quantity amount) {
  const auto [at, is_new] = usage.emplace(name, amount);
  if (!is_new) at->second = at->second + amount;
}

// cpu of a request is charged as cpu and as requests.cpu.
void add_requests(ResourceList& usage, const ResourceList& requests) {
  static const std::array<Symbol, 3> kAlias = {"cpu", "memory", "ephemeral-storage"};
  for (const auto& [name, amount] : requests) {
    add(usage, prefixed("requests.", name), amount);
    if (std::ranges::count(kAlias, name) || name.view().starts_with("hugepages-")) add(usage, name, amount);
  }
}

void add_limits(ResourceList& usage, const ResourceList& limits) {
  for (const auto& [name, amount] : limits) add(usage, prefixed("limits.", name), amount);
}

Symbol count_name(const api::KindInfo& info) {
  return "count/" + std::string(info.plural) + (info.group().empty() ? "" : "." + std::string(info.group()));
}

// Kinds that may also be limited by their plain name.
bool has_plain_name(Kind kind) {
  static const std::array<Kind, 5> kKinds = {Kind::kPod, Kind::kService, Kind::kConfigMap, Kind::kSecret,
                                             Kind::kResourceQuota};
  return std::ranges::count(kKinds, kind) > 0;
}

void add_service(ResourceList& usage, const api::Service& service) {
  static const Symbol kNodePort = "NodePort", kLoadBalancer = "LoadBalancer";
  const bool balanced = service.type == kLoadBalancer;
  if (balanced) add(usage, "services.loadbalancers", Quantity::from_value(1));
  if (balanced || service.type == kNodePort) {
    add(usage, "services.nodeports", Quantity::from_value(static_cast<std::int64_t>(service.ports.size())));
  }
}

ResourceList pod_usage(const api::PodSpec& spec, bool charged) {
  ResourceList usage = {{"count/pods", Quantity::from_value(1)}};
  if (!charged) return usage;
  usage.emplace("pods", Quantity::from_value(1));
  add_requests(usage, api::pod_requests(spec));
  add_limits(usage, api::pod_limits(spec));
  return usage;
}

std::string pretty(const ResourceList& list) {
  std::string text;
  for (const auto& [name, amount] : list) text += (text.empty() ? "" : ",") + name.str() + "=" + amount.str();
  return text;
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
  const api::KindInfo& info = api::info(object.kind);
  ResourceList usage;
  if (object.kind != Kind::kUnstructured) usage.emplace(count_name(info), Quantity::from_value(1));
  if (has_plain_name(object.kind)) usage.emplace(info.plural, Quantity::from_value(1));
  if (object.kind == Kind::kService) add_service(usage, static_cast<const api::Service&>(object));
  return usage;
}

bool is_counted(const ResourceList& hard, const api::KindInfo& info) {
  const Symbol plain = info.plural, counted = count_name(info);
  return std::ranges::any_of(hard, [&](const auto& entry) {
    const std::string_view name = entry.first.view();
    if (entry.first == counted || (entry.first == plain && has_plain_name(info.kind))) return true;
    if (info.kind == Kind::kService) return name.starts_with("services.");
    if (info.kind != Kind::kPod || name.starts_with("count/")) return false;
    static const std::array<std::string_view, 6> kCompute = {"cpu",       "memory",  "ephemeral-storage",
                                                             "requests.", "limits.", "hugepages-"};
    return std::ranges::any_of(kCompute, [&](std::string_view prefix) { return name.starts_with(prefix); });
  });
}

bool in_scope(const ResourceQuota& quota, const api::Object& object) {
  if (quota.scopes.empty()) return true;
  if (object.kind != Kind::kPod) return false;
  const auto& spec = *static_cast<const Pod&>(object).spec;
  const bool best_effort = api::qos_class(spec) == api::QosClass::kBestEffort;
  const bool terminating = spec.active_deadline_seconds.has_value();
  const std::pair<Symbol, bool> facts[] = {{"BestEffort", best_effort},
                                           {"NotBestEffort", !best_effort},
                                           {"Terminating", terminating},
                                           {"NotTerminating", !terminating}};
  return std::ranges::all_of(quota.scopes, [&](Symbol scope) {
    const auto fact = std::ranges::find(facts, scope, &std::pair<Symbol, bool>::first);
    return fact != std::end(facts) && fact->second;
  });
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

std::optional<std::string> quota_exceeded(const ResourceQuota& quota, const ResourceList& usage) {
  ResourceList requested, used, limited;
  for (const auto& [name, hard] : quota.status_hard) {
    const auto wanted = usage.find(name);
    if (wanted == usage.end() || wanted->second <= Quantity()) continue;
    const auto present = quota.used.find(name);
    if (present == quota.used.end()) {
      return "status unknown for quota: " + quota.metadata.name.str() + ", resources: " + name.str();
    }
    if (present->second + wanted->second <= hard) continue;
    requested.emplace(name, wanted->second);
    used.emplace(name, present->second);
    limited.emplace(name, hard);
  }
  if (requested.empty()) return std::nullopt;
  return "exceeded quota: " + quota.metadata.name.str() + ", requested: " + pretty(requested) +
         ", used: " + pretty(used) + ", limited: " + pretty(limited);
}

std::optional<std::string> quota_must_specify(const ResourceQuota& quota, const api::PodSpec& spec) {
  static const std::array<Symbol, 6> kRequired = {"cpu",    "limits.cpu",   "limits.memory",
                                                  "memory", "requests.cpu", "requests.memory"};
  std::map<Symbol, std::string> missing;
  const auto check = [&](const api::Container& container) {
    ResourceList given;
    add_requests(given, container.resources.requests);
    add_limits(given, container.resources.limits);
    for (const Symbol name : kRequired) {
      if (!quota.status_hard.contains(name) || given.contains(name)) continue;
      std::string& containers = missing[name];
      containers += (containers.empty() ? "" : ",") + container.name.str();
    }
  };
  for (const api::Container& container : spec.containers) check(container);
  for (const api::Container& container : spec.init_containers) check(container);
  if (missing.empty()) return std::nullopt;
  std::string text;
  for (const auto& [name, containers] : missing)
    text += (text.empty() ? "" : "; ") + name.str() + " for: " + containers;
  return "failed quota: " + quota.metadata.name.str() + ": must specify " + text;
}

}  // namespace seatrial::cluster
