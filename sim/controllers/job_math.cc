#include "sim/controllers/job_math.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace seatrial::controllers {

using api::Job;
using api::JobSpec;
using api::Pod;
using api::PodFailurePolicyAction;
using api::PodPhase;

namespace {

constexpr const char* kFailureCount = "batch.kubernetes.io/job-index-failure-count";
constexpr const char* kIgnoredFailureCount = "batch.kubernetes.io/job-index-ignored-failure-count";

std::int32_t count_in(const Pod& pod, const char* annotation) {
  return static_cast<std::int32_t>(std::atoi(std::string(pod.metadata.annotations->get(annotation)).c_str()));
}
std::int32_t absolute_failures(const Pod& pod) {
  return count_in(pod, kFailureCount) + count_in(pod, kIgnoredFailureCount);
}

const api::ContainerStateTerminated* ended(const api::ContainerStatus& status) {
  return std::get_if<api::ContainerStateTerminated>(&status.state);
}

const api::ContainerStatus* matching_container(const api::PodStatus& status,
                                               const api::PodFailurePolicyOnExitCodes& rule) {
  for (const auto* const statuses : {&status.container_statuses, &status.init_container_statuses}) {
    for (const api::ContainerStatus& container : *statuses) {
      const api::ContainerStateTerminated* const end = ended(container);
      if (!end || end->exit_code == 0) continue;
      if (!rule.container_name.empty() && rule.container_name != container.name) continue;
      const bool is_in = std::ranges::count(rule.values, end->exit_code) > 0;
      if (is_in == (rule.op == api::Symbol("In"))) return &container;
    }
  }
  return nullptr;
}

const api::PodFailurePolicyOnPodCondition* matching_condition(
    const Pod& pod, const std::vector<api::PodFailurePolicyOnPodCondition>& patterns) {
  for (const api::PodFailurePolicyOnPodCondition& pattern : patterns) {
    const api::Condition* const found = find_condition(pod.status.conditions, pattern.type);
    if (found && to_string(found->status) == pattern.status.view()) return &pattern;
  }
  return nullptr;
}

std::string_view action_name(PodFailurePolicyAction action) {
  constexpr std::array<std::string_view, 5> kNames{"", "FailJob", "Ignore", "FailIndex", "Count"};
  return kNames[static_cast<std::size_t>(action)];
}

bool is_index_failed(const JobSpec& spec, const Pod& pod) {
  if (!is_pod_failed(pod, spec)) return false;
  const PolicyMatch match = match_pod_failure_policy(spec, pod);
  if (match.action == PodFailurePolicyAction::kFailIndex) return true;
  return match.counts && count_in(pod, kFailureCount) >= *spec.backoff_limit_per_index;
}

IndexSet indexes_of(const Pods& pods, std::int32_t completions) {
  IndexSet indexes;
  for (const PodPtr& pod : pods) {
    if (const auto index = completion_index(*pod, completions)) indexes.insert(*index);
  }
  return indexes;
}

// Pods that have finished and are neither counted nor about to be.
template <class Filter>
Pods newly_finished(const Job& job, const Pods& pods, const std::vector<api::Uid>& uncounted,
                    Filter&& filter) {
  Pods found;
  for (const PodPtr& pod : pods) {
    if (!has_tracking_finalizer(*pod) || std::ranges::count(uncounted, pod->metadata.uid)) continue;
    if (is_indexed(job.spec) && !completion_index(*pod, job.spec.completions.value_or(0))) continue;
    if (filter(*pod)) found.push_back(pod);
  }
  return found;
}

std::optional<api::Condition> failure_by_policy(const Job& job, const JobView& view, SimTime now) {
  if (const api::Condition* const target = find_condition(job.status.conditions, "FailureTarget")) {
    return job_condition("Failed", target->reason.str().c_str(), target->message, now);
  }
  if (!job.spec.pod_failure_policy) return std::nullopt;
  for (const PodPtr& pod : view.pods) {
    if (!is_pod_failed(*pod, job.spec)) continue;
    const PolicyMatch match = match_pod_failure_policy(job.spec, *pod);
    if (match.fail_job) return job_condition("FailureTarget", "PodFailurePolicy", *match.fail_job, now);
  }
  return std::nullopt;
}

std::optional<api::Condition> failure_by_limits(const Job& job, JobView& view, SimTime now) {
  if (view.failed > *job.spec.backoff_limit || past_backoff_limit_on_failure(job.spec, view.pods)) {
    return job_condition("FailureTarget", "BackoffLimitExceeded",
                         "Job has reached the specified backoff limit", now);
  }
  if (!job.spec.active_deadline_seconds || is_suspended(job)) return std::nullopt;
  const Duration left = Duration::seconds(*job.spec.active_deadline_seconds) - (now - *job.status.start_time);
  if (left <= Duration()) {
    return job_condition("FailureTarget", "DeadlineExceeded", "Job was active longer than specified deadline",
                         now);
  }
  view.deadline_after = left;
  return std::nullopt;
}

std::optional<api::Condition> failure_by_indexes(const JobSpec& spec, const JobView& view, SimTime now) {
  const auto failed = static_cast<std::int32_t>(view.failed_indexes->size());
  if (spec.max_failed_indexes && failed > *spec.max_failed_indexes) {
    return job_condition("FailureTarget", "MaxFailedIndexesExceeded",
                         "Job has exceeded the specified maximal number of failed indexes", now);
  }
  if (failed > 0 && failed + static_cast<std::int32_t>(view.succeeded_indexes.size()) >= *spec.completions)
    return job_condition("FailureTarget", "FailedIndexes", "Job has failed indexes", now);
  return std::nullopt;
}

// Of each index that is to be tried again the pod that failed last.
std::map<std::int32_t, PodPtr> last_failed_pods(const Job& job, const JobView& view, const IndexSet& active) {
  std::map<std::int32_t, PodPtr> last;
  for (const PodPtr& pod : view.pods) {
    const auto index = completion_index(*pod, *job.spec.completions);
    if (!index || !has_tracking_finalizer(*pod) || !is_pod_failed(*pod, job.spec)) continue;
    if (active.contains(*index) || view.succeeded_indexes.contains(*index) ||
        view.failed_indexes->contains(*index))
      continue;
    PodPtr& known = last[*index];
    if (!known ||
        (absolute_failures(*known) <= absolute_failures(*pod) && finish_time(*pod) >= finish_time(*known)))
      known = pod;
  }
  return last;
}

void look_at_indexes(const Job& job, JobView& view, SimTime now) {
  const std::int32_t completions = *job.spec.completions;
  view.succeeded_before = parse_indexes(job.status.completed_indexes, completions);
  view.succeeded_indexes = view.succeeded_before;
  for (const PodPtr& pod : view.pods) {
    const auto index = completion_index(*pod, completions);
    if (index && pod->status.phase == PodPhase::kSucceeded && has_tracking_finalizer(*pod))
      view.succeeded_indexes.insert(*index);
  }
  view.succeeded = static_cast<std::int32_t>(view.succeeded_indexes.size());
  if (job.spec.backoff_limit_per_index) {
    view.failed_indexes = parse_indexes(job.status.failed_indexes.value_or(""), completions);
    for (const PodPtr& pod : view.pods) {
      const auto index = completion_index(*pod, completions);
      if (index && is_index_failed(job.spec, *pod)) view.failed_indexes->insert(*index);
    }
    if (!view.finished) view.finished = failure_by_indexes(job.spec, view, now);
    view.last_failed = last_failed_pods(job, view, indexes_of(view.active, completions));
  }
  if (view.finished) return;
  if (const auto message = match_success_policy(job.spec, view.succeeded_indexes))
    view.finished = job_condition("SuccessCriteriaMet", "SuccessPolicy", *message, now);
}

std::int32_t restarts_of(const Pod& pod) {
  std::int32_t most = 0;
  for (const api::ContainerStatus& status : pod.status.container_statuses)
    most = std::max(most, status.restart_count);
  return most;
}

// controller.ActivePods: whether `a` is deleted before `b`.
bool goes_before(const Pod& a, const Pod& b) {
  if (a.node_name.empty() != b.node_name.empty()) return a.node_name.empty();
  const auto rank = [](PodPhase phase) {
    return phase == PodPhase::kPending ? 0 : phase == PodPhase::kRunning ? 2 : 1;
  };
  if (rank(a.status.phase) != rank(b.status.phase)) return rank(a.status.phase) < rank(b.status.phase);
  if (is_pod_ready(a) != is_pod_ready(b)) return is_pod_ready(b);
  if (is_pod_ready(a)) {
    const SimTime since_a = find_condition(a.status.conditions, "Ready")->last_transition_time,
                  since_b = find_condition(b.status.conditions, "Ready")->last_transition_time;
    if (since_a != since_b) return since_a > since_b;
  }
  if (restarts_of(a) != restarts_of(b)) return restarts_of(a) > restarts_of(b);
  return a.metadata.creation_timestamp > b.metadata.creation_timestamp;
}

}  // namespace

