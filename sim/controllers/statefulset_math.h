// The arithmetic of the StatefulSet controller: which pod is created, deleted or waited for, and what the
// status says. Of values only.
//
// One pass goes over the replicas in ascending order, then over the condemned pods (beyond the last ordinal)
// in descending order, then over the replicas in descending order for the update. OrderedReady ends the pass
// at the first thing done or waited for; Parallel does everything that can be done. The update is the same
// for both: one pod at a time, from the highest ordinal down to the partition.
//
// Sources: pkg/controller/statefulset/{stateful_set_control,stateful_set_utils}.go; reference §6, observed.md
// 11-13.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/api/apps.h"

namespace seatrial::controllers {

// Labels of a StatefulSet's pods; the first holds the name of the pod's revision.
inline constexpr const char* kRevisionLabel = "controller-revision-hash";
inline constexpr const char* kPodNameLabel = "statefulset.kubernetes.io/pod-name";
inline constexpr const char* kPodIndexLabel = "apps.kubernetes.io/pod-index";

// A pod as a pass sees it, or the one that it would create.
struct Replica {
  std::int32_t ordinal = 0;
  bool created = false;
  bool terminating = false;
  bool pending = false;
  bool finished = false;   // Failed or Succeeded
  bool ready = false;      // and Running
  bool available = false;  // and ready for minReadySeconds
  bool named = true;       // its labels tell its name
  api::Symbol revision;
  std::optional<SimTime> available_at;  // of a ready pod that is not available yet
};
Replica describe(const api::Pod& pod, std::int32_t ordinal, std::int32_t min_ready_seconds, SimTime now);
inline bool is_unavailable(const Replica& r) { return !r.available || r.terminating; }

// The ordinal of SET-ORDINAL; nothing if the pod's name is another one.
std::optional<std::int32_t> ordinal_of(std::string_view pod, std::string_view set);

// Whether a new pod of that ordinal is made from the current revision, not from the update's: below the
// partition, or, where rollingUpdate is absent, below the number of current pods.
bool needs_current_revision(const api::StatefulSet& set, std::int32_t ordinal);

enum class ReplicaStep : std::uint8_t { kNothing, kWait, kCreate, kDelete, kRename };
// `ordered`: podManagementPolicy OrderedReady.
ReplicaStep step_of(const Replica& replica, bool ordered);
// The ordinal of the first unavailable pod: of the replicas, then of the condemned (sorted descending), in
// ascending order.
std::optional<std::int32_t> first_unhealthy(std::span<const Replica> replicas,
                                            std::span<const Replica> condemned);
ReplicaStep condemned_step(const Replica& pod, std::optional<std::int32_t> first_unhealthy, bool ordered);

// How many pods an update may take down at once: a percentage is rounded down, and at least 1. 10% of 25: 2;
// 1% of 5: 1; absent: 1.
std::int32_t stateful_set_max_unavailable(const std::optional<api::IntOrString>& max_unavailable,
                                          std::int32_t replicas);

// The places in `replicas` (ascending) of the pods that the update deletes now, at or above `first`.
//
// Without `max_unavailable` (gate MaxUnavailableStatefulSet is off): the highest one that is not of the
// update's revision, unless one above it is unavailable. With it: as many as leave no more than that many
// unavailable. Five replicas of the old revision, number 1 unavailable, 3 may be: 4 and 3 go.
std::vector<std::size_t> pods_to_update(std::span<const Replica> replicas, std::size_t first,
                                        api::Symbol update_revision,
                                        std::optional<std::int32_t> max_unavailable);

// The status that these pods make, after `deleted` of them were deleted for the update. When all are updated
// and ready the update's revision becomes the current one.
struct StatefulSetRevisions {
  api::Symbol current, update;
  std::int32_t collision_count = 0;
};
api::StatefulSet::Status calculate_status(const api::StatefulSet& set, const StatefulSetRevisions& revisions,
                                          std::span<const Replica> replicas,
                                          std::span<const Replica> condemned, std::int32_t deleted);
// Whether it must be written; a change of the collision count alone is no reason.
bool status_needs_write(const api::StatefulSet& set, const api::StatefulSet::Status& status);

}  // namespace seatrial::controllers
