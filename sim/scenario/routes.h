// Where requests of loads lead while Ingresses and Services change.
//
// A way in (an ingress controller, a load balancer, or kube-proxy) routes as the objects say, after its lag:
// to another Service or port, or nowhere. Without a rule an ingress controller's default backend answers 404;
// where a rule's Service or port is not there it has no endpoints, and answers 503. A controller whose
// configuration is invalid applies nothing (traffic/frozen.h). Where the platform has no external-dns a load
// has one way, that of time 0: a host that another one takes is not served by this one any more. Else it has
// one for each that serves its host or has served it, whether DNS leads there or not (external_dns.h), and
// for those to which DNS has led; each knows its own Ingresses and Services only. Sources:
// ingress-nginx internal/ingress/controller (getBackendServers, default backend); route.h.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/scenario/route.h"
#include "sim/scenario/simulated_cluster.h"

namespace seatrial::scenario {

class Routes {
 public:
  // Type of an event of kScenarioComponent. Subject: the way.
  static constexpr std::uint8_t kDue = 8;

  explicit Routes(const Kernel& kernel) : lags_(kernel.stream("routes")) {}

  // The only way of that load.
  void add(std::uint32_t load, Route route);
  // The load's host is looked up: all that serve it now know it.
  void begin_ways(SimulatedCluster& cluster, const Scenario& scenario, std::uint32_t load);
  // The way of that load through `in`, as the traffic knows it; made if there is none yet. REQUIRES: the
  // load's host is looked up.
  traffic::LoadIndex way(SimulatedCluster& cluster, const Scenario& scenario, std::uint32_t load, WayIn in);
  // That DNS leads requests of this load to where its host is served no more is because of that from now on.
  void explain_left(SimulatedCluster& cluster, std::uint32_t load, JournalId record);

  void on_commit(SimulatedCluster& cluster, const Scenario& scenario, const cluster::WatchEvent& change);
  void handle(SimulatedCluster& cluster, const Scenario& scenario, const Event& event);

 private:
  struct Lead {
    std::uint32_t load = 0;                 // of the scenario
    std::optional<traffic::LoadIndex> way;  // of the traffic; none: nothing has led there yet
    std::optional<WayIn> in;                // where the host is looked up
    Route route;                            // the latest that there was
    bool nowhere = false;
    bool left = false;  // as another way serves the host
    std::string why;    // it leads nowhere
    bool due = false;   // a change is on its way
  };
  const Lead* find(std::uint32_t load, WayIn in) const;
  void note_served(const SimulatedCluster& cluster, const Scenario& scenario, std::uint32_t load);
  static void make(SimulatedCluster& cluster, const Scenario& scenario, Lead& lead);
  static bool differs(const Lead& lead, const std::expected<Route, NoRoute>& now);
  static std::expected<Route, NoRoute> route_of(const SimulatedCluster& cluster, const Scenario& scenario,
                                                const Lead& lead);
  static traffic::ProxyId proxy_of(const SimulatedCluster& cluster, const Scenario& scenario,
                                   const Lead& lead);
  void schedule(SimulatedCluster& cluster, std::size_t lead, JournalId cause, Duration delay);
  // It leads there from now on.
  static void follow(SimulatedCluster& cluster, const Scenario& scenario, Lead& lead, const Route& route,
                     JournalId cause);
  JournalId record(SimulatedCluster& cluster, const Scenario& scenario, const Lead& lead, JournalId cause);

  RandomStream lags_;
  std::vector<Lead> leads_;
};

// What network policies are asked of the route's packets: to the pods of its Service, at its port; those of
// an ingress controller are seen from now on.
cluster::OriginConfig origin_to(const cluster::Store& store, const Route& route);
traffic::OriginId add_origin(SimulatedCluster& cluster, const Platform& platform, const Route& route,
                             JournalId cause = JournalId::kNone);
// The clients of the load, if it is one of https://, are shown the certificate of the route to `way`.
void show_certificate(SimulatedCluster& cluster, const Load& load, traffic::LoadIndex way,
                      const Route& route);

}  // namespace seatrial::scenario
