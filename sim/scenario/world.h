// A scenario being played: the simulated cluster, who runs kubectl on it, its load, its faults, and those who
// watch.
//
// A value: a copy taken at any instant continues to the same fingerprint as the original. The scenario is
// shared and never changes.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "sim/api/problem.h"
#include "sim/checks/invariants.h"
#include "sim/report/recorder.h"
#include "sim/scenario/environment_runs.h"
#include "sim/scenario/external_dns.h"
#include "sim/scenario/node_replacement.h"
#include "sim/scenario/pipelines.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/simulated_cluster.h"
#include "sim/scenario/user.h"

namespace seatrial::scenario {

class World final : private Onlooker {
 public:
  // The clock starts at -scenario.settle: there the initial manifests are applied; load and timeline begin at
  // 0. The problems are those of objects that the API server refuses and of loads that lead nowhere and whose
  // host is not looked up, with their positions. Every `log_every`-th request is kept whole (0: none), for
  // data frames; that changes nothing else. Nor does `explained_pod`: the scheduler keeps its last decision
  // about pods of that name.
  static std::expected<World, api::Problems> create(std::shared_ptr<const Scenario> scenario,
                                                    std::uint64_t seed, std::uint64_t log_every = 0,
                                                    api::Symbol explained_pod = {});

  // Fires all events up to and including `end`.
  void run_until(SimTime end) { cluster_.run_until(end, *this); }
  SimTime end() const { return SimTime::at(scenario_->duration); }

  const Scenario& scenario() const { return *scenario_; }
  SimulatedCluster& cluster() { return cluster_; }
  const SimulatedCluster& cluster() const { return cluster_; }
  const User& user() const { return user_; }
  const checks::Invariants& invariants() const { return invariants_; }
  const report::Recorder& recorder() const { return recorder_; }

 private:
  World(std::shared_ptr<const Scenario> scenario, std::uint64_t seed, std::uint64_t log_every,
        api::Symbol explained_pod);
  void committed(const cluster::WatchEvent& change) override;
  void scenario_event(const Event& event) override;

  void add_certificates();
  api::Problems add_nodes();
  void add_proxies();
  void add_hops();
  api::Problems apply_manifests();
  api::Problems add_loads();
  void add_dns();
  void judge_connections();
  // The only way of a load whose host is not looked up.
  void add_route(const Load& load, const Route& route, traffic::LoadConfig& config);
  void schedule_timeline();
  void act(std::uint32_t entry);

  std::shared_ptr<const Scenario> scenario_;
  SimulatedCluster cluster_;
  User user_;
  NodeReplacements node_replacements_;
  Pipelines pipelines_;
  EnvironmentRuns environment_runs_;
  Routes routes_;
  ExternalDns external_dns_;
  JournalId known_ = JournalId::kNone;  // the way of each load has been chosen with all that was until then
  checks::Invariants invariants_;
  report::Recorder recorder_;
  std::vector<traffic::ProxyId> ingress_proxies_;   // in the order of the platform's ingress controllers
  std::vector<traffic::ProxyId> balancer_proxies_;  // in the order of its load balancers
  traffic::ProxyId service_proxy_{};
};

}  // namespace seatrial::scenario
