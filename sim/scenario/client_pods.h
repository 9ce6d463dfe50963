// Pods that send requests: which pods are the senders of which loads, as their processes start and end, and
// the gates between them and those that they send to.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/checks/expectation.h"
#include "sim/cluster/enforcement.h"
#include "sim/cluster/store.h"
#include "sim/traffic/traffic.h"

namespace seatrial::scenario {

class ClientPods {
 public:
  struct Load {
    traffic::LoadIndex load{};
    std::optional<checks::ObjectName> workload;   // its pods send; none: those whose images call through it
    cluster::OriginConfig origin;                 // to whom; who sends is filled in
    bool queries = false;                         // to the DNS servers, of every pod that calls anybody
    std::optional<traffic::ResourceAt> resource;  // connections to it, of those whose images call it
  };
  struct Parts {
    Kernel& kernel;
    const cluster::Store& store;
    traffic::Traffic& traffic;
    cluster::Enforcement* enforcement;  // null: nobody asks policies
    cluster::GateObserver& gates;
  };

  void add_load(Load load) { loads_.push_back(std::move(load)); }  // REQUIRES: no pod has started yet
  // The process of a pod listens, or has ended.
  void started(const Parts& parts, api::PodKey pod, traffic::PlaceId place, JournalId cause);
  void ended(const Parts& parts, api::PodKey pod);
  std::vector<traffic::OriginId> origins_of(api::PodKey pod) const;
  bool empty() const { return loads_.empty(); }

 private:
  struct Sender {
    std::size_t load = 0;  // of loads_
    traffic::OriginId origin = traffic::OriginId::kUnjudged;
  };
  void add_sender(const Parts& parts, std::size_t number, const api::Pod& pod, traffic::PlaceId place,
                  JournalId cause);

  std::vector<Load> loads_;
  std::map<std::uint32_t, std::vector<Sender>> senders_;  // by the pod's index
};

// The workload behind a pod: its Deployment or CronJob, else its controller, else itself.
checks::ObjectName workload_of(const cluster::Store& store, const api::Pod& pod);

}  // namespace seatrial::scenario
