// Job and CronJob (batch/v1).
#include <algorithm>

#include "sim/api/batch.h"
#include "sim/api/cron_schedule.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/pod_validation.h"

namespace seatrial::api {

template <>
struct EnumNames<CompletionMode> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "NonIndexed"sv, "Indexed"sv};
  static constexpr std::array kShown{"Indexed"sv, "NonIndexed"sv};
};
template <>
struct EnumNames<PodReplacementPolicy> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "TerminatingOrFailed"sv, "Failed"sv};
  static constexpr std::array kShown{"Failed"sv, "TerminatingOrFailed"sv};
};
template <>
struct EnumNames<PodFailurePolicyAction> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "FailJob"sv, "Ignore"sv, "FailIndex"sv, "Count"sv};
  static constexpr std::array kShown{"Count"sv, "FailIndex"sv, "FailJob"sv, "Ignore"sv};
};
template <>
struct EnumNames<ConcurrencyPolicy> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Allow"sv, "Forbid"sv, "Replace"sv};
  static constexpr std::array kShown{"Allow"sv, "Forbid"sv, "Replace"sv};
};

namespace {

const char* const kJobSchema = R"(
Job: apiVersion string, kind string, metadata ObjectMeta, spec JobSpec, status JobStatus
JobSpec: parallelism int32, completions int32, activeDeadlineSeconds int64, podFailurePolicy PodFailurePolicy,
  successPolicy SuccessPolicy, backoffLimit int32, backoffLimitPerIndex int32, maxFailedIndexes int32,
  selector LabelSelector, manualSelector bool, template PodTemplateSpec, ttlSecondsAfterFinished int32,
  completionMode string, suspend bool, podReplacementPolicy string, managedBy string
PodFailurePolicy: rules []PodFailurePolicyRule
PodFailurePolicyRule: action string, onExitCodes PodFailurePolicyOnExitCodesRequirement,
  onPodConditions []PodFailurePolicyOnPodConditionsPattern
PodFailurePolicyOnExitCodesRequirement: containerName string, operator string, values []int32
PodFailurePolicyOnPodConditionsPattern: type string, status string
SuccessPolicy: rules []SuccessPolicyRule
SuccessPolicyRule: succeededIndexes string, succeededCount int32
JobStatus: conditions []JobCondition, startTime time, completionTime time, active int32, succeeded int32,
  failed int32, terminating int32, completedIndexes string, failedIndexes string,
  uncountedTerminatedPods UncountedTerminatedPods, ready int32
UncountedTerminatedPods: succeeded []string, failed []string
JobCondition: type string, status string, lastProbeTime time, lastTransitionTime time, reason string,
  message string
)";

const char* const kCronJobSchema = R"(
CronJob: apiVersion string, kind string, metadata ObjectMeta, spec CronJobSpec, status CronJobStatus
CronJobSpec: schedule string, timeZone string, startingDeadlineSeconds int64, concurrencyPolicy string,
  suspend bool, jobTemplate JobTemplateSpec, successfulJobsHistoryLimit int32, failedJobsHistoryLimit int32
JobTemplateSpec: metadata ObjectMeta, spec JobSpec
CronJobStatus: active []CronJobActiveJob, lastScheduleTime time, lastSuccessfulTime time
CronJobActiveJob: kind string, namespace string, name string, uid string, apiVersion string,
  resourceVersion string, fieldPath string
)";

}  // namespace

