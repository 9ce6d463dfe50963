// The Job controller: keeps as many pods active as parallelism and completions ask for, counts those that
// end, and decides when the Job has completed or failed.
//
// Changes of pods are gathered for a second before a Job is looked at. Sources:
// pkg/controller/job/job_controller.go; reference §6, observed.md 15-16, 35.

#include <fmt/format.h>

#include "sim/api/kinds.h"
#include "sim/controllers/controllers.h"
#include "sim/controllers/job_status.h"
#include "sim/controllers/replicaset_math.h"

namespace seatrial::controllers {

using api::Job;
using api::Kind;
using api::Pod;
using cluster::sync_key;

namespace {

using JobPtr = std::shared_ptr<const Job>;
constexpr Duration kBatchPeriod = Duration::seconds(1);
constexpr std::int32_t kMaxPodsPerSync = 500;

// ---- Reading ----

PodPtr pod_at(const Cache& cache, std::uint32_t index) { return cache.get<Pod>({index}); }

Pods candidates(const Cache& cache, const Job& job) {
  Pods pods;
  for (const std::uint32_t index : cache.controlled_by(Kind::kPod, job.metadata.uid))
    pods.push_back(pod_at(cache, index));
  for (const std::uint32_t index : cache.orphans(Kind::kPod, job.metadata.namespace_)) {
    if (job.spec.selector.matches(*pod_at(cache, index)->metadata.labels))
      pods.push_back(pod_at(cache, index));
  }
  return pods;
}

// ---- Creating and deleting ----

// What creating and deleting made of the numbers that the status shows.
struct Managed {
  std::int32_t active = 0, ready_removed = 0, terminating_added = 0;
  std::string failure;  // what went wrong; empty: nothing
  Duration wait;        // zero: no need to look again
};

ApiRequest creation(const Job& job, const JobView& view, std::optional<std::int32_t> index) {
  Pod pod;
  const api::PodTemplateSpec& made_from = *job.spec.template_;
  pod.metadata.generate_name = job.metadata.name.str() + "-";
  pod.metadata.namespace_ = job.metadata.namespace_;
  pod.metadata.labels = made_from.labels;
  pod.metadata.annotations = made_from.annotations;
  pod.metadata.owner_references = {controller_reference(job)};
  pod.metadata.finalizers = {kJobTracking};
  pod.spec = made_from.spec;
  pod.node_name = made_from.spec->node_name;
  pod.source = job.source;
  if (index) {
    const std::string number = std::to_string(*index), suffix = "-" + number + "-";
    pod.metadata.generate_name = job.metadata.name.str().substr(0, 58 - suffix.size()) + suffix;
    api::LabelMap labels = *made_from.labels, annotations = *made_from.annotations;
    labels.set(kCompletionIndex, number);
    annotations.set(kCompletionIndex, number);
    if (job.spec.backoff_limit_per_index) {
      const auto replaced = view.last_failed.find(*index);
      set_failure_counts(annotations, job.spec,
                         replaced == view.last_failed.end() ? nullptr : replaced->second.get());
    }
    pod.metadata.labels = labels;
    pod.metadata.annotations = annotations;
    api::PodSpec spec = *made_from.spec;
    spec.hostname = job.metadata.name.str() + "-" + number;
    // In a cluster a reference to the label; here what the process finds there.
    for (auto* const containers : {&spec.init_containers, &spec.containers}) {
      for (api::Container& container : *containers)
        container.env.push_back({"JOB_COMPLETION_INDEX", number, {}, {}});
    }
    pod.spec = api::Shared<api::PodSpec>(std::move(spec));
  }
  return request(Verb::kCreate, pod);
}

Step<Managed> create_pods(Sync& sync, const JobPtr& job, const JobView& view,
                          const std::vector<std::optional<std::int32_t>>& indexes) {
  const cluster::SyncKey key = sync_key(sync.key());
  const auto count = static_cast<std::int32_t>(indexes.size());
  Managed managed{static_cast<std::int32_t>(view.active.size()), 0, 0, {}, {}};
  if (count == 0) return managed;
  sync.once([&] { sync.expectations().expect_creations(key, count, sync.now()); });
  SlowStart slow_start(count);
  while (const std::int32_t batch = slow_start.batch()) {
    const std::vector<ApiResult>* const results = sync.write_all([&] {
      std::vector<Write> writes;
      for (std::int32_t i = slow_start.calls(); i < slow_start.calls() + batch; ++i) {
        writes.push_back({creation(*job, view, indexes[static_cast<std::size_t>(i)]),
                          {job, false, "SuccessfulCreate", "Created pod: {name}", {}},
                          {}});
      }
      return writes;
    });
    if (!results) return pending();
    std::int32_t failures = 0;
    for (const ApiResult& result : *results) {
      // In a terminating namespace every creation fails; nobody is told.
      if (result || is_namespace_terminating(result.error())) continue;
      ++failures;
      if (managed.failure.empty()) managed.failure = result.error().message;
      sync.event({job, true, "FailedCreate", "Error creating: " + result.error().message, {}});
    }
    slow_start.done(failures);
  }
  // What was not made will not be seen.
  sync.once([&] {
    for (std::int32_t i = slow_start.successes(); i < count; ++i) sync.expectations().creation_observed(key);
  });
  managed.active += slow_start.successes();
  return managed;
}

// Deletes the pods; `counted` ones keep their finalizer until they are counted, others lose it first.
Step<Managed> delete_pods(Sync& sync, const JobPtr& job, const Pods& pods, std::int32_t active,
                          bool counted) {
  const cluster::SyncKey key = sync_key(sync.key());
  Managed managed{active, 0, 0, {}, {}};
  if (pods.empty()) return managed;
  if (!counted) {
    sync.once([&] {
      std::set<std::uint32_t> indexes;
      for (const PodPtr& pod : pods) indexes.insert(pod->index);
      sync.expectations().expect_deletions(key, std::move(indexes), sync.now());
    });
    const std::vector<ApiResult>* const patched = sync.write_all([&] {
      std::vector<Write> writes;
      for (const PodPtr& pod : pods) writes.push_back({finalizer_request(*pod, kJobTracking), {}, {}});
      return writes;
    });
    if (!patched) return pending();
  }
  const std::vector<ApiResult>* const results = sync.write_all([&] {
    std::vector<Write> writes;
    for (const PodPtr& pod : pods)
      writes.push_back(
          {delete_request(*pod), {job, false, "SuccessfulDelete", "Deleted pod: {name}", {}}, {}});
    return writes;
  });
  if (!results) return pending();
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const ApiResult& result = (*results)[i];
    if (!result) sync.once([&] { sync.expectations().deletion_observed(key, pods[i]->index); });
    if (!result && !is_not_found(result.error())) {
      if (managed.failure.empty()) managed.failure = result.error().message;
      sync.event({job, true, "FailedDelete", "Error deleting: " + result.error().message, {}});
      continue;
    }
    --managed.active;
    ++managed.terminating_added;
    managed.ready_removed += is_pod_ready(*pods[i]) ? 1 : 0;
  }
  return managed;
}

// manageJob: nearer to the number of active pods that is wanted, by deleting or by creating.
Step<Managed> manage(Sync& sync, const JobPtr& job, const JobView& view, SimTime now) {
  const auto active = static_cast<std::int32_t>(view.active.size());
  const std::int32_t wanted = is_suspended(*job) ? 0 : wanted_active(job->spec, view.succeeded, active);
  Pods surplus =
      pods_for_removal(job->spec, view.active, static_cast<std::size_t>(std::max(0, active - wanted)));
  if (surplus.size() > static_cast<std::size_t>(kMaxPodsPerSync) && !is_suspended(*job))
    surplus.resize(kMaxPodsPerSync);
  if (is_suspended(*job) || !surplus.empty()) return delete_pods(sync, job, surplus, active, false);
  const std::int32_t missing = wanted - active - (replaces_only_failed(job->spec) ? view.terminating : 0);
  if (missing <= 0) return Managed{active, 0, 0, {}, {}};
  const Creation plan = plan_creation(job->spec, view, std::min(missing, kMaxPodsPerSync), now);
  // While it waits, the controller says that nothing is active.
  if (plan.wait > Duration()) return Managed{0, 0, 0, {}, plan.wait};
  return create_pods(sync, job, view, plan.indexes);
}

// ---- Deciding, once the pods are managed ----

bool is_complete(const Job& job, const JobView& view, std::int32_t active) {
  if (active > 0) return false;
  return job.spec.completions ? view.succeeded >= *job.spec.completions : view.succeeded > 0;
}

// The condition Suspended, and its event; whether it changed. A suspended Job has no start; one that is
// resumed starts anew, and so does its deadline.
bool update_suspended(Sync& sync, const JobPtr& job, Job::Status& status, SimTime now) {
  const bool suspended = is_suspended(*job);
  api::Condition wanted = job_condition("Suspended", suspended ? "JobSuspended" : "JobResumed",
                                        suspended ? "Job suspended" : "Job resumed", now);
  if (!suspended) wanted.status = api::ConditionStatus::kFalse;
  if (!ensure_condition(status.conditions, wanted)) return false;
  sync.event({job, false, suspended ? "Suspended" : "Resumed", wanted.message, {}});
  status.start_time.reset();
  if (!suspended) status.start_time = now.whole_second();
  return true;
}

bool has_too_many_successes(const Job& job) {
  return job.spec.completions && job.status.succeeded > *job.spec.completions &&
         finished_condition(job)->type == api::Symbol("Complete");
}

EventSpec finish_event(const JobPtr& job, const api::Condition& finished) {
  if (finished.type == api::Symbol("Complete")) return {job, false, "Completed", "Job completed", {}};
  return {job, true, finished.reason, finished.message, {}};
}

Step<JobPtr> write_status(Sync& sync, const Job& job, const Job::Status& status) {
  return write<Job>(sync, [&] {
    Job next = job;
    next.status = status;
    return request(Verb::kUpdateStatus, next);
  });
}

// Takes the finalizer off; the pods that still have one, sorted.
Step<std::vector<api::Uid>> release(Sync& sync, const JobView& view, const Pods& pods, std::string& failure) {
  std::set<api::Uid> tracked;
  for (const PodPtr& pod : view.pods) {
    if (has_tracking_finalizer(*pod)) tracked.insert(pod->metadata.uid);
  }
  if (!pods.empty()) {
    const std::vector<ApiResult>* const results = sync.write_all([&] {
      std::vector<Write> writes;
      for (const PodPtr& pod : pods) writes.push_back({finalizer_request(*pod, kJobTracking), {}, {}});
      return writes;
    });
    if (!results) return pending();
    for (std::size_t i = 0; i < pods.size(); ++i) {
      const ApiResult& result = (*results)[i];
      if (result || is_not_found(result.error())) {
        tracked.erase(pods[i]->metadata.uid);
      } else if (failure.empty()) {
        failure = result.error().message;
      }
    }
  }
  return std::vector<api::Uid>(tracked.begin(), tracked.end());
}

// Status, finalizers, status: trackJobStatusAndRemoveFinalizers.
Step<Done> write_progress(Sync& sync, JobPtr job, const JobView& view, const Tracking& tracking) {
  Job::Status status = tracking.status;
  if (tracking.needs_write) {
    const auto written = write_status(sync, *job, status);
    if (!written) return std::unexpected(written.error());
    job = *written;
    sync.once([&] { sync.failures()[sync_key(sync.key())] = view.failures; });
  }
  std::string failure;
  const auto tracked = release(sync, view, tracking.release, failure);
  if (!tracked) return std::unexpected(tracked.error());
  bool changed = count_released(status, *tracked);
  const bool finished =
      failure.empty() && tracking.finished && !tracking.more && finish(status, *tracking.finished);
  changed |= finished;
  if (changed) {
    const auto written = write_status(sync, *job, status);
    if (!written) return std::unexpected(written.error());
    if (finished && has_too_many_successes(**written)) {
      sync.event({*written, true, "TooManySucceededPods", "Too many succeeded pods recorded", {}});
    }
    if (finished) sync.event(finish_event(*written, *tracking.finished));
  }
  if (!failure.empty()) return std::unexpected(SyncResult::failed("tracking status: " + failure));
  return Done();
}

// ---- The sync of a Job ----

Duration sooner(Duration a, Duration b) { return a == Duration() ? b : b == Duration() ? a : std::min(a, b); }

// What a sync has decided: status and terminal condition before tracking.
struct Decision {
  JobView view;
  Job::Status status;
  bool changed = false;
  Managed managed;
};

Step<Decision> decide(Sync& sync, const JobPtr& job, JobView view, bool may_act, SimTime now) {
  Decision decision{std::move(view), job->status, false, {}};
  JobView& seen = decision.view;
  const auto active = static_cast<std::int32_t>(seen.active.size());
  decision.managed.active = active;
  if (seen.finished) {
    const auto deleted = delete_pods(sync, job, seen.active, active, true);
    if (!deleted) return std::unexpected(deleted.error());
    decision.managed = *deleted;
    // Pods that could not be deleted, or are not seen yet, must be waited for.
    if (decision.managed.active > 0 || !may_act) seen.finished.reset();
    return decision;
  }
  const bool manages = may_act && !job->metadata.deletion_timestamp;
  if (manages) {
    const auto managed = manage(sync, job, seen, now);
    if (!managed) return std::unexpected(managed.error());
    decision.managed = *managed;
  }
  if (is_complete(*job, seen, decision.managed.active)) {
    seen.finished = job_condition("SuccessCriteriaMet", "CompletionsReached",
                                  "Reached expected number of succeeded pods", now);
  } else if (manages) {
    decision.changed = update_suspended(sync, job, decision.status, now);
  }
  return decision;
}

SyncResult sync_unfinished(Sync& sync, const JobPtr& stored) {
  const bool may_act = sync.pin([&] { return sync.expectations_satisfied(); });
  const auto& found = sync.pin([&] { return candidates(sync.cache(), *stored); });
  const auto claimed = claim<Pod>(sync, *stored, stored->spec.selector, found, kJobTracking);
  if (!claimed) return claimed.error();
  const SimTime now = sync.pin([&] { return sync.now(); });
  const auto& job = sync.pin([&]() -> JobPtr {
    Job started = *stored;
    if (!started.status.start_time && !is_suspended(started)) started.status.start_time = now.whole_second();
    return std::make_shared<const Job>(std::move(started));
  });
  const auto& view =
      sync.pin([&] { return look_at(*job, *claimed, sync.failures()[sync_key(sync.key())], now); });
  auto decided = decide(sync, job, view, may_act, now);
  if (!decided) return decided.error();
  Job::Status& status = decided->status;
  const Managed& managed = decided->managed;
  const std::int32_t ready = view.ready - managed.ready_removed,
                     terminating = view.terminating + managed.terminating_added;
  const bool changed = decided->changed || managed.active != status.active || status.ready != ready ||
                       status.terminating != terminating;
  status.active = managed.active;
  status.ready = ready;
  status.terminating = terminating;
  const auto& tracking = sync.pin([&] { return track(*job, decided->view, status, changed, now); });
  if (const auto written = write_progress(sync, job, decided->view, tracking); !written)
    return written.error();
  if (!managed.failure.empty()) return SyncResult::failed(managed.failure);
  return SyncResult::done(sooner(managed.wait, view.deadline_after.value_or(Duration())));
}

// A pod whose Job is gone or has finished must not be held by the finalizer.
SyncResult sync_orphan(Sync& sync) {
  const auto& pod = sync.pin([&] { return api::as<Pod>(sync.cache().get(sync.key())); });
  if (!pod || !has_tracking_finalizer(*pod)) return SyncResult::done();
  const bool is_owned = sync.pin([&] {
    const auto job = api::as<Job>(sync.cache().get(controller_in(sync.cache(), *pod, Kind::kJob)));
    return job && !finished_condition(*job);
  });
  if (is_owned) return SyncResult::done();
  const ApiResult* const result = sync.write([&] { return finalizer_request(*pod, kJobTracking); });
  if (!result) return SyncResult::pending();
  if (!*result && !is_not_found(result->error())) return SyncResult::failed(result->error().message);
  return SyncResult::done();
}

// ---- What a change concerns ----

void enqueue_held_pods(const Change& change, Enqueue& enqueue) {
  for (const std::uint32_t index : change.cache.controlled_by(Kind::kPod, change.object->metadata.uid)) {
    const PodPtr pod = pod_at(change.cache, index);
    if (has_tracking_finalizer(*pod)) enqueue.add(pod->ref());
  }
}

void job_itself_changed(const Change& change, Enqueue& enqueue) {
  const auto& job = static_cast<const Job&>(*change.object);
  if (change.type == ChangeType::kDeleted) {
    enqueue.add(job.ref());
    return enqueue_held_pods(change, enqueue);
  }
  // Status changes are mostly the controller's own.
  if (change.type == ChangeType::kModified && change.old->metadata.generation == job.metadata.generation) {
    enqueue.add_after(job.ref(), kBatchPeriod);
  } else {
    enqueue.add(job.ref());
  }
  if (finished_condition(job)) enqueue_held_pods(change, enqueue);
}

void job_pod_changed(const Change& change, Enqueue& enqueue) {
  const auto& pod = static_cast<const Pod&>(*change.object);
  const api::ObjectRef owner = controller_in(change.cache, pod, Kind::kJob);
  if (!owner.valid()) {
    if (has_tracking_finalizer(pod) && change.type != ChangeType::kDeleted) enqueue.add(pod.ref());
    if (pod.metadata.controller_ref() || change.type == ChangeType::kDeleted) return;
    for (const std::uint32_t index : change.cache.in_namespace(Kind::kJob, pod.metadata.namespace_)) {
      const auto& job = static_cast<const Job&>(*change.cache.all(Kind::kJob)[index]);
      if (!job.spec.selector.empty() && job.spec.selector.matches(*pod.metadata.labels))
        enqueue.add_after(job.ref(), kBatchPeriod);
    }
    return;
  }
  const auto& job = static_cast<const Job&>(*change.cache.all(Kind::kJob)[owner.index]);
  if (finished_condition(job)) {
    if (has_tracking_finalizer(pod)) enqueue.add(pod.ref());
    return;
  }
  const bool is_going = change.type == ChangeType::kDeleted || pod.metadata.deletion_timestamp.has_value();
  if (is_going) enqueue.expectations().deletion_observed(sync_key(owner), pod.index);
  if (change.type == ChangeType::kAdded && !is_going)
    enqueue.expectations().creation_observed(sync_key(owner));
  enqueue.add_after(owner, kBatchPeriod);
}

}  // namespace

void job_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kJob) return job_itself_changed(change, enqueue);
  if (change.object->kind == Kind::kPod) job_pod_changed(change, enqueue);
}

SyncResult sync_job(Sync& sync) {
  if (sync.key().kind == Kind::kPod) return sync_orphan(sync);
  const auto& job = sync.pin([&] { return api::as<Job>(sync.cache().get(sync.key())); });
  if (!job || finished_condition(*job)) {
    sync.once([&] {
      sync.failures().erase(sync_key(sync.key()));
      if (!job) sync.expectations().forget(sync_key(sync.key()));
    });
    return SyncResult::done();
  }
  if (!job->spec.managed_by.empty() && job->spec.managed_by != api::Symbol("kubernetes.io/job-controller"))
    return SyncResult::done();
  return sync_unfinished(sync, job);
}

}  // namespace seatrial::controllers