bool has_tracking_finalizer(const Pod& pod) {
  return std::ranges::count(pod.metadata.finalizers, api::Symbol(kJobTracking)) > 0;
}

Duration remaining_backoff(std::int32_t failures, Duration since_last, Duration base, Duration longest) {
  if (failures == 0) return {};
  Duration wait = base;
  for (std::int32_t i = 1; i < failures && wait < longest; ++i) wait = std::min(wait * 2, longest);
  return std::max(Duration(), wait - since_last);
}

SimTime finish_time(const Pod& pod) {
  std::optional<SimTime> last;
  for (const api::ContainerStatus& status : pod.status.container_statuses) {
    const api::ContainerStateTerminated* const end = ended(status);
    if (!end) {
      last.reset();
      break;
    }
    last = std::max(last.value_or(end->finished_at), end->finished_at);
  }
  if (last) return *last;
  const api::Condition* const ready = find_condition(pod.status.conditions, "Ready");
  if (ready && ready->status == api::ConditionStatus::kFalse) return ready->last_transition_time;
  if (pod.metadata.deletion_timestamp) {
    return *pod.metadata.deletion_timestamp -
           Duration::seconds(pod.metadata.deletion_grace_period_seconds.value_or(0));
  }
  return pod.metadata.creation_timestamp;
}

