#include "sim/scenario/routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {
namespace {

constexpr Duration kLooksAgain = Duration::seconds(10);  // while its controller applies nothing

std::optional<WayIn> way_of(const Route& route) {
  if (route.ingress_controller) return WayIn{false, *route.ingress_controller};
  if (route.load_balancer) return WayIn{true, *route.load_balancer};
  return std::nullopt;
}

}  // namespace

cluster::OriginConfig origin_to(const cluster::Store& store, const Route& route) {
  const auto& service = *store.get<api::Service>(route.service);
  cluster::OriginConfig origin;
  origin.target_namespace = service.metadata.namespace_;
  origin.target_labels = service.selector;
  origin.port = route.pod_port;
  origin.port_name = route.pod_port_name;
  return origin;
}

traffic::OriginId add_origin(SimulatedCluster& cluster, const Platform& platform, const Route& route,
                             JournalId cause) {
  if (!route.ingress_controller || !cluster.enforcement()) return traffic::OriginId::kUnjudged;
  const IngressController& controller = platform.ingress_controllers[*route.ingress_controller];
  cluster::OriginConfig origin = origin_to(cluster.store(), route);
  origin.name = "ingress controller " + controller.name.str();
  origin.namespace_ = controller.namespace_;
  origin.pod = controller.name;
  SimulatedCluster::GateKeeper gates(cluster);
  return cluster.enforcement()->add_origin(cluster.kernel(), std::move(origin), gates, cause);
}

void show_certificate(SimulatedCluster& cluster, const Load& load, traffic::LoadIndex way,
                      const Route& route) {
  if (!cluster.certificates() || !load.to.url.starts_with("https:")) return;
  cluster.certificates()->watch(cluster.traffic(), way, route.tls_namespace, route.tls_secret);
}

namespace {

bool same_way(const Route& a, const Route& b) { return a.service == b.service && a.pod_port == b.pod_port; }
bool same_certificate(const Route& a, const Route& b) {
  return a.tls_namespace == b.tls_namespace && a.tls_secret == b.tls_secret;
}

}  // namespace

void Routes::add(std::uint32_t load, Route route) {
  Lead lead;
  lead.load = load;
  lead.way = static_cast<traffic::LoadIndex>(load);
  lead.route = std::move(route);
  leads_.push_back(std::move(lead));
}

std::expected<Route, NoRoute> Routes::route_of(const SimulatedCluster& cluster, const Scenario& scenario,
                                               const Lead& lead) {
  const Load& load = scenario.load[lead.load];
  const auto route = find_route(cluster.store(), scenario.platform, load.to);
  if (!lead.in) {
    if (route && way_of(*route) != way_of(lead.route))
      return std::unexpected(NoRoute{"somebody else serves " + load.to.url + " now", false});
    return route;
  }
  auto mine = find_route(cluster.store(), scenario.platform, load.to, lead.in);
  if (!mine && !mine.error().served && route)
    return std::unexpected(NoRoute{name_of(scenario.platform, *way_of(*route)).str() + " does now", false});
  return mine;
}

bool Routes::differs(const Lead& lead, const std::expected<Route, NoRoute>& now) {
  if (!now) return !lead.nowhere || lead.why != now.error().why;
  return lead.nowhere || !same_way(lead.route, *now) || !same_certificate(lead.route, *now);
}

void Routes::schedule(SimulatedCluster& cluster, std::size_t lead, JournalId cause, Duration delay) {
  leads_[lead].due = true;
  cluster.kernel().after(delay, make_scenario_event(kDue, lead, cause));
}

void Routes::on_commit(SimulatedCluster& cluster, const Scenario& scenario,
                       const cluster::WatchEvent& change) {
  const api::Kind kind = change.object->kind;
  if (kind != api::Kind::kIngress && kind != api::Kind::kService) return;
  for (std::size_t i = 0; i < leads_.size(); ++i) {
    if (leads_[i].due) continue;
    if (!differs(leads_[i], route_of(cluster, scenario, leads_[i]))) continue;
    const traffic::ProxyConfig& proxy = cluster.traffic().proxy(cluster.traffic().load(leads_[i].way).proxy);
    schedule(cluster, i, change.cause, proxy.applies.sample(lags_));
  }
}

