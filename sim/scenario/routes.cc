#include "sim/scenario/routes.h"

#include <fmt/format.h>

#include "sim/scenario/scenario_event.h"

namespace seatrial::scenario {
namespace {

constexpr Duration kLooksAgain = Duration::seconds(10);  // while its controller applies nothing

// By the way that the load has.
std::expected<Route, NoRoute> route_of(const SimulatedCluster& cluster, const Scenario& scenario,
                                       const Load& load, const Route& before) {
  auto route = find_route(cluster.store(), scenario.platform, load.to);
  if (route && (route->ingress_controller != before.ingress_controller ||
                route->load_balancer != before.load_balancer))
    return std::unexpected(NoRoute{"somebody else serves " + load.to.url + " now", false});
  return route;
}

}  // namespace

bool Routes::differs(const Lead& lead, const std::expected<Route, NoRoute>& now) {
  if (!now) return !lead.nowhere || lead.why != now.error().why;
  return lead.nowhere || lead.route.service != now->service || lead.route.pod_port != now->pod_port;
}

void Routes::schedule(SimulatedCluster& cluster, std::uint32_t load, JournalId cause, Duration delay) {
  routes_[load].due = true;
  cluster.kernel().after(delay, make_scenario_event(kDue, load, cause));
}

void Routes::on_commit(SimulatedCluster& cluster, const Scenario& scenario,
                       const cluster::WatchEvent& change) {
  const api::Kind kind = change.object->kind;
  if (kind != api::Kind::kIngress && kind != api::Kind::kService) return;
  for (std::uint32_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].due) continue;
    if (!differs(routes_[i], route_of(cluster, scenario, scenario.load[i], routes_[i].route))) continue;
    const auto load = static_cast<traffic::LoadIndex>(i);
    const traffic::ProxyConfig& proxy = cluster.traffic().proxy(cluster.traffic().load(load).proxy);
    schedule(cluster, i, change.cause, proxy.applies.sample(lags_));
  }
}

void Routes::handle(SimulatedCluster& cluster, const Scenario& scenario, const Event& event) {
  traffic::Traffic& traffic = cluster.traffic();
  const auto load = static_cast<traffic::LoadIndex>(event.subject);
  Lead& lead = routes_[event.subject];
  lead.due = false;
  const auto now = route_of(cluster, scenario, scenario.load[event.subject], lead.route);
  if (!differs(lead, now)) return;
  if (traffic.is_frozen(traffic.load(load).proxy))
    return schedule(cluster, event.subject, event.cause, kLooksAgain);
  lead.nowhere = !now;
  lead.why = now ? "" : now.error().why;
  if (now) lead.route = *now;
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kRouteChanged);
  record.cause = event.cause;
  record.subject = event.subject;
  record.value = now ? 1 : 0;
  const std::string where = now ? "to their Service again" : "nowhere: " + lead.why;
  record.text = cluster.kernel().journal().text(
      fmt::format("requests of load {} lead {}", traffic.load(load).name.view(), where));
  const JournalId id = cluster.kernel().record(record);
  if (now) return traffic.reroute(load, now->service, now->pod_port);
  traffic.route_nowhere(load,
                        now.error().served ? traffic::Outcome::kNoEndpoints : traffic::Outcome::kNoRoute, id);
}

}  // namespace seatrial::scenario