template <class V>
void fields(V& v, PodFailurePolicyOnExitCodes& c) {
  v("containerName", c.container_name);
  v.always("operator", c.op);
  v.always("values", c.values);
}
template <class V>
void fields(V& v, PodFailurePolicyOnPodCondition& c) {
  v.always("status", c.status);
  v.always("type", c.type);
}
template <class V>
void fields(V& v, PodFailurePolicyRule& r) {
  v.always("action", r.action);
  v("onExitCodes", r.on_exit_codes);
  v("onPodConditions", r.on_pod_conditions);
}
template <class V>
void fields(V& v, SuccessPolicyRule& r) {
  v("succeededCount", r.succeeded_count);
  v("succeededIndexes", r.succeeded_indexes);
}
template <class V>
void fields(V& v, JobSpec& s) {
  v("activeDeadlineSeconds", s.active_deadline_seconds);
  v("backoffLimit", s.backoff_limit);
  v("backoffLimitPerIndex", s.backoff_limit_per_index);
  v("completionMode", s.completion_mode);
  v("completions", s.completions);
  v("managedBy", s.managed_by);
  v("manualSelector", s.manual_selector);
  v("maxFailedIndexes", s.max_failed_indexes);
  v("parallelism", s.parallelism);
  v.object("podFailurePolicy", [&](V& policy) { policy("rules", s.pod_failure_policy); });
  v("podReplacementPolicy", s.pod_replacement_policy);
  v("selector", s.selector);
  v.object("successPolicy", [&](V& policy) { policy("rules", s.success_policy); });
  v("suspend", s.suspend);
  v.always("template", s.template_);
  v("ttlSecondsAfterFinished", s.ttl_seconds_after_finished);
}
template <class V>
void fields(V& v, CronJob::Active& a) {
  v("name", a.name);
  v("uid", a.uid);
}

template <class V>
void object_fields(V& v, Job& j) {
  v("spec", j.spec);
  v.object("status", [&](V& status) {
    Job::Status& s = j.status;
    status("active", s.active);
    status("completedIndexes", s.completed_indexes);
    status("completionTime", s.completion_time);
    conditions<ConditionTimes::kProbe>(status, s.conditions);
    status("failed", s.failed);
    status("failedIndexes", s.failed_indexes);
    status("ready", s.ready);
    status("startTime", s.start_time);
    status("succeeded", s.succeeded);
    status("terminating", s.terminating);
    status.object("uncountedTerminatedPods", [&](V& uncounted) {
      uncounted("failed", s.uncounted_failed);
      uncounted("succeeded", s.uncounted_succeeded);
    });
  });
}

template <class V>
void object_fields(V& v, CronJob& c) {
  v.object("spec", [&](V& spec) {
    spec("concurrencyPolicy", c.concurrency_policy);
    spec("failedJobsHistoryLimit", c.failed_jobs_history_limit);
    spec.object("jobTemplate", [&](V& job) {
      job.object("metadata", [&](V& metadata) {
        metadata("annotations", c.job_annotations);
        metadata("labels", c.job_labels);
      });
      job.always("spec", c.job_spec);
    });
    spec.always("schedule", c.schedule);
    spec("startingDeadlineSeconds", c.starting_deadline_seconds);
    spec("successfulJobsHistoryLimit", c.successful_jobs_history_limit);
    spec.always("suspend", c.suspend);
    spec("timeZone", c.time_zone);
  });
  v.object("status", [&](V& status) {
    status("active", c.status.active);
    status("lastScheduleTime", c.status.last_schedule_time);
    status("lastSuccessfulTime", c.status.last_successful_time);
  });
}

