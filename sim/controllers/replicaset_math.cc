#include "sim/controllers/replicaset_math.h"

namespace seatrial::controllers {

using api::Symbol;

void PodCounter::add_active(const api::Pod& pod) {
  static const Symbol kReady = "Ready";
  ++counts_.active;
  if (pod.metadata.labels.get() != last_labels_) {
    last_labels_ = pod.metadata.labels.get();
    last_matches_ = std::ranges::all_of(labels_, [&](const api::LabelMap::Entry& label) {
      const Symbol* value = last_labels_->find(label.first);
      return value && *value == label.second;
    });
  }
  if (last_matches_) ++counts_.fully_labeled;
  const api::Condition* const ready = find_condition(pod.status.conditions, kReady);
  if (!ready || ready->status != api::ConditionStatus::kTrue) return;
  ++counts_.ready;
  const SimTime available_at = ready->last_transition_time + min_ready_;
  if (min_ready_ == Duration() || available_at <= now_) {
    ++counts_.available;
  } else if (!counts_.next_available || available_at < *counts_.next_available) {
    counts_.next_available = available_at;
  }
}

api::ReplicaSet::Status calculate_status(const api::ReplicaSet& rs, const PodCounts& counts,
                                         const std::string& failure, SimTime now) {
  static const Symbol kReplicaFailure = "ReplicaFailure";
  api::ReplicaSet::Status status = rs.status;
  const bool was_failing = find_condition(status.conditions, kReplicaFailure) != nullptr;
  if (!failure.empty() && !was_failing) {
    const Symbol reason = counts.active < rs.replicas   ? "FailedCreate"
                          : counts.active > rs.replicas ? "FailedDelete"
                                                        : "";
    status.conditions.push_back(
        {kReplicaFailure, api::ConditionStatus::kTrue, reason, failure, {}, now.whole_second(), {}});
  } else if (failure.empty() && was_failing) {
    std::erase_if(status.conditions, [](const api::Condition& c) { return c.type == kReplicaFailure; });
  }
  status.replicas = counts.active;
  status.fully_labeled_replicas = counts.fully_labeled;
  status.ready_replicas = counts.ready;
  status.available_replicas = counts.available;
  status.terminating_replicas = counts.terminating;
  return status;
}

bool status_needs_write(const api::ReplicaSet& rs, const api::ReplicaSet::Status& status) {
  return rs.metadata.generation != rs.status.observed_generation || !(status == rs.status);
}

}  // namespace seatrial::controllers
