// The arithmetic of the Job controller: which pods have failed, what the failures mean, how long to wait,
// which pods go. Of values only.
//
// Sources:
// pkg/controller/job/{job_controller,backoff_utils,pod_failure_policy,success_policy,tracking_utils}.go;
// reference §6, observed.md 15-16.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/api/batch.h"
#include "sim/cluster/controller_runtime.h"
#include "sim/controllers/job_indexes.h"

namespace seatrial::controllers {

inline constexpr const char* kJobTracking = "batch.kubernetes.io/job-tracking";
inline constexpr Duration kPodFailureBackOff = Duration::seconds(10),
                          kMaxPodFailureBackOff = Duration::seconds(600);

using PodPtr = std::shared_ptr<const api::Pod>;
using Pods = std::vector<PodPtr>;
using cluster::FailureRecord;

inline bool is_indexed(const api::JobSpec& spec) {
  return spec.completion_mode == api::CompletionMode::kIndexed;
}
inline bool is_suspended(const api::Job& job) { return job.spec.suspend.value_or(false); }
bool has_tracking_finalizer(const api::Pod& pod);

// ---- Waiting ----

// What is left of the wait after the last of `failures` failures: base, 2 base, 4 base … up to `longest`.
// With 10 s: after the third failure 40 s; 15 s later 25 s are left.
Duration remaining_backoff(std::int32_t failures, Duration since_last, Duration base = kPodFailureBackOff,
                           Duration longest = kMaxPodFailureBackOff);
// When the pod's containers ended; else since when it is not ready; else when its deletion was asked for.
SimTime finish_time(const api::Pod& pod);
// The failures since the last success, with pods that have finished since.
FailureRecord count_failures(const FailureRecord& before, const Pods& succeeded, const Pods& failed);

// ---- Policies ----

// Terminating pods count as failed, unless only failed ones are replaced.
bool is_pod_failed(const api::Pod& pod, const api::JobSpec& spec);
bool replaces_only_failed(const api::JobSpec& spec);

struct PolicyMatch {
  std::optional<std::string> fail_job;  // the message
  bool counts = true;
  api::PodFailurePolicyAction action = api::PodFailurePolicyAction::kUnset;
};
PolicyMatch match_pod_failure_policy(const api::JobSpec& spec, const api::Pod& pod);
// The message, if the indexes satisfy a rule.
std::optional<std::string> match_success_policy(const api::JobSpec& spec, const IndexSet& succeeded);
// restartPolicy OnFailure: restarts of pods that live are failures. Reached with the limit, not beyond it.
bool past_backoff_limit_on_failure(const api::JobSpec& spec, const Pods& pods);

// ---- One look at a Job ----

// What a sync makes of a Job and its pods before it acts (syncJobCtx).
struct JobView {
  Pods pods, active;
  std::int32_t ready = 0, terminating = 0, succeeded = 0, failed = 0;
  FailureRecord failures;
  std::optional<api::Condition>
      finished;  // FailureTarget, SuccessCriteriaMet, or Failed of an earlier target
  IndexSet succeeded_before, succeeded_indexes;
  std::optional<IndexSet> failed_indexes;      // with backoffLimitPerIndex
  std::map<std::int32_t, PodPtr> last_failed;  // of indexes to be tried again: pods that hand on their count
  std::optional<Duration> deadline_after;      // of activeDeadlineSeconds
};
// `job` has its start time. REQUIRES: it has not finished.
JobView look_at(const api::Job& job, Pods pods, const FailureRecord& failures, SimTime now);

api::Condition job_condition(const char* type, const char* reason, std::string message, SimTime now);

// ---- Creating and deleting ----

// How many pods should be active.
std::int32_t wanted_active(const api::JobSpec& spec, std::int32_t succeeded, std::int32_t active);
// Which of the active pods go when at least `count` must: first those whose index is taken or out of range,
// then unassigned, pending, not ready, shorter ready, restarted more often, younger ones.
Pods pods_for_removal(const api::JobSpec& spec, const Pods& active, std::size_t count);

// What to create now, or how long to wait.
struct Creation {
  std::vector<std::optional<std::int32_t>> indexes;  // one for each pod; none in a NonIndexed Job
  Duration wait;
};
Creation plan_creation(const api::JobSpec& spec, const JobView& view, std::int32_t count, SimTime now);
// The annotations that hand on how often an index has failed.
void set_failure_counts(api::LabelMap& annotations, const api::JobSpec& spec, const api::Pod* replaced);

}  // namespace seatrial::controllers