namespace {

// The labels by which a Job finds its pods; those without prefix are older.
constexpr std::array kUidLabels{"batch.kubernetes.io/controller-uid"sv, "controller-uid"sv};
constexpr std::array kNameLabels{"batch.kubernetes.io/job-name"sv, "job-name"sv};
constexpr std::int32_t kMaxParallelIndexes = 100'000;

// pkg/registry/batch/job/strategy.go, generateSelector. A manifest has no UID yet: the API server generates.
void generate_selector(Job& j) {
  if (j.spec.manual_selector.value_or(false) || j.metadata.uid.empty() || !j.spec.selector.empty()) return;
  PodTemplateSpec changed = *j.spec.template_;
  LabelMap labels = *changed.labels;
  const Symbol uid = j.metadata.uid.str();
  for (const auto label : kUidLabels) labels.set(label, uid);
  for (const auto label : kNameLabels) labels.set(label, j.metadata.name);
  j.spec.selector.match_labels.set(kUidLabels.front(), uid);
  if (j.metadata.labels->empty()) j.metadata.labels = labels;
  changed.labels = std::move(labels);
  j.spec.template_ = Shared<PodTemplateSpec>(std::move(changed));
}

// pkg/apis/batch/v1/defaults.go.
void default_job(Job& j) {
  JobSpec& s = j.spec;
  default_template(s.template_);
  if (!s.completions && !s.parallelism) s.completions = 1;
  if (!s.parallelism) s.parallelism = 1;
  if (!s.backoff_limit) s.backoff_limit = s.backoff_limit_per_index ? INT32_MAX : 6;
  if (s.completion_mode == CompletionMode::kUnset) s.completion_mode = CompletionMode::kNonIndexed;
  if (!s.suspend) s.suspend = false;
  if (!s.manual_selector) s.manual_selector = false;
  if (s.pod_failure_policy) {
    for (PodFailurePolicyRule& rule : *s.pod_failure_policy) {
      for (PodFailurePolicyOnPodCondition& pattern : rule.on_pod_conditions) {
        if (pattern.status.empty()) pattern.status = "True";
      }
    }
  }
  if (s.pod_replacement_policy == PodReplacementPolicy::kUnset) {
    s.pod_replacement_policy =
        s.pod_failure_policy ? PodReplacementPolicy::kFailed : PodReplacementPolicy::kTerminatingOrFailed;
  }
  generate_selector(j);
}

void default_cron_job(CronJob& c) {
  default_template(c.job_spec.template_);
  if (c.concurrency_policy == ConcurrencyPolicy::kUnset) c.concurrency_policy = ConcurrencyPolicy::kAllow;
  if (!c.successful_jobs_history_limit) c.successful_jobs_history_limit = 3;
  if (!c.failed_jobs_history_limit) c.failed_jobs_history_limit = 1;
}

// ---- Validation: pkg/apis/batch/validation/validation.go ----

template <class T>
void non_negative_if_set(Report& report, const Place& at, const std::optional<T>& number) {
  if (number) report.non_negative(at, *number);
}

void validate_exit_codes(Report& report, const Place& at, const PodFailurePolicyOnExitCodes& codes) {
  static constexpr std::array kOperators{"In"sv, "NotIn"sv};
  if (!std::ranges::count(kOperators, codes.op.view()))
    report.unsupported(field(at, "operator"), codes.op.view(), kOperators);
  const Place values = field(at, "values");
  if (codes.values.empty()) report.invalid_json(values, list_value(), "at least one value is required");
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const std::int32_t code = codes.values[i];
    if (codes.op == Symbol("In") && code == 0)
      report.invalid(item(values, i), code, "must not be 0 for the In operator");
    if (std::count(codes.values.begin(), codes.values.begin() + static_cast<std::ptrdiff_t>(i), code))
      report.duplicate(item(values, i), code);
  }
  if (!std::ranges::is_sorted(codes.values))
    report.invalid_json(values, encode_value(codes.values), "must be ordered");
}

void validate_pod_failure_policy(Report& report, const Place& at, const JobSpec& s) {
  static constexpr std::array kStatuses{"False"sv, "True"sv, "Unknown"sv};
  const Place policy = field(at, "podFailurePolicy"), rules = field(policy, "rules");
  for (std::size_t i = 0; i < s.pod_failure_policy->size(); ++i) {
    const PodFailurePolicyRule& rule = (*s.pod_failure_policy)[i];
    const Place here = item(rules, i), conditions = field(here, "onPodConditions");
    if (rule.action == PodFailurePolicyAction::kUnset) report.required(field(here, "action"), "");
    if (rule.action == PodFailurePolicyAction::kFailIndex && !s.backoff_limit_per_index)
      report.invalid(field(here, "action"), "FailIndex", "requires the backoffLimitPerIndex to be set");
    if (rule.on_exit_codes) validate_exit_codes(report, field(here, "onExitCodes"), *rule.on_exit_codes);
    for (std::size_t c = 0; c < rule.on_pod_conditions.size(); ++c) {
      const auto& pattern = rule.on_pod_conditions[c];
      const Place pattern_at = item(conditions, c);
      report.invalid_all(field(pattern_at, "type"), pattern.type.view(),
                         check_qualified_name(pattern.type.view()));
      if (!pattern.status.empty() && !std::ranges::count(kStatuses, pattern.status.view()))
        report.unsupported(field(pattern_at, "status"), pattern.status.view(), kStatuses);
    }
  }
}

