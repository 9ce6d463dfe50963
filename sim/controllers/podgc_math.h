// When the pod garbage collector looks, and which finished pods are too many. Pure. Source:
// pkg/controller/podgc/gc_controller.go (gcTerminated, byEvictionAndCreationTimestamp); reference, part B,
// §3.
#pragma once

#include <span>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::controllers {

// It looks every 20 s, here at whole multiples of that. A node that is missing then is looked for again after
// a quarantine of two rounds: deleted at 16 s, noted at 20 s, its pods deleted at 60 s, 44 s after the node.
inline constexpr Duration kPodGcRound = Duration::seconds(20), kPodGcQuarantine = Duration::seconds(40);
Duration until_podgc_round(SimTime now);  // to the next one after `now`
SimTime podgc_round_of(SimTime at);       // the last one, at or before

// --terminated-pod-gc-threshold
inline constexpr std::size_t kTerminatedPodThreshold = 12'500;

// Those that must go for `threshold` to stay, in order: evicted ones first, then the oldest; by name where
// they are of one age. Example: 12,502 finished pods, one of them evicted: that one and the oldest.
std::vector<const api::Pod*> terminated_pods_to_delete(std::span<const api::Pod* const> terminated,
                                                       std::size_t threshold);

// Whether the node is out of service: not ready, and tainted by hand with node.kubernetes.io/out-of-service.
bool is_out_of_service(const api::Node& node);

}  // namespace seatrial::controllers
