// The pods of an ingress controller behind a load balancer, and their rolling restart (maxUnavailable 1).
//
//   deleted ─ preStop ─▶ SIGTERM: refuses connections, ends what it has within workerShutdownTimeout
//           ─ deregistration ─▶ the balancer sends it nothing more
//   its successor: created at once ─ start ─▶ Ready ─ registration, first checks ─▶ the balancer sends to it
//
// The next pod is deleted when a successor is Ready, whatever the balancer knows of it. From SIGTERM until
// its deregistration is known a pod refuses what it is sent; preStop is there to be longer than that. Pods
// that a lost zone has taken out of rotation get nothing, as long as there are others.
// Sources: ingress-nginx /wait-shutdown and the chart's defaults; targets.h for the balancer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "sim/traffic/targets.h"

namespace seatrial::traffic {

struct ReplicaPods {
  Duration pre_stop;
  Distribution start;  // from a pod's creation until it is Ready
  BalancerConfig balancer;
};

// Whom the balancer sends new connections to: a replica's pod, the one that ends or the one that is to stay.
struct Entrance {
  std::uint16_t replica = 0;
  bool ending = false;
  bool successor = false;
  bool operator==(const Entrance&) const = default;
};

struct ReplicaFleet {
  ReplicaPods pods;
  RandomStream draws;  // proxy/NAME/restarts
  std::vector<Entrance> entrances;
  std::vector<JournalId> ended;          // by replica: the SIGTERM of the pod that ends
  JournalId began = JournalId::kNone;    // why they are replaced
  std::uint16_t under_way = 0;           // steps that are still to come
  std::optional<std::uint16_t> stalled;  // a successor that has no configuration, and is not Ready
};

enum class ReplicaStep : std::uint8_t { kSigterm, kLeaves, kReady, kEnters };

}  // namespace seatrial::traffic
