// external-dns, and what DNS answers for the hosts of loads.
//
// At each of its looks, `interval` apart, external-dns works out which records Ingresses and Services ask
// for, and submits what differs from the zone in batches (cloud/dns_zone.h). A batch that Route 53 refuses
// changes nothing and comes again at the next look; where external-dns knows how to (`retry_one_by_one`), it
// submits the changes of each name by themselves at once. What Route 53 accepts its servers answer after
// `propagation`; what resolvers make of that is traffic/names.h. An Ingress has the load balancer that its
// status names: its ingress controller writes that at its own looks, `ingress_status` apart; of a load
// balancer's own class, or a Service, at once. Looks have a phase that is drawn, and nobody looks while
// nothing has changed. At the start the zone has what the initial objects ask for, but for what Route 53
// refuses. Loads from pods, and to a Service, look nothing up here.
//
// Sources: kubernetes-sigs/external-dns docs/flags.md (--interval 1m, --policy, --aws-batch-change-size
// 1000), provider/aws/aws.go (submitChanges: one by one since pull request #1209); ingress-nginx
// docs/user-guide/cli-arguments.md (--status-update-interval 60); Route 53 developer guide, "Editing records"
// (changes generally propagate within 60 seconds), "NS and SOA records" (an SOA record's TTL is 900 s, which
// is less than its minimum: RFC 2308 5), FAQ (alias records of load balancers have a TTL of 60 s). Of a set
// whose CNAMEs have several TTLs the longest counts.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sim/cloud/dns_zone.h"
#include "sim/scenario/routes.h"

namespace seatrial::scenario {

class ExternalDns {
 public:
  // Types of events of kScenarioComponent. Subject of kStatus: the ingress controller.
  static constexpr std::uint8_t kLook = 9, kStatus = 10, kServed = 11;

  ExternalDns(const Kernel& kernel, const Platform& platform);

  static bool looks_up(const Scenario& scenario, const Load& load) {
    return scenario.platform.external_dns && !load.to.inside() && !load.sender;
  }
  // REQUIRES: the objects of the start are stored, and all loads are there.
  void begin(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes);
  void on_commit(SimulatedCluster& cluster, const Scenario& scenario, const cluster::WatchEvent& change);
  // Somebody deletes the records of these names in the zone, by hand.
  void delete_records(SimulatedCluster& cluster, const Scenario& scenario,
                      const std::vector<std::string>& names, JournalId cause);
  void handle(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes, const Event& event);

 private:
  struct Accepted {
    std::vector<cloud::DnsChange> changes;
    std::vector<JournalId> causes;  // of each
  };
  SimTime next(const Kernel& kernel, Duration phase, Duration interval) const;
  void schedule_look(Kernel& kernel, const ExternalDnsConfig& config);
  bool asks_anew(const Platform& platform, const api::Object& object, bool gone);
  std::vector<cloud::DnsRecord> wanted(const SimulatedCluster& cluster, const Platform& platform) const;
  void write_status(const SimulatedCluster& cluster, const Platform& platform, WayIn way);
  void look(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes);
  bool submit(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes,
              const std::vector<cloud::DnsChange>& batch);
  void accept(SimulatedCluster& cluster, const Scenario& scenario, std::vector<cloud::DnsChange> changes);
  void hold_up(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes,
               const std::vector<cloud::DnsChange>& changes, JournalId refusal);
  void serve(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes);
  traffic::NameAnswer answer(SimulatedCluster& cluster, const Scenario& scenario, Routes& routes,
                             std::uint32_t load) const;
  JournalId cause_of(const std::string& resource) const;

  RandomStream draws_;
  SimTime start_;
  Duration look_phase_;
  std::vector<Duration> status_phases_;  // by ingress controller
  std::vector<bool> status_due_;         // the same
  bool look_due_ = false;
  cloud::DnsZone zone_, served_;  // as Route 53 lists it; as its servers answer
  SimTime served_last_;           // when the latest change will be
  std::deque<Accepted> accepted_;
  std::map<std::string, std::string> status_;  // by resource: the load balancer in its status
  std::map<std::string, JournalId> causes_;    // by resource: its latest change of what it asks for
  std::map<std::string, std::vector<cloud::DnsRecord>> asked_;  // by resource, with its class's way in
  std::map<std::uint32_t, JournalId> held_up_;                  // by load: the first refusal in a row
};

}  // namespace seatrial::scenario
