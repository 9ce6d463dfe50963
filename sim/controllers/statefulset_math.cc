#include "sim/controllers/statefulset_math.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>

namespace seatrial::controllers {

using api::StatefulSet;
using api::Symbol;

Replica describe(const api::Pod& pod, std::int32_t ordinal, std::int32_t min_ready_seconds, SimTime now) {
  static const Symbol kReady("Ready"), kRevision(kRevisionLabel), kPodName(kPodNameLabel);
  Replica r;
  r.ordinal = ordinal;
  r.created = true;
  r.terminating = pod.metadata.deletion_timestamp.has_value();
  r.pending = pod.status.phase == api::PodPhase::kPending;
  r.finished = api::is_pod_terminal(pod);
  r.ready = pod.status.phase == api::PodPhase::kRunning && api::is_pod_ready(pod);
  r.named = pod.metadata.labels->get(kPodName) == pod.metadata.name.view();
  if (const Symbol* const revision = pod.metadata.labels->find(kRevision)) r.revision = *revision;
  if (!r.ready) return r;
  const SimTime available_at = find_condition(pod.status.conditions, kReady)->last_transition_time +
                               Duration::seconds(min_ready_seconds);
  r.available = min_ready_seconds == 0 || available_at <= now;
  if (!r.available) r.available_at = available_at;
  return r;
}

std::optional<std::int32_t> ordinal_of(std::string_view pod, std::string_view set) {
  if (pod.size() < set.size() + 2 || !pod.starts_with(set) || pod[set.size()] != '-') return std::nullopt;
  const std::string_view digits = pod.substr(set.size() + 1);
  if (digits.front() < '0' || digits.front() > '9') return std::nullopt;
  std::int32_t ordinal = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ordinal);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return ordinal;
}

bool needs_current_revision(const StatefulSet& set, std::int32_t ordinal) {
  const std::int32_t start = set.ordinals_start.value_or(0);
  if (set.rolling_update) return ordinal < start + set.rolling_update->partition.value_or(0);
  return set.update_strategy == api::UpdateStrategyType::kRollingUpdate &&
         ordinal < start + set.status.current_replicas;
}

ReplicaStep step_of(const Replica& replica, bool ordered) {
  if (replica.finished) return replica.terminating ? ReplicaStep::kWait : ReplicaStep::kDelete;
  if (!replica.created) return ReplicaStep::kCreate;
  if (ordered && is_unavailable(replica)) return ReplicaStep::kWait;
  return replica.named ? ReplicaStep::kNothing : ReplicaStep::kRename;
}

std::optional<std::int32_t> first_unhealthy(std::span<const Replica> replicas,
                                            std::span<const Replica> condemned) {
  const auto at = std::ranges::find_if(replicas, is_unavailable);
  if (at != replicas.end()) return at->ordinal;
  const auto last = std::find_if(condemned.rbegin(), condemned.rend(), is_unavailable);
  return last == condemned.rend() ? std::nullopt : std::optional(last->ordinal);
}

ReplicaStep condemned_step(const Replica& pod, std::optional<std::int32_t> first_unhealthy, bool ordered) {
  if (pod.terminating) return ordered ? ReplicaStep::kWait : ReplicaStep::kNothing;
  if (ordered && !pod.available && first_unhealthy != pod.ordinal) return ReplicaStep::kWait;
  return ReplicaStep::kDelete;
}

std::int32_t stateful_set_max_unavailable(const std::optional<api::IntOrString>& max_unavailable,
                                          std::int32_t replicas) {
  if (!max_unavailable) return 1;
  return std::max(1, api::scaled_value(*max_unavailable, replicas, false).value_or(1));
}

std::vector<std::size_t> pods_to_update(std::span<const Replica> replicas, std::size_t first,
                                        Symbol update_revision, std::optional<std::int32_t> max_unavailable) {
  std::vector<std::size_t> places;
  std::int64_t allowed = 1;
  if (max_unavailable) allowed = *max_unavailable - std::ranges::count_if(replicas, is_unavailable);
  for (std::size_t i = replicas.size(); i > first; --i) {
    const Replica& replica = replicas[i - 1];
    if (std::cmp_greater_equal(places.size(), std::max<std::int64_t>(allowed, 0))) break;
    if (replica.revision != update_revision && !replica.terminating) {
      places.push_back(i - 1);
    } else if (!max_unavailable && is_unavailable(replica)) {
      break;
    }
  }
  return places;
}

StatefulSet::Status calculate_status(const StatefulSet& set, const StatefulSetRevisions& revisions,
                                     std::span<const Replica> replicas, std::span<const Replica> condemned,
                                     std::int32_t deleted) {
  StatefulSet::Status status;
  status.observed_generation = set.metadata.generation;
  status.current_revision = revisions.current;
  status.update_revision = revisions.update;
  status.collision_count = revisions.collision_count;
  status.conditions = set.status.conditions;
  for (const auto pods : {replicas, condemned}) {
    for (const Replica& pod : pods) {
      if (!pod.created) continue;
      ++status.replicas;
      if (pod.ready) ++status.ready_replicas;
      if (pod.available) ++status.available_replicas;
      if (pod.terminating) continue;
      if (pod.revision == revisions.current) ++status.current_replicas;
      if (pod.revision == revisions.update) ++status.updated_replicas;
    }
  }
  status.current_replicas -= deleted;
  const bool complete = status.updated_replicas == set.replicas && status.ready_replicas == set.replicas &&
                        status.replicas == set.replicas;
  if (complete && set.update_strategy == api::UpdateStrategyType::kRollingUpdate) {
    status.current_replicas = status.updated_replicas;
    status.current_revision = status.update_revision;
  }
  return status;
}

bool status_needs_write(const StatefulSet& set, const StatefulSet::Status& status) {
  const auto compared = [](const StatefulSet::Status& s) {
    return std::tie(s.replicas, s.current_replicas, s.ready_replicas, s.updated_replicas,
                    s.available_replicas, s.current_revision, s.update_revision);
  };
  return status.observed_generation > set.status.observed_generation ||
         compared(status) != compared(set.status);
}

}  // namespace seatrial::controllers