FailureRecord count_failures(const FailureRecord& before, const Pods& succeeded, const Pods& failed) {
  FailureRecord after = succeeded.empty() ? before : FailureRecord();
  SimTime last_success = SimTime::at(-Duration::max());
  for (const PodPtr& pod : succeeded) last_success = std::max(last_success, finish_time(*pod));
  std::optional<SimTime> newest;
  for (const PodPtr& pod : failed) {
    const SimTime end = finish_time(*pod);
    if (end <= last_success) continue;
    ++after.failures;
    newest = std::max(newest.value_or(end), end);
  }
  if (newest) after.last = newest;
  return after;
}

bool replaces_only_failed(const JobSpec& spec) {
  return spec.pod_replacement_policy == api::PodReplacementPolicy::kFailed ||
         spec.pod_failure_policy.has_value();
}

bool is_pod_failed(const Pod& pod, const JobSpec& spec) {
  if (pod.status.phase == PodPhase::kFailed) return true;
  if (replaces_only_failed(spec)) return false;
  return pod.metadata.deletion_timestamp && pod.status.phase != PodPhase::kSucceeded;
}

PolicyMatch match_pod_failure_policy(const JobSpec& spec, const Pod& pod) {
  if (!spec.pod_failure_policy) return {};
  const std::string name = pod.metadata.namespace_.str() + "/" + pod.metadata.name.str();
  std::size_t at = 0;
  for (const api::PodFailurePolicyRule& rule : *spec.pod_failure_policy) {
    const std::size_t number = at++;
    std::string message;
    if (rule.on_exit_codes) {
      const api::ContainerStatus* const container = matching_container(pod.status, *rule.on_exit_codes);
      if (!container) continue;
      message = fmt::format("Container {} for pod {} failed with exit code {}", container->name.str(), name,
                            ended(*container)->exit_code);
    } else {
      const auto* const condition = matching_condition(pod, rule.on_pod_conditions);
      if (!condition) continue;
      message = fmt::format("Pod {} has condition {}", name, condition->type.str());
    }
    PolicyMatch match{std::nullopt, rule.action != PodFailurePolicyAction::kIgnore, rule.action};
    if (rule.action == PodFailurePolicyAction::kFailJob) {
      match.fail_job =
          fmt::format("{} matching {} rule at index {}", message, action_name(rule.action), number);
    }
    return match;
  }
  return {};
}