// What has become of it, as `lead` says now.
JournalId Routes::record(SimulatedCluster& cluster, const Scenario& scenario, const Lead& lead,
                         JournalId cause) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(lead.left ? cluster::RecordType::kRouteLeft
                                                     : cluster::RecordType::kRouteChanged);
  record.cause = cause;
  record.subject = lead.load;
  record.value = lead.nowhere ? 0 : 1;
  std::string text;
  if (lead.in) {
    const std::string who = name_of(scenario.platform, *lead.in).str();
    const std::string& url = scenario.load[lead.load].to.url;
    text = lead.nowhere ? fmt::format("{} does not serve {}: {}", who, url, lead.why)
                        : fmt::format("{} serves {} now", who, url);
  } else {
    text = fmt::format("requests of load {} lead {}", cluster.traffic().load(lead.way).name.view(),
                       lead.nowhere ? "nowhere: " + lead.why : "to their Service again");
  }
  record.text = cluster.kernel().journal().text(text);
  return cluster.kernel().record(record);
}

void Routes::follow(SimulatedCluster& cluster, const Scenario& scenario, Lead& lead, const Route& route,
                    JournalId cause) {
  lead.route = route;
  traffic::Traffic& traffic = cluster.traffic();
  if (const traffic::OriginId old = traffic.load(lead.way).origin; old != traffic::OriginId::kUnjudged) {
    SimulatedCluster::GateKeeper gates(cluster);
    cluster.enforcement()->remove_origin(old, gates);
  }
  traffic.reroute(lead.way, route.service, route.pod_port,
                  add_origin(cluster, scenario.platform, route, cause));
  show_certificate(cluster, scenario.load[lead.load], lead.way, route);
}

void Routes::handle(SimulatedCluster& cluster, const Scenario& scenario, const Event& event) {
  traffic::Traffic& traffic = cluster.traffic();
  Lead& lead = leads_[event.subject];
  lead.due = false;
  const auto now = route_of(cluster, scenario, lead);
  if (!differs(lead, now)) return;
  if (traffic.is_frozen(traffic.load(lead.way).proxy))
    return schedule(cluster, event.subject, event.cause, kLooksAgain);
  if (now && !lead.nowhere && same_way(lead.route, *now)) {  // another certificate, no other way
    lead.route = *now;
    return show_certificate(cluster, scenario.load[lead.load], lead.way, *now);
  }
  lead.nowhere = !now;
  lead.why = now ? "" : now.error().why;
  lead.left = lead.in && !now && !now.error().served &&
              find_route(cluster.store(), scenario.platform, scenario.load[lead.load].to).has_value();
  const JournalId id = record(cluster, scenario, lead, event.cause);
  if (now) return follow(cluster, scenario, lead, *now, id);
  traffic.route_nowhere(lead.way,
                        now.error().served ? traffic::Outcome::kNoEndpoints : traffic::Outcome::kNoRoute, id);
}

traffic::LoadIndex Routes::way(SimulatedCluster& cluster, const Scenario& scenario, std::uint32_t load,
                               WayIn in) {
  const auto known =
      std::ranges::find_if(leads_, [&](const Lead& lead) { return lead.load == load && lead.in == in; });
  if (known != leads_.end()) return known->way;
  traffic::Traffic& traffic = cluster.traffic();
  const auto route = find_route(cluster.store(), scenario.platform, scenario.load[load].to, in);
  traffic::LoadConfig config = traffic.load(static_cast<traffic::LoadIndex>(load));
  config.proxy = *traffic.find_proxy(name_of(scenario.platform, in));
  if (route) {
    config.service = route->service;
    config.port = route->pod_port;
    config.origin = add_origin(cluster, scenario.platform, *route);
  }
  Lead lead;
  lead.load = load;
  lead.in = in;
  lead.way = traffic.add_way(cluster.kernel(), static_cast<traffic::LoadIndex>(load), std::move(config));
  if (route) {
    lead.route = *route;
    show_certificate(cluster, scenario.load[load], lead.way, *route);
  }
  const bool frozen = traffic.is_frozen(traffic.load(lead.way).proxy);
  lead.nowhere = !route || frozen;
  if (lead.nowhere) {
    lead.why = route ? "its configuration is invalid" : route.error().why;
    const bool served = !route && route.error().served;
    traffic.route_nowhere(lead.way, served ? traffic::Outcome::kNoEndpoints : traffic::Outcome::kNoRoute,
                          record(cluster, scenario, lead, JournalId::kNone));
  }
  leads_.push_back(std::move(lead));
  if (frozen) schedule(cluster, leads_.size() - 1, JournalId::kNone, kLooksAgain);
  return leads_.back().way;
}

void Routes::explain_left(SimulatedCluster& cluster, std::uint32_t load, JournalId record) {
  for (const Lead& lead : leads_)
    if (lead.load == load && lead.left)
      cluster.traffic().route_nowhere(lead.way, traffic::Outcome::kNoRoute, record);
}

}  // namespace seatrial::scenario
