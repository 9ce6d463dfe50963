#include "sim/scenario/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/api/networking.h"

namespace seatrial::scenario {

using api::Kind;

namespace {

// An Ingress path serves a request for `path` if it is a prefix of it by elements (Exact: the same).
bool serves(const api::HttpIngressPath& rule, const std::string& path) {
  const std::string& prefix = rule.path.str();
  if (rule.path_type == api::Symbol("Exact")) return path == prefix;
  if (prefix.empty() || prefix == "/") return true;
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

struct Backend {
  const api::Ingress* ingress = nullptr;
  const api::IngressBackend* backend = nullptr;
};

// An exact host goes before "*.example", that before none; of one host's paths the longest wins, Exact first.
Backend backend_of(const cluster::Store& store, const Platform& platform, const Destination& to,
                   std::optional<WayIn> by) {
  Backend best;
  std::tuple<int, std::size_t, bool> rank{-1, 0, false};
  for (const api::ObjectPtr& object : store.list(Kind::kIngress)) {
    const auto& ingress = static_cast<const api::Ingress&>(*object);
    if (by && way_of_class(platform, ingress.ingress_class_name) != by) continue;
    if (ingress.default_backend && best.backend == nullptr) best = {&ingress, &*ingress.default_backend};
    for (const api::IngressRule& rule : ingress.rules) {
      const std::string& host = rule.host.str();
      if (!host_matches(host, to.host)) continue;
      const int specific = host.empty() ? 0 : host.starts_with("*.") ? 1 : 2;
      for (const api::HttpIngressPath& path : rule.paths) {
        if (!serves(path, to.path)) continue;
        const std::tuple mine{specific, path.path.str().size(), path.path_type == api::Symbol("Exact")};
        if (mine <= rank) continue;
        rank = mine;
        best = {&ingress, &path.backend};
      }
    }
  }
  return best;
}

// A Service's ports in words: "80 (http), 9090".
std::string list_ports(const api::Service& service) {
  std::string text;
  for (const api::ServicePort& port : service.ports) {
    if (!text.empty()) text += ", ";
    text += std::to_string(port.port);
    if (!port.name.empty()) text += " (" + port.name.str() + ")";
  }
  return text.empty() ? "none" : text;
}

struct PodPort {
  std::int32_t number = 0;  // 0: they name it
  api::Symbol name;
};

// `number` or `name`, else the first port: the port of the pods.
std::expected<PodPort, std::string> pod_port(const api::Service& service, std::int32_t number,
                                             api::Symbol name) {
  if (service.ports.empty()) return PodPort{};
  auto port = service.ports.begin();
  if (number != 0) port = std::ranges::find(service.ports, number, &api::ServicePort::port);
  if (!name.empty()) port = std::ranges::find(service.ports, name, &api::ServicePort::name);
  if (port == service.ports.end()) {
    return std::unexpected(fmt::format("port {} of Service {}/{}, whose ports are: {}",
                                       name.empty() ? std::to_string(number) : "\"" + name.str() + "\"",
                                       service.metadata.namespace_.str(), service.metadata.name.str(),
                                       list_ports(service)));
  }
  if (port->target_port.is_string()) return PodPort{0, port->target_port.text};
  return PodPort{port->target_port.number ? static_cast<std::int32_t>(port->target_port.number) : port->port,
                 {}};
}

// From inside the cluster. Nothing translates the ports of a headless Service: its name is the addresses of
// its pods, and any port of theirs may be asked for (Kubernetes documentation, "Service", headless Services).
std::expected<PodPort, std::string> port_inside(const api::Service& service, std::int32_t number) {
  if (service.cluster_ip != api::Symbol("None")) return pod_port(service, number, {});
  if (number == 0 && !service.ports.empty()) number = service.ports.front().port;
  return PodPort{number, {}};
}

// By an ingress controller or a load balancer, which take the pods' ports from the Service's endpoints.
std::expected<Route, std::string> route_to(const cluster::Store& store, api::Symbol namespace_,
                                           api::Symbol name, std::int32_t number, api::Symbol port,
                                           bool from_inside = false) {
  const api::ObjectRef ref = store.find(Kind::kService, namespace_, name);
  if (!ref.valid())
    return std::unexpected(fmt::format("Service {}/{}, which does not exist", namespace_.str(), name.str()));
  const auto& service = static_cast<const api::Service&>(*store.get(ref));
  const auto on = from_inside ? port_inside(service, number) : pod_port(service, number, port);
  if (!on) return std::unexpected(on.error());
  return Route{{ref.index}, on->number, on->name, {}, {}, {}, {}};
}

// A Service of type LoadBalancer with that host.
std::shared_ptr<const api::Service> balanced_service(const cluster::Store& store, const std::string& host) {
  for (const api::ObjectPtr& object : store.list(Kind::kService))
    if (balanced_host(*object) == host) return api::as<api::Service>(object);
  return nullptr;
}

// The Network Load Balancers that it may have: the one that its annotation names, or any.
std::vector<std::size_t> balancers_for(const Platform& platform, const api::Service& service) {
  const std::string_view wanted =
      service.metadata.annotations->get("service.beta.kubernetes.io/aws-load-balancer-name");
  std::vector<std::size_t> fit;
  for (std::size_t i = 0; i < platform.load_balancers.size(); ++i) {
    const LoadBalancer& balancer = platform.load_balancers[i];
    const bool network = balancer.kind == LoadBalancer::Kind::kNetwork;
    if (network && (wanted.empty() || balancer.name == wanted)) fit.push_back(i);
  }
  return fit;
}

std::expected<Route, std::string> balanced_route(const cluster::Store& store, const Platform& platform,
                                                 const api::Service& service) {
  const std::vector<std::size_t> fit = balancers_for(platform, service);
  if (fit.size() != 1) {
    return std::unexpected(fmt::format(
        "Service {}/{} is of type LoadBalancer, and {} Network Load Balancers of the platform fit it",
        service.metadata.namespace_.str(), service.metadata.name.str(), fit.size()));
  }
  auto route = route_to(store, service.metadata.namespace_, service.metadata.name, 0, {});
  if (route) route->load_balancer = fit.front();
  return route;
}

// "no ingress controller of the platform takes class "x" (there are default, modsec)"
std::string nobody_takes(const Platform& platform, api::Symbol wanted) {
  std::string there;
  const auto add = [&](api::Symbol known) {
    if (!known.empty()) there += (there.empty() ? "" : ", ") + known.str();
  };
  for (const IngressController& controller : platform.ingress_controllers) add(controller.ingress_class);
  for (const LoadBalancer& balancer : platform.load_balancers) add(balancer.ingress_class);
  return fmt::format("no ingress controller of the platform takes class \"{}\"{}", wanted.view(),
                     there.empty() ? "" : " (there are " + there + ")");
}

}  // namespace

api::Symbol name_of(const Platform& platform, WayIn way) {
  return way.balancer ? platform.load_balancers[way.index].name
                      : platform.ingress_controllers[way.index].name;
}

std::vector<WayIn> ways_in(const Platform& platform) {
  std::vector<WayIn> ways;
  for (std::size_t i = 0; i < platform.ingress_controllers.size(); ++i) ways.push_back({false, i});
  for (std::size_t i = 0; i < platform.load_balancers.size(); ++i) ways.push_back({true, i});
  return ways;
}

std::optional<WayIn> way_called(const Platform& platform, api::Symbol name) {
  for (std::size_t i = 0; i < platform.ingress_controllers.size(); ++i)
    if (platform.ingress_controllers[i].name == name) return WayIn{false, i};
  for (std::size_t i = 0; i < platform.load_balancers.size(); ++i)
    if (platform.load_balancers[i].name == name) return WayIn{true, i};
  return std::nullopt;
}

std::optional<WayIn> way_of_class(const Platform& platform, api::Symbol wanted) {
  const auto& controllers = platform.ingress_controllers;
  const auto mine = std::ranges::find_if(controllers, [wanted](const IngressController& c) {
    return wanted.empty() ? c.default_class : c.ingress_class == wanted;
  });
  if (mine != controllers.end()) return WayIn{false, static_cast<std::size_t>(mine - controllers.begin())};
  const auto& balancers = platform.load_balancers;
  const auto balancer = std::ranges::find_if(
      balancers, [wanted](const LoadBalancer& b) { return !wanted.empty() && b.ingress_class == wanted; });
  if (balancer == balancers.end()) return std::nullopt;
  return WayIn{true, static_cast<std::size_t>(balancer - balancers.begin())};
}

std::optional<WayIn> way_of_service(const Platform& platform, const api::Service& service) {
  const std::vector<std::size_t> fit = balancers_for(platform, service);
  return fit.size() == 1 ? std::optional(WayIn{true, fit.front()}) : std::nullopt;
}

std::string balanced_host(const api::Object& service) {
  if (service.kind != Kind::kService || static_cast<const api::Service&>(service).type != "LoadBalancer")
    return {};
  return std::string(service.metadata.annotations->get("external-dns.alpha.kubernetes.io/hostname"));
}

bool host_matches(const std::string& pattern, const std::string& host) {
  if (!pattern.starts_with("*.")) return pattern.empty() || pattern == host;
  const std::size_t dot = host.find('.');
  return dot != std::string::npos && host.substr(dot) == pattern.substr(1);
}

std::expected<Route, NoRoute> find_route(const cluster::Store& store, const Platform& platform,
                                         const Destination& to, std::optional<WayIn> by) {
  if (to.inside()) {
    auto route = route_to(store, to.namespace_, to.service, to.port, {}, true);
    if (!route) return std::unexpected(NoRoute{"it names " + route.error(), true});
    return *route;
  }
  const auto [ingress, backend] = backend_of(store, platform, to, by);
  if (backend == nullptr)
    if (const auto balanced = balanced_service(store, to.host);
        balanced && (!by || way_of_service(platform, *balanced) == by)) {
      auto route = balanced_route(store, platform, *balanced);
      if (!route) return std::unexpected(NoRoute{route.error(), true});
      return *route;
    }
  if (backend == nullptr) {
    const api::Ingress* const other = by ? backend_of(store, platform, to, std::nullopt).ingress : nullptr;
    if (other && !way_of_class(platform, other->ingress_class_name))
      return std::unexpected(NoRoute{"Ingress " + other->metadata.name.str() + " does, but " +
                                     nobody_takes(platform, other->ingress_class_name)});
    return std::unexpected(NoRoute{fmt::format("no Ingress serves https://{}{}", to.host, to.path)});
  }
  auto route = route_to(store, ingress->metadata.namespace_, backend->service_name, backend->port_number,
                        backend->port_name);
  if (!route) {
    const std::string why = fmt::format("Ingress {} names {}", ingress->metadata.name.str(), route.error());
    return std::unexpected(NoRoute{why, true});
  }
  const std::optional<WayIn> way = way_of_class(platform, ingress->ingress_class_name);
  if (!way) {
    return std::unexpected(NoRoute{nobody_takes(platform, ingress->ingress_class_name)});
  }
  if (way->balancer) {
    route->load_balancer = way->index;
    return *route;
  }
  route->ingress_controller = way->index;
  for (const api::IngressTls& tls : ingress->tls) {
    const bool its =
        std::ranges::any_of(tls.hosts, [&](api::Symbol host) { return host_matches(host.str(), to.host); });
    if (!its || tls.secret_name.empty()) continue;
    route->tls_namespace = ingress->metadata.namespace_;
    route->tls_secret = tls.secret_name;
    break;
  }
  return *route;
}

}  // namespace seatrial::scenario
