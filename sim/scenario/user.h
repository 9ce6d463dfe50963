// Those who run kubectl: what an entry of the timeline asks of the API server, request after request, each
// sent when the one before it is answered, as kubectl does; and what the server answered.
//
// The verbs that kubectl computes on the client's side (rollout undo, pause, resume, restart, set image,
// cordon, drain) are computed here from the store, as from a GET. Sources:
// k8s.io/kubectl/pkg/{cmd,polymorphichelpers,drain}; reference §1.10.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

class User {
 public:
  User(const Kernel& kernel, cluster::ApiServer& api);

  // Begins what an entry says. REQUIRES: the action is one of kubectl's, not a fault.
  void act(Kernel& kernel, cluster::ApiServer& api, const TimelineEntry& entry, std::size_t index,
           JournalId cause);
  // REQUIRES: an event of kScenarioComponent with a type from kAnswer on.
  void handle(Kernel& kernel, cluster::ApiServer& api, const Event& event);

  static constexpr std::uint8_t kAnswer = 1, kRetryEviction = 2;  // type 0 is World's: an entry is due

  // The nodes of a choice, in order of name.
  static std::vector<std::shared_ptr<const api::Node>> chosen(const cluster::Store& store,
                                                              const NodeChoice& choice);
  // The pods that a workload's selector matches, in order of name.
  static std::vector<std::shared_ptr<const api::Pod>> pods_of(const cluster::Store& store,
                                                              const ObjectName& workload);

 private:
  struct Session {
    std::size_t entry = 0;
    std::deque<cluster::ApiRequest> queue;
    cluster::ApiRequest current;
    bool active = false;
  };
  void begin(Kernel& kernel, cluster::ApiServer& api, std::size_t entry,
             std::deque<cluster::ApiRequest> requests);
  void send_next(Kernel& kernel, cluster::ApiServer& api, std::uint32_t session);
  // Writes what kubectl would have printed into the journal.
  void refuse(Kernel& kernel, JournalId cause, std::string_view message);

  cluster::ClientId client_;
  std::vector<Session> sessions_;
};

}  // namespace seatrial::scenario
