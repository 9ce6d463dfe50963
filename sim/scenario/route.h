// Which Service a load's URL reaches, on which port of its pods, and through which ingress controller, as
// things are when it is asked. Sources: ingress-nginx (the most specific host, then the longest
// path, then the default backend); k8s.io/api/networking/v1 (IngressBackend). A host that no Ingress serves
// may be that of a Service of type LoadBalancer, by external-dns's annotation hostname.
#pragma once

#include <compare>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "sim/cluster/store.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

// Where requests from the internet come in: an ingress controller, or a load balancer that sends to pods.
struct WayIn {
  bool balancer = false;
  std::size_t index = 0;  // in the platform's list of these
  auto operator<=>(const WayIn&) const = default;
};
api::Symbol name_of(const Platform& platform, WayIn way);
std::vector<WayIn> ways_in(const Platform& platform);
std::optional<WayIn> way_called(const Platform& platform, api::Symbol name);
// Whose Ingresses of that class are; that of a Service of type LoadBalancer. None: nobody's.
std::optional<WayIn> way_of_class(const Platform& platform, api::Symbol ingress_class);
std::optional<WayIn> way_of_service(const Platform& platform, const api::Service& service);

struct Route {
  api::ServiceKey service;
  std::int32_t pod_port = 0;                      // if the Service gives it as a number, else 0
  api::Symbol pod_port_name;                      // then how the pods call it
  std::optional<std::size_t> ingress_controller;  // of the platform's list; none: kube-proxy
  std::optional<std::size_t> load_balancer;       // the same; one of these three
  api::Symbol tls_namespace, tls_secret;          // the certificate that the Ingress has shown for the host
};

struct NoRoute {
  std::string why;
  bool served = false;  // a rule is there for it, and leads nowhere
};

// With `by`: what that one makes of it, which knows its own Ingresses and Services only.
std::expected<Route, NoRoute> find_route(const cluster::Store& store, const Platform& platform,
                                         const Destination& to, std::optional<WayIn> by = {});

// The host of a Service of type LoadBalancer (external-dns.alpha.kubernetes.io/hostname); empty: it has none.
std::string balanced_host(const api::Object& service);

// Does a rule for `pattern` ("", "a.example", "*.example") serve that host?
bool host_matches(const std::string& pattern, const std::string& host);

}  // namespace seatrial::scenario
