// Watches: how changes of the store reach those who look at it.
//
// A consumer (the controller manager's shared informers, the scheduler, an ingress controller, the kubelets)
// names the kinds that it watches. Each change is delivered to it after a drawn latency, in the order of the
// changes of that kind (of that node, for kubelets), as a watch does. Changes of different kinds may overtake
// each other.
#pragma once

#include <array>
#include <deque>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/components.h"
#include "sim/engine/distributions.h"
#include "sim/engine/kernel.h"

namespace seatrial::cluster {

enum class ChangeType : std::uint8_t { kAdded, kModified, kDeleted };

struct WatchEvent {
  ChangeType type = ChangeType::kAdded;
  api::ObjectPtr object;  // for kDeleted: as it last was
  JournalId cause = JournalId::kNone;
};

class Watches {
 public:
  struct ConsumerId {
    std::uint16_t index = 0;
  };
  // `by_node`: the consumer stands for all kubelets: it gets pods once they are bound, in order for each
  // node. Deliveries go to `component`; several consumers of one component tell each other apart by
  // `instance`.
  ConsumerId add_consumer(const Kernel& kernel, std::string_view name, std::vector<api::Kind> kinds,
                          ComponentId component, const Distribution& latency, bool by_node = false,
                          std::uint16_t instance = 0);

  // Called by the API server at the commit of each change.
  void publish(Kernel& kernel, const WatchEvent& change);

  struct Delivery {
    ComponentId component;
    std::uint16_t instance;
    WatchEvent change;
  };
  // What an event of kWatchComponent delivers.
  Delivery take(const Event& event);

 private:
  struct Consumer {
    ComponentId component;
    std::uint16_t instance = 0;
    bool by_node = false;
    Distribution latency;
    RandomStream random;
    std::array<SimTime, api::kKindCount> last_delivery;
    std::vector<std::pair<api::Symbol, SimTime>> last_by_node;  // sorted by name
  };
  void send(Kernel& kernel, std::uint16_t consumer, const WatchEvent& change);

  std::vector<Consumer> consumers_;
  std::array<std::vector<std::uint16_t>, api::kKindCount> by_kind_;
  std::vector<WatchEvent> in_flight_;
  std::vector<std::uint32_t> free_;
};

}  // namespace seatrial::cluster