void validate_indexed(Report& report, const Place& at, const JobSpec& s) {
  const Place per_index = field(at, "backoffLimitPerIndex"), max_failed = field(at, "maxFailedIndexes");
  if (s.completion_mode != CompletionMode::kIndexed) {
    constexpr const char* kNeedsIndexed = "requires indexed completion mode";
    if (s.backoff_limit_per_index) report.invalid(per_index, *s.backoff_limit_per_index, kNeedsIndexed);
    if (s.max_failed_indexes) report.invalid(max_failed, *s.max_failed_indexes, kNeedsIndexed);
    if (s.success_policy) {
      Value policy = map_value();
      set(policy, "rules", encode_value(*s.success_policy));
      report.invalid_json(field(at, "successPolicy"), policy, kNeedsIndexed);
    }
    return;
  }
  if (!s.completions) report.required(field(at, "completions"), "when completion mode is Indexed");
  if (s.parallelism.value_or(1) > kMaxParallelIndexes) {
    report.invalid(field(at, "parallelism"), *s.parallelism,
                   "must be less than or equal to 100000 when completion mode is Indexed");
  }
  if (s.max_failed_indexes && s.completions && *s.max_failed_indexes > *s.completions)
    report.invalid(max_failed, *s.max_failed_indexes, "must be less than or equal to completions");
}

void validate_restart_policy(Report& report, const Place& at, const JobSpec& s) {
  const Place policy = field(at, "restartPolicy");
  const RestartPolicy restart = s.template_->spec->restart_policy;
  if (restart == RestartPolicy::kAlways) {
    report.required(policy, "valid values: \"OnFailure\", \"Never\"");
  } else if (s.pod_failure_policy && restart != RestartPolicy::kNever) {
    report.invalid(policy, "OnFailure", "only \"Never\" is supported when podFailurePolicy is specified");
  }
}

void validate_spec(Report& report, const Place& at, const JobSpec& s) {
  non_negative_if_set(report, field(at, "parallelism"), s.parallelism);
  non_negative_if_set(report, field(at, "completions"), s.completions);
  non_negative_if_set(report, field(at, "activeDeadlineSeconds"), s.active_deadline_seconds);
  non_negative_if_set(report, field(at, "backoffLimit"), s.backoff_limit);
  non_negative_if_set(report, field(at, "ttlSecondsAfterFinished"), s.ttl_seconds_after_finished);
  non_negative_if_set(report, field(at, "backoffLimitPerIndex"), s.backoff_limit_per_index);
  non_negative_if_set(report, field(at, "maxFailedIndexes"), s.max_failed_indexes);
  if (s.max_failed_indexes && !s.backoff_limit_per_index)
    report.required(field(at, "backoffLimitPerIndex"), "when maxFailedIndexes is specified");
  validate_indexed(report, at, s);
  if (s.pod_failure_policy) validate_pod_failure_policy(report, at, s);
  const Place pod_template = field(at, "template"), metadata = field(pod_template, "metadata"),
              spec = field(pod_template, "spec");
  validate_labels(report, field(metadata, "labels"), *s.template_->labels);
  validate_pod_spec(report, spec, *s.template_->spec);
  validate_restart_policy(report, spec, s);
}

