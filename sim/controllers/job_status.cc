#include "sim/controllers/job_status.h"

#include <algorithm>

namespace seatrial::controllers {

using api::Job;
using api::Pod;
using api::PodPhase;
using api::Symbol;

namespace {

bool is_success(const std::optional<api::Condition>& finished) {
  return finished && finished->type == Symbol("SuccessCriteriaMet");
}

bool may_release(const Job& job, const JobView& view, const PodPtr& pod) {
  if (job.metadata.deletion_timestamp || view.finished || pod->status.phase == PodPhase::kSucceeded)
    return true;
  if (!is_pod_failed(*pod, job.spec)) return false;
  return std::ranges::none_of(view.last_failed, [&](const auto& entry) { return entry.second == pod; });
}

// Lists the pod as uncounted if it is new; whether that changed the status.
bool list_pod(const Job& job, const JobView& view, const Pod& pod, Job::Status& status) {
  const bool indexed = is_indexed(job.spec);
  const auto index = indexed ? completion_index(pod, *job.spec.completions) : std::nullopt;
  const bool failed_before = std::ranges::count(status.uncounted_failed, pod.metadata.uid) > 0;
  if (pod.status.phase == PodPhase::kSucceeded && !failed_before) {
    // Of an index it is enough to know that it has succeeded.
    if (indexed) return index && !view.succeeded_before.contains(*index);
    if (std::ranges::count(status.uncounted_succeeded, pod.metadata.uid)) return false;
    status.uncounted_succeeded.push_back(pod.metadata.uid);
    return true;
  }
  // In a Job that has failed every pod that has not ended counts as failed.
  if (!is_pod_failed(pod, job.spec) && (!view.finished || is_success(view.finished))) return false;
  if (failed_before || (indexed && !index) || !match_pod_failure_policy(job.spec, pod).counts) return false;
  status.uncounted_failed.push_back(pod.metadata.uid);
  return true;
}

std::vector<api::Uid> uids_with_finalizer(const Pods& pods) {
  std::vector<api::Uid> uids;
  for (const PodPtr& pod : pods) {
    if (has_tracking_finalizer(*pod)) uids.push_back(pod->metadata.uid);
  }
  std::ranges::sort(uids);
  return uids;
}

bool track_indexes(const JobView& view, Job::Status& status) {
  const std::string completed = indexes_text(view.succeeded_indexes);
  std::optional<std::string> failed;
  if (view.failed_indexes) failed = indexes_text(*view.failed_indexes);
  const bool changed = completed != status.completed_indexes || failed != status.failed_indexes;
  status.succeeded = static_cast<std::int32_t>(view.succeeded_indexes.size());
  status.completed_indexes = completed;
  status.failed_indexes = failed;
  return changed;
}

}  // namespace

Tracking track(const Job& job, const JobView& view, Job::Status status, bool needs_write, SimTime now) {
  Tracking result{std::move(status), needs_write, {}, view.finished, false};
  result.needs_write |= count_released(result.status, uids_with_finalizer(view.pods));
  std::size_t new_indexes = 0;
  for (const PodPtr& pod : view.pods) {
    if (!has_tracking_finalizer(*pod) || !may_release(job, view, pod)) continue;
    result.release.push_back(pod);
    const std::size_t before =
        result.status.uncounted_succeeded.size() + result.status.uncounted_failed.size();
    const bool listed = list_pod(job, view, *pod, result.status);
    const std::size_t after =
        result.status.uncounted_succeeded.size() + result.status.uncounted_failed.size();
    result.needs_write |= listed;
    new_indexes += listed && after == before ? 1 : 0;
    result.more = new_indexes + after >= kMaxUncountedPods;
    if (result.more) break;
  }
  if (is_indexed(job.spec)) result.needs_write |= track_indexes(view, result.status);
  if (!result.finished) return result;
  api::Condition& finished = *result.finished;
  if (finished.type == Symbol("FailureTarget")) {
    result.status.conditions.push_back(finished);
    result.needs_write = true;
    finished = job_condition("Failed", finished.reason.str().c_str(), finished.message, now);
  } else if (finished.type == Symbol("SuccessCriteriaMet")) {
    if (!find_condition(result.status.conditions, finished.type)) {
      result.status.conditions.push_back(finished);
      result.needs_write = true;
    }
    finished = job_condition("Complete", finished.reason.str().c_str(), finished.message, now);
  }
  return result;
}

bool count_released(Job::Status& status, const std::vector<api::Uid>& tracked) {
  const auto released = [&](api::Uid uid) { return !std::ranges::binary_search(tracked, uid); };
  const auto succeeded = static_cast<std::int32_t>(std::erase_if(status.uncounted_succeeded, released));
  const auto failed = static_cast<std::int32_t>(std::erase_if(status.uncounted_failed, released));
  status.succeeded += succeeded;
  status.failed += failed;
  return succeeded + failed > 0;
}

bool finish(Job::Status& status, const api::Condition& finished) {
  if (!status.uncounted_succeeded.empty() || !status.uncounted_failed.empty()) return false;
  if (status.terminating.value_or(0) > 0) return false;
  ensure_condition(status.conditions, finished);
  if (finished.type == Symbol("Complete")) status.completion_time = finished.last_transition_time;
  return true;
}

bool ensure_condition(std::vector<api::Condition>& conditions, const api::Condition& wanted) {
  const auto at = std::ranges::find(conditions, wanted.type, &api::Condition::type);
  if (at == conditions.end()) {
    if (wanted.status == api::ConditionStatus::kFalse) return false;
    conditions.push_back(wanted);
    return true;
  }
  if (at->status == wanted.status && at->reason == wanted.reason && at->message == wanted.message)
    return false;
  *at = wanted;
  return true;
}

}  // namespace seatrial::controllers
