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
  auto mine = find_route(cluster.store(), scenario.platform, load.to, lead.in);
  if (!lead.in) {
    if (mine && way_of(*mine) != way_of(lead.route))
      return std::unexpected(NoRoute{"somebody else serves " + load.to.url + " now", false});
    return mine;
  }
  if (mine || mine.error().served) return mine;
  const auto other = find_route(cluster.store(), scenario.platform, load.to);
  if (other)
    return std::unexpected(NoRoute{name_of(scenario.platform, *way_of(*other)).str() + " does now", false});
  return mine;
}

bool Routes::differs(const Lead& lead, const std::expected<Route, NoRoute>& now) {
  if (!now) return !lead.nowhere || lead.why != now.error().why;
  return lead.nowhere || !same_way(lead.route, *now) || !same_certificate(lead.route, *now);
}

traffic::ProxyId Routes::proxy_of(const SimulatedCluster& cluster, const Scenario& scenario,
                                  const Lead& lead) {
  const traffic::Traffic& traffic = cluster.traffic();
  return lead.in ? *traffic.find_proxy(name_of(scenario.platform, *lead.in)) : traffic.load(*lead.way).proxy;
}

void Routes::schedule(SimulatedCluster& cluster, std::size_t lead, JournalId cause, Duration delay) {
  leads_[lead].due = true;
  cluster.kernel().after(delay, make_scenario_event(kDue, lead, cause));
}

const Routes::Lead* Routes::find(std::uint32_t load, WayIn in) const {
  const auto known =
      std::ranges::find_if(leads_, [&](const Lead& lead) { return lead.load == load && lead.in == in; });
  return known == leads_.end() ? nullptr : &*known;
}

// Those that serve the host are leads from now on, which do not know it yet.
void Routes::note_served(const SimulatedCluster& cluster, const Scenario& scenario, std::uint32_t load) {
  for (const WayIn in : ways_in(scenario.platform)) {
    if (find(load, in)) continue;
    const auto route = find_route(cluster.store(), scenario.platform, scenario.load[load].to, in);
    if (!route && !route.error().served) continue;
    Lead lead;
    lead.load = load;
    lead.in = in;
    lead.nowhere = true;
    lead.why = "it has not heard of it yet";
    leads_.push_back(std::move(lead));
  }
}

void Routes::on_commit(SimulatedCluster& cluster, const Scenario& scenario,
                       const cluster::WatchEvent& change) {
  const api::Kind kind = change.object->kind;
  if (kind != api::Kind::kIngress && kind != api::Kind::kService) return;
  for (std::uint32_t load = 0; load < scenario.load.size(); ++load)
    if (cluster.traffic().copies(static_cast<traffic::LoadIndex>(load))) note_served(cluster, scenario, load);
  for (std::size_t i = 0; i < leads_.size(); ++i) {
    if (leads_[i].due) continue;
    if (!differs(leads_[i], route_of(cluster, scenario, leads_[i]))) continue;
    const traffic::ProxyConfig& proxy = cluster.traffic().proxy(proxy_of(cluster, scenario, leads_[i]));
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
    text = fmt::format("requests of load {} lead {}", cluster.traffic().load(*lead.way).name.view(),
                       lead.nowhere ? "nowhere: " + lead.why : "to their Service again");
  }
  record.text = cluster.kernel().journal().text(text);
  return cluster.kernel().record(record);
}

// So that requests can go there. It leads nowhere yet.
void Routes::make(SimulatedCluster& cluster, const Scenario& scenario, Lead& lead) {
  if (lead.way) return;
  const auto load = static_cast<traffic::LoadIndex>(lead.load);
  traffic::LoadConfig config = cluster.traffic().load(load);
  config.proxy = proxy_of(cluster, scenario, lead);
  lead.way = cluster.traffic().add_way(cluster.kernel(), load, std::move(config));
}