void validate_job_selector(Report& report, const Job& j) {
  if (j.metadata.uid.empty() && !j.spec.manual_selector.value_or(false)) return;  // not generated yet
  const Place root, spec = field(root, "spec"), selector = field(spec, "selector"),
                    pod_template = field(spec, "template"), metadata = field(pod_template, "metadata");
  const LabelMap& labels = *j.spec.template_->labels;
  validate_controller_selector(report, selector, j.spec.selector);
  if (!j.spec.manual_selector.value_or(false) &&
      j.spec.selector.match_labels.get(kUidLabels.front()) != j.metadata.uid.str()) {
    report.invalid_json(selector, encode_value(j.spec.selector), "`selector` not auto-generated");
  }
  if (!j.spec.selector.empty() && !j.spec.selector.matches(labels)) {
    report.invalid_json(field(metadata, "labels"), labels.empty() ? Value() : encode_value(labels),
                        "`selector` does not match template `labels`");
  }
}

// What a suspended Job without pods may change of its template: what decides where its pods run, and their
// containers' resources (MutableSchedulingDirectives- and MutablePodResourcesForSuspendedJobs).
PodTemplateSpec with_mutable_of(const PodTemplateSpec& old, const PodTemplateSpec& now) {
  PodTemplateSpec result = old;
  result.labels = now.labels;
  result.annotations = now.annotations;
  PodSpec spec = *old.spec;
  spec.node_selector = now.spec->node_selector;
  spec.tolerations = now.spec->tolerations;
  spec.scheduling_gates = now.spec->scheduling_gates;
  Affinity affinity = spec.affinity.value_or(Affinity());
  const Affinity wanted = now.spec->affinity.value_or(Affinity());
  affinity.node_required = wanted.node_required;
  affinity.node_preferred = wanted.node_preferred;
  if (affinity == wanted) spec.affinity = now.spec->affinity;
  const auto take_resources = [](std::vector<Container>& to, const std::vector<Container>& from) {
    for (std::size_t i = 0; i < std::min(to.size(), from.size()); ++i) to[i].resources = from[i].resources;
  };
  take_resources(spec.init_containers, now.spec->init_containers);
  take_resources(spec.containers, now.spec->containers);
  result.spec = Shared<PodSpec>(std::move(spec));
  return result;
}

// Suspended, and none of its pods runs: it never started, or has been seen to be suspended.
bool is_at_rest(const Job& job) {
  if (!job.spec.suspend.value_or(false) || job.status.active != 0) return false;
  const Condition* const suspended = find_condition(job.status.conditions, "Suspended");
  return !job.status.start_time || (suspended != nullptr && suspended->status == ConditionStatus::kTrue);
}

// An Indexed Job's completions may change together with its parallelism.
void validate_update(Report& report, const Job& j, const Job& old) {
  constexpr const char* kImmutable = "field is immutable";
  const JobSpec &now = j.spec, &before = old.spec;
  const Place root, at = field(root, "spec");
  const bool indexed = now.completion_mode == CompletionMode::kIndexed;
  if (now.completions != before.completions && !(indexed && now.completions == now.parallelism)) {
    report.invalid_json(field(at, "completions"), encode_value(now.completions),
                        indexed ? "can only be modified in tandem with spec.parallelism" : kImmutable);
  }
  if (!(now.selector == before.selector))
    report.invalid_json(field(at, "selector"), encode_value(now.selector), kImmutable);
  const PodTemplateSpec allowed =
      is_at_rest(old) ? with_mutable_of(*before.template_, *now.template_) : *before.template_;
  if (!(*now.template_ == allowed))
    report.invalid_json(field(at, "template"), encode_value(now.template_), kImmutable);
  if (now.completion_mode != before.completion_mode)
    report.invalid_json(field(at, "completionMode"), encode_value(now.completion_mode), kImmutable);
  if (now.pod_failure_policy != before.pod_failure_policy)
    report.invalid_json(field(at, "podFailurePolicy"), encode_value(now.pod_failure_policy), kImmutable);
  if (now.backoff_limit_per_index != before.backoff_limit_per_index) {
    report.invalid_json(field(at, "backoffLimitPerIndex"), encode_value(now.backoff_limit_per_index),
                        kImmutable);
  }
  if (now.managed_by != before.managed_by)
    report.invalid_json(field(at, "managedBy"), encode_value(now.managed_by), kImmutable);
  if (now.success_policy != before.success_policy)
    report.invalid_json(field(at, "successPolicy"), encode_value(now.success_policy), kImmutable);
}

