#include "sim/traffic/ingress_watch.h"

#include <algorithm>
#include <array>

namespace seatrial::traffic {

using api::Kind;
using cluster::ChangeType;

bool is_in_configuration(std::string_view annotation) {
  constexpr std::string_view kPrefix = "nginx.ingress.kubernetes.io/";
  // What goes into ingress.Backend only.
  constexpr std::array<std::string_view, 6> kOfBackends{
      "load-balance", "upstream-hash-by", "affinity", "session-cookie-", "canary-", "service-upstream"};
  if (!annotation.starts_with(kPrefix)) return false;
  const std::string_view name = annotation.substr(kPrefix.size());
  return std::ranges::none_of(kOfBackends, [name](std::string_view of) { return name.starts_with(of); });
}

namespace {

std::vector<api::LabelMap::Entry> configuring(const api::Ingress& ingress) {
  std::vector<api::LabelMap::Entry> kept;
  for (const auto& entry : *ingress.metadata.annotations)
    if (is_in_configuration(entry.first.view())) kept.push_back(entry);
  return kept;
}

template <class Visit>
void each_service(const api::Ingress& ingress, Visit&& visit) {
  if (ingress.default_backend) visit(ingress.default_backend->service_name);
  for (const api::IngressRule& rule : ingress.rules)
    for (const api::HttpIngressPath& path : rule.paths) visit(path.backend.service_name);
}

}  // namespace

bool same_configuration(const api::Ingress& a, const api::Ingress& b) {
  return a.rules == b.rules && a.default_backend == b.default_backend && configuring(a) == configuring(b);
}

IngressWatch::IngressWatch(const Kernel& kernel, cluster::ApiServer& api, ProxyId proxy, api::Symbol name,
                           WatchedClass watched, std::uint16_t instance)
    : proxy_(proxy), watched_(watched) {
  api.watches().add_consumer(kernel, "proxy/" + name.str() + "/configuration",
                             {Kind::kIngress, Kind::kService, Kind::kConfigMap}, kTrafficComponent,
                             api.timings().watch_delivery, false, instance);
}

void IngressWatch::on_watch(Kernel& kernel, Traffic& traffic, const cluster::WatchEvent& change) {
  const bool differs = reloads(change);
  const bool was_broken = !broken_.empty();
  if (change.object->kind == Kind::kIngress) look_for_broken(*change.object);
  if (was_broken && broken_.empty()) return traffic.thaw(kernel, proxy_, change.cause);
  if (!was_broken && !broken_.empty()) return traffic.freeze(kernel, proxy_, *change.object, change.cause);
  if (differs) traffic.configuration_changed(kernel, proxy_, change.cause);
}

void IngressWatch::look_for_broken(const api::Object& ingress) {
  const Name name{ingress.metadata.namespace_, ingress.metadata.name};
  if (ingresses_.contains(name) && cluster::has_annotation_with(ingress.metadata, watched_.invalid))
    broken_.insert(name);
  else
    broken_.erase(name);
}

bool IngressWatch::reloads(const cluster::WatchEvent& change) {
  switch (change.object->kind) {
    case Kind::kIngress:
      return ingress_reloads(change);
    case Kind::kService:
      return service_reloads(change);
    default:
      return change.object->metadata.name == watched_.config_name &&
             change.object->metadata.namespace_ == watched_.config_namespace;
  }
}

bool IngressWatch::ingress_reloads(const cluster::WatchEvent& change) {
  const auto& ingress = static_cast<const api::Ingress&>(*change.object);
  const Name name{ingress.metadata.namespace_, ingress.metadata.name};
  const api::Symbol its = ingress.ingress_class_name;
  const bool mine = change.type != ChangeType::kDeleted &&
                    (its.empty() ? watched_.default_class : its == watched_.ingress_class);
  const auto known = ingresses_.find(name);
  const bool was_mine = known != ingresses_.end();
  if (!mine && !was_mine) return false;
  const auto count = [this](const api::Ingress& of, std::int32_t by) {
    each_service(of, [&](api::Symbol service) { named_[{of.metadata.namespace_, service}] += by; });
  };
  bool differs = mine != was_mine;
  if (was_mine) {
    const auto& before = static_cast<const api::Ingress&>(*known->second);
    if (mine) differs = !same_configuration(before, ingress);
    count(before, -1);
  }
  if (mine) {
    count(ingress, 1);
    ingresses_[name] = change.object;
  } else {
    ingresses_.erase(name);
  }
  return differs;
}

bool IngressWatch::service_reloads(const cluster::WatchEvent& change) {
  const Name name{change.object->metadata.namespace_, change.object->metadata.name};
  const bool there = change.type != ChangeType::kDeleted;
  const bool was_there = std::exchange(services_[name], there);
  const auto named = named_.find(name);
  return there != was_there && named != named_.end() && named->second > 0;
}

}  // namespace seatrial::traffic
