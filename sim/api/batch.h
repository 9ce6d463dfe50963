// batch/v1: Job and CronJob. Source: k8s.io/api/batch/v1/types.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

enum class CompletionMode : std::uint8_t { kUnset, kNonIndexed, kIndexed };
enum class PodReplacementPolicy : std::uint8_t { kUnset, kTerminatingOrFailed, kFailed };
enum class PodFailurePolicyAction : std::uint8_t { kUnset, kFailJob, kIgnore, kFailIndex, kCount };

struct PodFailurePolicyOnExitCodes {
  Symbol container_name;  // empty: any container
  Symbol op;              // In, NotIn
  std::vector<std::int32_t> values;
  bool operator==(const PodFailurePolicyOnExitCodes&) const = default;
};
struct PodFailurePolicyOnPodCondition {
  Symbol type, status;
  bool operator==(const PodFailurePolicyOnPodCondition&) const = default;
};
struct PodFailurePolicyRule {
  PodFailurePolicyAction action = PodFailurePolicyAction::kUnset;
  std::optional<PodFailurePolicyOnExitCodes> on_exit_codes;
  std::vector<PodFailurePolicyOnPodCondition> on_pod_conditions;
  bool operator==(const PodFailurePolicyRule&) const = default;
};
struct SuccessPolicyRule {
  std::optional<std::string> succeeded_indexes;  // "0,2-4"
  std::optional<std::int32_t> succeeded_count;
  bool operator==(const SuccessPolicyRule&) const = default;
};

struct JobSpec {
  // Defaulting sets those that have a default.
  std::optional<std::int32_t> parallelism, completions, backoff_limit, backoff_limit_per_index,
      max_failed_indexes, ttl_seconds_after_finished;
  std::optional<std::int64_t> active_deadline_seconds;
  LabelSelector selector;  // generated unless manual_selector
  std::optional<bool> manual_selector, suspend;
  CompletionMode completion_mode = CompletionMode::kUnset;
  PodReplacementPolicy pod_replacement_policy = PodReplacementPolicy::kUnset;
  std::optional<std::vector<PodFailurePolicyRule>> pod_failure_policy;  // its rules
  std::optional<std::vector<SuccessPolicyRule>> success_policy;         // its rules
  Symbol managed_by;
  Shared<PodTemplateSpec> template_;
  bool operator==(const JobSpec&) const = default;
};

struct Job : Object {
  static constexpr Kind kKind = Kind::kJob;
  Job() : Object(kKind) {}

  JobSpec spec;
  struct Status {
    std::int32_t active = 0, succeeded = 0, failed = 0;
    std::optional<std::int32_t> ready, terminating;
    std::string completed_indexes;  // "0,2-4"
    std::optional<std::string> failed_indexes;
    std::optional<SimTime> start_time, completion_time;
    std::vector<Uid> uncounted_succeeded, uncounted_failed;  // of uncountedTerminatedPods
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;
};
// The condition Complete or Failed, if it is True; null if the Job has not finished.
const Condition* finished_condition(const Job& job);

enum class ConcurrencyPolicy : std::uint8_t { kUnset, kAllow, kForbid, kReplace };

struct CronJob : Object {
  static constexpr Kind kKind = Kind::kCronJob;
  CronJob() : Object(kKind) {}

  std::string schedule;
  std::optional<std::string> time_zone;
  std::optional<std::int64_t> starting_deadline_seconds;
  ConcurrencyPolicy concurrency_policy = ConcurrencyPolicy::kUnset;
  bool suspend = false;
  Shared<LabelMap> job_labels, job_annotations;  // of jobTemplate.metadata
  JobSpec job_spec;                              // of jobTemplate
  std::optional<std::int32_t> successful_jobs_history_limit, failed_jobs_history_limit;

  struct Active {
    Symbol name;
    Uid uid;
    bool operator==(const Active&) const = default;
  };
  struct Status {
    std::vector<Active> active;
    std::optional<SimTime> last_schedule_time, last_successful_time;
    bool operator==(const Status&) const = default;
  } status;
};

}  // namespace seatrial::api