Problems validate_job(const Job& j, const Job* old) {
  Report report;
  const Place root;
  validate_metadata(report, j, NameRule::kSubdomain, old);
  validate_spec(report, field(root, "spec"), j.spec);
  validate_job_selector(report, j);
  if (old) validate_update(report, j, *old);
  return report.take();
}

void validate_schedule(Report& report, const Place& spec, const CronJob& c) {
  const Place at = field(spec, "schedule");
  if (c.schedule.empty()) return report.required(at, "");
  if (c.schedule.find("TZ") != std::string::npos)
    report.invalid(at, c.schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  // The cron library takes a zone that stands before the schedule off.
  std::string_view fields = c.schedule;
  if (fields.starts_with("TZ=") || fields.starts_with("CRON_TZ="))
    fields.remove_prefix(std::min(fields.find(' '), fields.size()));
  while (fields.starts_with(' ')) fields.remove_prefix(1);
  if (const auto parsed = CronSchedule::parse(std::string(fields)); !parsed)
    report.invalid(at, c.schedule, parsed.error());
}

// A zone that the table of time_zone.cc does not have is refused, although a cluster may know it.
void validate_time_zone(Report& report, const Place& at, const std::string& zone) {
  if (zone.empty()) {
    report.invalid(at, zone, "timeZone must be nil or non-empty string");
  } else if (zone == "Local") {
    report.invalid(at, zone,
                   "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
  } else if (!TimeZone::find(zone)) {
    report.invalid(at, zone, "unknown time zone " + zone);
  }
}

Problems validate_cron_job(const CronJob& c, const CronJob* old) {
  constexpr std::size_t kLongestName = 52;  // 63 less the "-" and ten digits of a Job's name
  Report report;
  const Place root, spec = field(root, "spec"), job = field(spec, "jobTemplate"),
                    metadata = field(root, "metadata");
  validate_metadata(report, c, NameRule::kSubdomain, old);
  if (!old && c.metadata.name.view().size() > kLongestName)
    report.invalid(field(metadata, "name"), c.metadata.name.view(), "must be no more than 52 characters");
  validate_schedule(report, spec, c);
  non_negative_if_set(report, field(spec, "startingDeadlineSeconds"), c.starting_deadline_seconds);
  if (c.time_zone) validate_time_zone(report, field(spec, "timeZone"), *c.time_zone);
  const Place job_spec = field(job, "spec");
  validate_spec(report, job_spec, c.job_spec);
  if (!c.job_spec.selector.empty()) {
    report.invalid_json(field(job_spec, "selector"), encode_value(c.job_spec.selector),
                        "`selector` will be auto-generated");
  }
  if (c.job_spec.manual_selector.value_or(false)) {
    static constexpr std::array kValid{"nil"sv, "false"sv};
    report.unsupported(field(job_spec, "manualSelector"), "true", kValid);
  }
  non_negative_if_set(report, field(spec, "successfulJobsHistoryLimit"), c.successful_jobs_history_limit);
  non_negative_if_set(report, field(spec, "failedJobsHistoryLimit"), c.failed_jobs_history_limit);
  return report.take();
}

}  // namespace

const Condition* finished_condition(const Job& job) {
  static const Symbol complete("Complete"), failed("Failed");
  for (const Symbol type : {complete, failed}) {
    const Condition* const found = find_condition(job.status.conditions, type);
    if (found && found->status == ConditionStatus::kTrue) return found;
  }
  return nullptr;
}

const KindCode& job_code() {
  static const KindCode code = kind_code<Job, default_job, validate_job>(kJobSchema);
  return code;
}
const KindCode& cron_job_code() {
  static const KindCode code = kind_code<CronJob, default_cron_job, validate_cron_job>(kCronJobSchema);
  return code;
}

}  // namespace seatrial::api
