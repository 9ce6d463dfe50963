#include "sim/controllers/deployment_status.h"

#include <algorithm>
#include <limits>

#include "sim/controllers/deployment_math.h"

namespace seatrial::controllers {

using api::Condition;
using api::ConditionStatus;
using api::Symbol;

namespace {

const Symbol kProgressing = "Progressing", kAvailable = "Available", kReplicaFailure = "ReplicaFailure";
const Symbol kNewReplicaSetAvailable = "NewReplicaSetAvailable", kReplicaSetUpdated = "ReplicaSetUpdated",
             kProgressDeadlineExceeded = "ProgressDeadlineExceeded";

// Null if a set that has been synced does not report its terminating replicas.
std::optional<std::int32_t> terminating_replicas(std::span<const ReplicaSetPtr> all) {
  std::int32_t sum = 0;
  for (const ReplicaSetPtr& rs : all) {
    if (rs->status.terminating_replicas) {
      sum += *rs->status.terminating_replicas;
    } else if (rs->status.observed_generation != 0) {
      return std::nullopt;
    }
  }
  return sum;
}

std::string about(const api::Deployment& d, const api::ReplicaSet* new_rs, std::string_view what) {
  return (new_rs ? "ReplicaSet \"" + new_rs->metadata.name.str() : "Deployment \"" + d.metadata.name.str()) +
         "\" " + std::string(what);
}

// The failure of the new set, else the first of any.
std::optional<Condition> replica_failure(std::span<const ReplicaSetPtr> all, const api::ReplicaSet* new_rs) {
  const Condition* found = new_rs ? find_condition(new_rs->status.conditions, kReplicaFailure) : nullptr;
  for (std::size_t i = 0; i < all.size() && !found; ++i) {
    found = find_condition(all[i]->status.conditions, kReplicaFailure);
  }
  if (!found) return std::nullopt;
  Condition copy = *found;
  copy.last_update_time = copy.last_transition_time;
  return copy;
}

void update_progressing(const api::Deployment& d, const api::ReplicaSet* new_rs, DeploymentStatus& status,
                        SimTime now) {
  const Condition* current = find_condition(d.status.conditions, kProgressing);
  if (deployment_complete(d, status)) {
    set_condition(status.conditions,
                  new_condition(kProgressing, ConditionStatus::kTrue, kNewReplicaSetAvailable,
                                about(d, new_rs, "has successfully progressed."), now));
  } else if (deployment_progressing(d.status, status)) {
    Condition condition = new_condition(kProgressing, ConditionStatus::kTrue, kReplicaSetUpdated,
                                        about(d, new_rs, "is progressing."), now);
    // Progress renews lastUpdateTime although status and reason stay.
    if (current && current->status == ConditionStatus::kTrue) {
      condition.last_transition_time = current->last_transition_time;
    }
    remove_condition(status.conditions, kProgressing);
    status.conditions.push_back(std::move(condition));
  } else if (deployment_timed_out(d, status, now)) {
    set_condition(status.conditions,
                  new_condition(kProgressing, ConditionStatus::kFalse, kProgressDeadlineExceeded,
                                about(d, new_rs, "has timed out progressing."), now));
  }
}

}  // namespace

Condition new_condition(Symbol type, ConditionStatus status, Symbol reason, std::string message,
                        SimTime now) {
  const SimTime second = now.whole_second();
  return {type, status, reason, std::move(message), second, second, {}};
}

void remove_condition(std::vector<Condition>& conditions, Symbol type) {
  std::erase_if(conditions, [&](const Condition& c) { return c.type == type; });
}

void set_condition(std::vector<Condition>& conditions, Condition condition) {
  if (const Condition* current = find_condition(conditions, condition.type)) {
    if (current->status == condition.status) {
      if (current->reason == condition.reason) return;
      condition.last_transition_time = current->last_transition_time;
    }
  }
  remove_condition(conditions, condition.type);
  conditions.push_back(std::move(condition));
}

bool has_progress_deadline(const api::Deployment& d) {
  return d.progress_deadline_seconds &&
         *d.progress_deadline_seconds != std::numeric_limits<std::int32_t>::max();
}
bool has_revision_history_limit(const api::Deployment& d) {
  return d.revision_history_limit && *d.revision_history_limit != std::numeric_limits<std::int32_t>::max();
}

DeploymentStatus calculate_status(const api::Deployment& d, std::span<const ReplicaSetPtr> all,
                                  const api::ReplicaSet* new_rs, SimTime now) {
  DeploymentStatus status;
  std::int32_t spec = 0;
  for (const ReplicaSetPtr& rs : all) {
    spec += rs->replicas;
    status.replicas += rs->status.replicas;
    status.ready_replicas += rs->status.ready_replicas;
    status.available_replicas += rs->status.available_replicas;
  }
  // Should a Deployment be updated between reading and writing, the old generation was the one that was
  // observed.
  status.observed_generation = d.metadata.generation;
  status.updated_replicas = new_rs ? new_rs->status.replicas : 0;
  status.unavailable_replicas = std::max(0, spec - status.available_replicas);
  status.collision_count = d.status.collision_count;
  status.terminating_replicas = terminating_replicas(all);
  status.conditions = d.status.conditions;
  const bool enough = status.available_replicas >= d.replicas - max_unavailable(d);
  set_condition(status.conditions,
                new_condition(kAvailable, enough ? ConditionStatus::kTrue : ConditionStatus::kFalse,
                              enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                              enough ? "Deployment has minimum availability."
                                     : "Deployment does not have minimum availability.",
                              now));
  return status;
}

DeploymentStatus rollout_status(const api::Deployment& d, std::span<const ReplicaSetPtr> all,
                                const api::ReplicaSet* new_rs, SimTime now) {
  DeploymentStatus status = calculate_status(d, all, new_rs, now);
  if (!has_progress_deadline(d)) {
    remove_condition(status.conditions, kProgressing);
  } else {
    const Condition* current = find_condition(d.status.conditions, kProgressing);
    const bool done_before =
        status.replicas == status.updated_replicas && current && current->reason == kNewReplicaSetAvailable;
    if (!done_before) update_progressing(d, new_rs, status, now);
  }
  if (auto failure = replica_failure(all, new_rs)) {
    set_condition(status.conditions, std::move(*failure));
  } else {
    remove_condition(status.conditions, kReplicaFailure);
  }
  return status;
}

bool deployment_complete(const api::Deployment& d, const DeploymentStatus& status) {
  return status.updated_replicas == d.replicas && status.replicas == d.replicas &&
         status.available_replicas == d.replicas && status.observed_generation >= d.metadata.generation;
}

bool deployment_progressing(const DeploymentStatus& before, const DeploymentStatus& after) {
  const std::int32_t old_before = before.replicas - before.updated_replicas;
  const std::int32_t old_after = after.replicas - after.updated_replicas;
  return after.updated_replicas > before.updated_replicas || old_after < old_before ||
         after.ready_replicas > before.ready_replicas || after.available_replicas > before.available_replicas;
}

bool deployment_timed_out(const api::Deployment& d, const DeploymentStatus& status, SimTime now) {
  const Condition* condition = find_condition(status.conditions, kProgressing);
  if (!has_progress_deadline(d) || !condition || condition->reason == kNewReplicaSetAvailable) return false;
  if (condition->reason == kProgressDeadlineExceeded) return true;
  return condition->last_update_time + Duration::seconds(*d.progress_deadline_seconds) < now;
}

std::optional<Duration> requeue_stuck(const api::Deployment& d, const DeploymentStatus& status, SimTime now) {
  const Condition* current = find_condition(d.status.conditions, kProgressing);
  if (!has_progress_deadline(d) || !current) return std::nullopt;
  if (deployment_complete(d, status) || current->reason == kProgressDeadlineExceeded) return std::nullopt;
  const Duration left = current->last_update_time + Duration::seconds(*d.progress_deadline_seconds) - now;
  return left < Duration::seconds(1) ? Duration() : left + Duration::seconds(1);
}

}  // namespace seatrial::controllers