std::optional<std::string> match_success_policy(const JobSpec& spec, const IndexSet& succeeded) {
  if (!spec.success_policy) return std::nullopt;
  std::size_t at = 0;
  for (const api::SuccessPolicyRule& rule : *spec.success_policy) {
    const std::size_t number = at++;
    const IndexSet required =
        rule.succeeded_indexes ? parse_indexes(*rule.succeeded_indexes, *spec.completions) : succeeded;
    const auto met = std::ranges::count_if(required, [&](std::int32_t i) { return succeeded.contains(i); });
    const std::int64_t needed =
        rule.succeeded_count ? *rule.succeeded_count : static_cast<std::int64_t>(required.size());
    if (met >= needed) return fmt::format("Matched rules at index {}", number);
  }
  return std::nullopt;
}

bool past_backoff_limit_on_failure(const JobSpec& spec, const Pods& pods) {
  if (spec.template_->spec->restart_policy != api::RestartPolicy::kOnFailure) return false;
  std::int32_t restarts = 0;
  for (const PodPtr& pod : pods) {
    if (pod->status.phase != PodPhase::kRunning && pod->status.phase != PodPhase::kPending) continue;
    for (const auto* const statuses :
         {&pod->status.init_container_statuses, &pod->status.container_statuses}) {
      for (const api::ContainerStatus& status : *statuses) restarts += status.restart_count;
    }
  }
  return *spec.backoff_limit == 0 ? restarts > 0 : restarts >= *spec.backoff_limit;
}

JobView look_at(const Job& job, Pods pods, const FailureRecord& failures, SimTime now) {
  JobView view;
  view.pods = std::move(pods);
  for (const PodPtr& pod : view.pods) {
    if (is_pod_active(*pod)) {
      view.active.push_back(pod);
      view.ready += is_pod_ready(*pod) ? 1 : 0;
    } else if (!is_pod_terminal(*pod)) {
      ++view.terminating;
    }
  }
  const Job::Status& status = job.status;
  const Pods succeeded = newly_finished(job, view.pods, status.uncounted_succeeded, [](const Pod& pod) {
    return pod.status.phase == PodPhase::kSucceeded;
  });
  const Pods failed = newly_finished(job, view.pods, status.uncounted_failed,
                                     [&](const Pod& pod) { return is_pod_failed(pod, job.spec); });
  const auto counted = std::ranges::count_if(
      failed, [&](const PodPtr& pod) { return match_pod_failure_policy(job.spec, *pod).counts; });
  view.succeeded =
      status.succeeded + static_cast<std::int32_t>(succeeded.size() + status.uncounted_succeeded.size());
  view.failed = status.failed + static_cast<std::int32_t>(counted) +
                static_cast<std::int32_t>(status.uncounted_failed.size());
  view.failures = count_failures(failures, succeeded, failed);
  if (const api::Condition* const met = find_condition(status.conditions, "SuccessCriteriaMet")) {
    view.finished = *met;
  } else {
    view.finished = failure_by_policy(job, view, now);
    if (!view.finished) view.finished = failure_by_limits(job, view, now);
  }
  if (is_indexed(job.spec)) look_at_indexes(job, view, now);
  return view;
}

