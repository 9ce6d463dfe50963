// Where requests of loads lead while Ingresses and Services change.
//
// A load goes out by the way that it had at time 0: an ingress controller, a load balancer, or kube-proxy.
// What that one routes follows the objects, after its lag: to another Service or port, or nowhere. Without a
// rule an ingress controller's default backend answers 404; where a rule's Service or port is not there it
// has no endpoints, and answers 503. A host that another controller takes now is not served by this one: DNS
// records do not change. A controller whose configuration is invalid applies nothing (traffic/frozen.h).
// Sources: ingress-nginx internal/ingress/controller (getBackendServers, default backend); route.h.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/scenario/route.h"
#include "sim/scenario/simulated_cluster.h"

namespace seatrial::scenario {

class Routes {
 public:
  // Type of an event of kScenarioComponent. Subject: the load.
  static constexpr std::uint8_t kDue = 8;

  explicit Routes(const Kernel& kernel) : lags_(kernel.stream("routes")) {}

  // Of the next load, in their order.
  void add(Route route) { routes_.push_back({std::move(route), false, {}, false}); }
  void on_commit(SimulatedCluster& cluster, const Scenario& scenario, const cluster::WatchEvent& change);
  void handle(SimulatedCluster& cluster, const Scenario& scenario, const Event& event);

 private:
  struct Lead {
    Route route;  // the latest that there was
    bool nowhere = false;
    std::string why;   // it leads nowhere
    bool due = false;  // a change is on its way
  };
  static bool differs(const Lead& lead, const std::expected<Route, NoRoute>& now);
  void schedule(SimulatedCluster& cluster, std::uint32_t load, JournalId cause, Duration delay);

  RandomStream lags_;
  std::vector<Lead> routes_;  // by load
};

}  // namespace seatrial::scenario
