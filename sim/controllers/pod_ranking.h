// Which pods of a ReplicaSet go first when it shrinks. Of values only.
//
// A pod is described once (PodRank), then compared: unassigned, then Pending, then not ready, then lower
// pod-deletion-cost, then more crowded nodes, then shorter ready, then more restarts, then younger. Times are
// compared as floor(log2(age in ns)): within a bucket the smaller UID goes first. Of ages 24, 20 and 11 s the
// last goes first (2^33 ns = 8.6 s <= 11 s < 2^34 = 17.2 s <= 20 s, 24 s); the other two fall by UID. A
// missing time comes first. Source: pkg/controller/controller_utils.go (ActivePodsWithRanks),
// replicaset/replica_set.go (getPodsToDelete); reference §2, observed.md 7-8.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::controllers {

struct PodRank {
  const api::Pod* pod = nullptr;
  bool assigned = false;
  std::int32_t phase = 0;  // Pending 0, Unknown 1, Running 2
  bool ready = false;
  std::int32_t cost = 0;                            // controller.kubernetes.io/pod-deletion-cost
  std::int32_t rank = 0;                            // active pods of the same owner's ReplicaSets on its node
  std::optional<SimTime> ready_since;               // only where ready
  std::int32_t restarts = 0, sidecar_restarts = 0;  // the most of any container
  std::optional<SimTime> created;
  api::Uid uid;
};
PodRank describe(const api::Pod& pod, std::int32_t rank);

// Whether `a` is deleted before `b`. Not an order in the strict sense, as in Kubernetes: equal times look at
// restarts, times in one bucket at UIDs. Equal in everything: neither goes first.
bool goes_first(const PodRank& a, const PodRank& b, SimTime now);

// The `count` pods to delete of `pods`, in order; `related` are the pods of all ReplicaSets of the same
// owner, `pods` included. The rank is taken once, before anything is deleted. REQUIRES: count <= pods.size().
std::vector<const api::Pod*> pods_to_delete(std::span<const api::Pod* const> pods,
                                            std::span<const api::Pod* const> related, std::size_t count,
                                            SimTime now);

}  // namespace seatrial::controllers