void Routes::follow(SimulatedCluster& cluster, const Scenario& scenario, Lead& lead, const Route& route,
                    JournalId cause) {
  make(cluster, scenario, lead);
  lead.route = route;
  lead.nowhere = false;
  traffic::Traffic& traffic = cluster.traffic();
  if (const traffic::OriginId old = traffic.load(*lead.way).origin; old != traffic::OriginId::kUnjudged) {
    SimulatedCluster::GateKeeper gates(cluster);
    cluster.enforcement()->remove_origin(old, gates);
  }
  traffic.reroute(*lead.way, route.service, route.pod_port,
                  add_origin(cluster, scenario.platform, route, cause));
  show_certificate(cluster, scenario.load[lead.load], *lead.way, route);
}

void Routes::handle(SimulatedCluster& cluster, const Scenario& scenario, const Event& event) {
  traffic::Traffic& traffic = cluster.traffic();
  Lead& lead = leads_[event.subject];
  lead.due = false;
  const auto now = route_of(cluster, scenario, lead);
  if (!differs(lead, now)) return;
  if (traffic.is_frozen(proxy_of(cluster, scenario, lead)))
    return schedule(cluster, event.subject, event.cause, kLooksAgain);
  if (now && !lead.nowhere && same_way(lead.route, *now)) {  // another certificate, no other way
    lead.route = *now;
    return show_certificate(cluster, scenario.load[lead.load], *lead.way, *now);
  }
  lead.nowhere = !now;
  lead.why = now ? "" : now.error().why;
  lead.left = lead.in && !now && !now.error().served &&
              find_route(cluster.store(), scenario.platform, scenario.load[lead.load].to).has_value();
  if (!now && !lead.way) return;  // gone before anything led there
  const JournalId id = record(cluster, scenario, lead, event.cause);
  if (now) return follow(cluster, scenario, lead, *now, id);
  traffic.route_nowhere(*lead.way,
                        now.error().served ? traffic::Outcome::kNoEndpoints : traffic::Outcome::kNoRoute, id);
}

void Routes::begin_ways(SimulatedCluster& cluster, const Scenario& scenario, std::uint32_t load) {
  const std::size_t first = leads_.size();
  note_served(cluster, scenario, load);
  for (std::size_t i = first; i < leads_.size(); ++i) {
    Lead& lead = leads_[i];
    const auto route = route_of(cluster, scenario, lead);
    if (route) {
      follow(cluster, scenario, lead, *route, JournalId::kNone);
    } else {
      lead.why = route.error().why;
    }
  }
}

traffic::LoadIndex Routes::way(SimulatedCluster& cluster, const Scenario& scenario, std::uint32_t load,
                               WayIn in) {
  const Lead* const known = find(load, in);
  if (known && known->way) return *known->way;
  const std::size_t index = known ? static_cast<std::size_t>(known - leads_.data()) : leads_.size();
  if (!known) {
    leads_.emplace_back();
    leads_.back().load = load;
    leads_.back().in = in;
    leads_.back().nowhere = true;
  }
  Lead& lead = leads_[index];
  // Who serves the host is known already: this one does not, or has not heard of it yet.
  const auto route = find_route(cluster.store(), scenario.platform, scenario.load[load].to, in);
  if (!lead.due && !route) lead.why = route.error().why;
  make(cluster, scenario, lead);
  const bool served = !lead.due && !route && route.error().served;
  cluster.traffic().route_nowhere(*lead.way,
                                  served ? traffic::Outcome::kNoEndpoints : traffic::Outcome::kNoRoute,
                                  record(cluster, scenario, lead, JournalId::kNone));
  return *lead.way;
}

void Routes::explain_left(SimulatedCluster& cluster, std::uint32_t load, JournalId record) {
  for (const Lead& lead : leads_)
    if (lead.load == load && lead.left && lead.way)
      cluster.traffic().route_nowhere(*lead.way, traffic::Outcome::kNoRoute, record);
}

}  // namespace seatrial::scenario
