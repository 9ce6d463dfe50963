#include "sim/traffic/endpoint_watch.h"

#include "sim/api/networking.h"

namespace seatrial::traffic {

using api::Kind;
using cluster::ChangeType;

EndpointWatch::EndpointWatch(const Kernel& kernel, cluster::ApiServer& api, ProxyId proxy, api::Symbol name,
                             std::uint16_t instance)
    : proxy_(proxy) {
  api.watches().add_consumer(kernel, "proxy/" + name.str(), {Kind::kService, Kind::kEndpointSlice},
                             kTrafficComponent, api.timings().watch_delivery, false, instance);
}

void EndpointWatch::on_watch(Kernel& kernel, Traffic& traffic, const cluster::WatchEvent& change) {
  const api::Object& object = *change.object;
  const bool gone = change.type == ChangeType::kDeleted;
  if (object.kind == Kind::kService) {
    const ServiceName name{object.metadata.namespace_, object.metadata.name};
    const bool known = services_.contains(name);
    if (gone) {
      if (known) traffic.endpoints_changed(kernel, proxy_, services_[name].key, {}, change.cause);
      services_.erase(name);
    } else {
      services_[name] = {{object.index}, !static_cast<const api::Service&>(object).ports.empty()};
      if (!known) tell(kernel, traffic, name, change.cause);
    }
    return;
  }
  const ServiceName name{object.metadata.namespace_,
                         api::Symbol(object.metadata.labels->get("kubernetes.io/service-name"))};
  if (gone) {
    slices_[name].erase(object.index);
  } else {
    slices_[name][object.index] = change.object;
  }
  tell(kernel, traffic, name, change.cause);
}

void EndpointWatch::tell(Kernel& kernel, Traffic& traffic, const ServiceName& name, JournalId cause) {
  const auto service = services_.find(name);
  if (service == services_.end()) return;
  std::vector<PodEndpoint> endpoints;
  std::set<api::PodKey> seen;
  for (const auto& [index, object] : slices_[name]) {
    const auto& slice = static_cast<const api::EndpointSlice&>(*object);
    // Pods on which no port of the Service was found (a targetPort that no container names) get nothing.
    if (service->second.has_ports && slice.ports.empty()) continue;
    for (const api::Endpoint& e : slice.endpoints) {
      if (seen.insert(e.target).second) endpoints.push_back({e.target, e.ready, e.serving, e.terminating});
    }
  }
  traffic.endpoints_changed(kernel, proxy_, service->second.key, endpoints, cause);
}

}  // namespace seatrial::traffic