api::Condition job_condition(const char* type, const char* reason, std::string message, SimTime now) {
  const SimTime at = now.whole_second();
  return {type, api::ConditionStatus::kTrue, reason, std::move(message), {}, at, at};
}

std::int32_t wanted_active(const JobSpec& spec, std::int32_t succeeded, std::int32_t active) {
  if (!spec.completions) return succeeded > 0 ? active : *spec.parallelism;
  return std::max(0, std::min(*spec.completions - succeeded, *spec.parallelism));
}

Pods pods_for_removal(const JobSpec& spec, const Pods& active, std::size_t count) {
  Pods remove, rest;
  if (is_indexed(spec)) {
    IndexSet taken;
    for (const PodPtr& pod : active) {
      const auto index = completion_index(*pod, *spec.completions);
      (index && taken.insert(*index).second ? rest : remove).push_back(pod);
    }
  } else {
    rest = active;
  }
  std::ranges::stable_sort(rest, [](const PodPtr& a, const PodPtr& b) { return goes_before(*a, *b); });
  for (std::size_t i = 0; i < rest.size() && remove.size() < count; ++i) remove.push_back(rest[i]);
  return remove;
}

Creation plan_creation(const JobSpec& spec, const JobView& view, std::int32_t count, SimTime now) {
  Creation plan;
  if (!spec.backoff_limit_per_index && view.failures.failures > 0) {
    plan.wait = remaining_backoff(view.failures.failures, now - *view.failures.last);
    if (plan.wait > Duration()) return plan;
  }
  if (!is_indexed(spec)) {
    plan.indexes.resize(static_cast<std::size_t>(count));
    return plan;
  }
  const IndexSet active = indexes_of(view.active, *spec.completions);
  Pods going;
  if (replaces_only_failed(spec)) {
    std::ranges::copy_if(view.pods, std::back_inserter(going), [](const PodPtr& pod) {
      return pod->metadata.deletion_timestamp && !is_pod_terminal(*pod);
    });
  }
  const IndexSet terminating = indexes_of(going, *spec.completions);
  std::vector<const IndexSet*> taken{&view.succeeded_indexes, &active, &terminating};
  if (view.failed_indexes) taken.push_back(&*view.failed_indexes);
  Duration shortest = Duration::max();
  for (const std::int32_t index :
       first_pending_indexes(taken, static_cast<std::size_t>(count), *spec.completions)) {
    const auto last = view.last_failed.find(index);
    const Duration wait =
        last == view.last_failed.end()
            ? Duration()
            : remaining_backoff(absolute_failures(*last->second) + 1, now - finish_time(*last->second));
    if (wait == Duration()) plan.indexes.emplace_back(index);
    shortest = std::min(shortest, wait);
  }
  if (plan.indexes.empty() && shortest != Duration::max()) plan.wait = shortest;
  return plan;
}

void set_failure_counts(api::LabelMap& annotations, const JobSpec& spec, const Pod* replaced) {
  std::int32_t counted = 0, ignored = 0;
  if (replaced) {
    counted = count_in(*replaced, kFailureCount);
    ignored = count_in(*replaced, kIgnoredFailureCount);
    ++(match_pod_failure_policy(spec, *replaced).counts ? counted : ignored);
  }
  annotations.set(kFailureCount, std::to_string(counted));
  if (ignored > 0) annotations.set(kIgnoredFailureCount, std::to_string(ignored));
}

}  // namespace seatrial::controllers
