// What a proxy's watch on Services and EndpointSlices makes it believe: all endpoints of a service together,
// told to the traffic whenever they change. One instance for each proxy, each with a watch of its own, since
// an ingress controller and kube-proxy learn of a change at different times. Source: reference §4;
// k8s.io/ingress-nginx internal/ingress/controller/endpointslices.go.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

class EndpointWatch {
 public:
  // Adds the watch; deliveries carry `instance`, by which the owner finds this EndpointWatch again.
  EndpointWatch(const Kernel& kernel, cluster::ApiServer& api, ProxyId proxy, api::Symbol name,
                std::uint16_t instance);

  void on_watch(Kernel& kernel, Traffic& traffic, const cluster::WatchEvent& change);

 private:
  using ServiceName = std::pair<api::Symbol, api::Symbol>;  // namespace, name
  void tell(Kernel& kernel, Traffic& traffic, const ServiceName& service, JournalId cause);

  ProxyId proxy_;
  struct KnownService {
    api::ServiceKey key;
    bool has_ports;
  };
  std::map<ServiceName, KnownService> services_;
  std::map<ServiceName, std::map<std::uint32_t, std::shared_ptr<const api::Object>>> slices_;  // by index
};

}  // namespace seatrial::traffic
