// Revisions and the annotations that a Deployment's controller keeps on its ReplicaSets; which ReplicaSet is
// the new one. Of values only.
//
// Source: pkg/controller/deployment/util/deployment_util.go; reference §1.3, §1.10.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/controllers/deployment_status.h"

namespace seatrial::controllers {

inline constexpr const char* kRevision = "deployment.kubernetes.io/revision";
inline constexpr const char* kRevisionHistory = "deployment.kubernetes.io/revision-history";
inline constexpr const char* kDesiredReplicas = "deployment.kubernetes.io/desired-replicas";
inline constexpr const char* kMaxReplicas = "deployment.kubernetes.io/max-replicas";
inline constexpr const char* kRollbackTo = "deprecated.deployment.rollback.to";

// The number in an annotation; nothing if it is absent or no number.
std::optional<std::int64_t> number_annotation(const api::Object& object, api::Symbol key);
inline std::int64_t revision(const api::Object& object) {
  return number_annotation(object, kRevision).value_or(0);
}
std::int64_t max_revision(std::span<const ReplicaSetPtr> sets);
// The second highest revision (what an undo without a number goes back to); 0 if there are less than two.
std::int64_t last_revision(std::span<const ReplicaSetPtr> sets);

// Orders by creation time, then name.
bool is_older(const ReplicaSetPtr& a, const ReplicaSetPtr& b);
// The oldest set with the Deployment's template, label pod-template-hash aside; null if there is none.
ReplicaSetPtr find_new_replica_set(const api::Deployment& d, std::span<const ReplicaSetPtr> sets);
// The old sets that history no longer needs, in order of deletion: the lowest revisions beyond the limit, of
// these only sets that are empty and have been observed so. Sets of revisions 1 to 4, limit 2: 1 and 2.
std::vector<ReplicaSetPtr> surplus_history(const api::Deployment& d, std::span<const ReplicaSetPtr> old_sets);

// Annotations of the new set: those of the Deployment but for bookkeeping, and the revision if it is higher
// than its own (the one that it had then joins the history of at most 2000 characters). True if anything
// changed.
bool set_new_replica_set_annotations(const api::Deployment& d, api::ReplicaSet& new_rs,
                                     std::int64_t new_revision);
// desired-replicas and max-replicas; true if they changed.
bool set_replicas_annotations(api::ReplicaSet& rs, std::int32_t desired, std::int32_t max);
// True if the Deployment's own revision annotation changed.
bool set_deployment_revision(api::Deployment& d, std::int64_t revision);
// The Deployment's template and annotations become those of an earlier set; its bookkeeping annotations stay.
void roll_back_to(api::Deployment& d, const api::ReplicaSet& rs);

}  // namespace seatrial::controllers
