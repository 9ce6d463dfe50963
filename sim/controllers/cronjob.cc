// The CronJob controller: makes a Job at each time of a schedule, and keeps account of those that run.
//
// It wakes kScheduleDelta after each time. Of several missed times only the newest is started. A start that
// concurrencyPolicy Forbid held back is made up for when the running Job has finished, if no newer time has
// passed and startingDeadlineSeconds allows it. Sources: pkg/controller/cronjob/cronjob_controllerv2.go;
// reference §6, observed.md 17.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "sim/api/wall_clock.h"
#include "sim/controllers/controllers.h"
#include "sim/controllers/cronjob_math.h"

namespace seatrial::controllers {

using api::CronJob;
using api::CronSchedule;
using api::Job;
using api::Kind;

namespace {

using CronJobPtr = std::shared_ptr<const CronJob>;

// What a sync has made of the CronJob so far: the version that it goes by, and the status to be written.
struct Account {
  CronJobPtr cron_job;
  CronJob::Status status;
  bool changed = false;

  // The CronJob with the status as it now is.
  CronJob current() const {
    CronJob next = *cron_job;
    next.status = status;
    return next;
  }
};

// When to look again, or why that is open.
struct Outcome {
  Duration again;     // zero: only when something changes
  std::string error;  // not empty: try again
};

// All that name it as their controller.
std::vector<JobPtr> jobs_of(const Cache& cache, const CronJob& cron_job) {
  std::vector<JobPtr> jobs;
  for (const std::uint32_t index : cache.in_namespace(Kind::kJob, cron_job.metadata.namespace_)) {
    JobPtr job = cache.get<Job>({index});
    const api::OwnerReference* const owner = job->metadata.controller_ref();
    if (owner && owner->name == cron_job.metadata.name) jobs.push_back(std::move(job));
  }
  return jobs;
}

ApiRequest get_job(const CronJob& cron_job, api::Symbol name) {
  Job named;
  named.metadata.namespace_ = cron_job.metadata.namespace_;
  named.metadata.name = name;
  return request(Verb::kGet, named);
}

void report(Sync& sync, const Account& account, bool warning, const char* reason, std::string message) {
  sync.event({account.cron_job, warning, reason, std::move(message), {}});
}

// Deletes the Job and takes it off the list; whether that was possible.
Step<bool> delete_job(Sync& sync, Account& account, const Job& job) {
  const ApiResult* const result = sync.write([&] { return delete_request(job); });
  if (!result) return pending();
  if (!*result) {
    report(sync, account, true, "FailedDelete", "Deleted job: " + result->error().message);
    return false;
  }
  remove_active(account.status, job.metadata.uid);
  account.changed = true;
  report(sync, account, false, "SuccessfulDelete", "Deleted job " + job.metadata.name.str());
  return true;
}

// ---- What has become of its Jobs ----

// A Job that is neither listed nor finished: either our list is old, or somebody else made it.
Step<Done> meet_unlisted(Sync& sync, Account& account, const Job& job) {
  const auto stored = write<CronJob>(sync, [&] { return get_request(*account.cron_job); });
  if (!stored) return std::unexpected(stored.error());
  if (is_active((*stored)->status, job.metadata.uid)) {
    account.cron_job = *stored;
    account.status = (*stored)->status;
  } else {
    report(sync, account, true, "UnexpectedJob",
           "Saw a job that the controller did not create or forgot: " + job.metadata.name.str());
  }
  return Done();
}

// Sorted, to be searched: a CronJob whose Jobs never end has thousands.
std::vector<api::Uid> listed_in(const CronJob::Status& status) {
  std::vector<api::Uid> uids;
  uids.reserve(status.active.size());
  for (const CronJob::Active& active : status.active) uids.push_back(active.uid);
  std::ranges::sort(uids);
  return uids;
}

Step<Done> account_for_jobs(Sync& sync, Account& account, const std::vector<JobPtr>& jobs) {
  std::vector<api::Uid> uids = listed_in(account.status);
  for (const JobPtr& job : jobs) {
    const bool listed = std::ranges::binary_search(uids, job->metadata.uid);
    const api::Condition* const finished = finished_condition(*job);
    if (!finished && !listed) {
      if (const auto met = meet_unlisted(sync, account, *job); !met) return met;
      uids = listed_in(account.status);
    }
    if (finished && listed) {
      remove_active(account.status, job->metadata.uid);
      account.changed = true;
      report(sync, account, false, "SawCompletedJob",
             fmt::format("Saw completed job: {}, condition: {}", job->metadata.name.view(),
                         finished->type.view()));
    }
    account.changed |= note_success(account.status, *job);
  }
  return Done();
}

// Those that the cache does not know are looked for in the store: its watch may be late.
Step<Done> drop_missing(Sync& sync, Account& account, const std::vector<JobPtr>& jobs) {
  const std::vector<CronJob::Active> listed = account.status.active;
  std::vector<api::Uid> known;
  known.reserve(jobs.size());
  for (const JobPtr& job : jobs) known.push_back(job->metadata.uid);
  std::ranges::sort(known);
  for (const CronJob::Active& active : listed) {
    if (std::ranges::binary_search(known, active.uid)) continue;
    const ApiResult* const found = sync.write([&] { return get_job(*account.cron_job, active.name); });
    if (!found) return pending();
    if (*found) continue;
    if (!is_not_found(found->error())) return failed(found->error());
    report(sync, account, false, "MissingJob", "Active job went missing: " + active.name.str());
    remove_active(account.status, active.uid);
    account.changed = true;
  }
  return Done();
}

// ---- Starting ----

// concurrencyPolicy Replace: those that run go. The error of a Job that cannot.
Step<std::string> replace_running(Sync& sync, Account& account) {
  const std::vector<CronJob::Active> running = account.status.active;
  for (const CronJob::Active& active : running) {
    const ApiResult* const found = sync.write([&] { return get_job(*account.cron_job, active.name); });
    if (!found) return pending();
    if (!*found) {
      report(sync, account, true, "FailedGet", "Get job: " + found->error().message);
      return found->error().message;
    }
    const auto deleted = delete_job(sync, account, static_cast<const Job&>(***found));
    if (!deleted) return std::unexpected(deleted.error());
    if (!*deleted) {
      return fmt::format("could not replace job {}/{}", account.cron_job->metadata.namespace_.view(),
                         active.name.view());
    }
  }
  return std::string();
}

// The Job of that time, made now or by an earlier attempt; null if it is somebody else's or listed already.
Step<JobPtr> made_before(Sync& sync, const Account& account, const Job& wanted) {
  const auto stored = write<Job>(sync, [&] { return get_job(*account.cron_job, wanted.metadata.name); });
  if (!stored) return std::unexpected(stored.error());
  const api::OwnerReference* const owner = (*stored)->metadata.controller_ref();
  if (!owner || owner->uid != account.cron_job->metadata.uid) return nullptr;
  return is_active(account.status, (*stored)->metadata.uid) ? nullptr : *stored;
}

Step<Outcome> start(Sync& sync, Account& account, const CronSchedule& schedule, SimTime scheduled,
                    SimTime now) {
  if (account.cron_job->concurrency_policy == api::ConcurrencyPolicy::kReplace) {
    auto error = replace_running(sync, account);
    if (!error) return std::unexpected(error.error());
    if (!error->empty()) return Outcome{{}, std::move(*error)};
  }
  Job wanted = job_for(*account.cron_job, scheduled);
  wanted.metadata.owner_references = {controller_reference(*account.cron_job)};
  const ApiResult* const made = sync.write([&] { return request(Verb::kCreate, wanted); });
  if (!made) return pending();
  JobPtr job;
  if (*made) {
    job = api::as<Job>(**made);
    report(sync, account, false, "SuccessfulCreate", "Created job " + job->metadata.name.str());
  } else if (is_already_exists(made->error())) {
    const auto before = made_before(sync, account, wanted);
    if (!before) return std::unexpected(before.error());
    if (!*before) return Outcome();
    job = *before;
  } else {
    if (!is_namespace_terminating(made->error()))
      report(sync, account, true, "FailedCreate", "Error creating job: " + made->error().message);
    return Outcome{{}, made->error().message};
  }
  account.status.active.push_back({job->metadata.name, job->metadata.uid});
  account.status.last_schedule_time = scheduled;
  account.changed = true;
  return Outcome{until_next_start(account.current(), schedule, now), {}};
}

// Whether the newest time that has passed is to be started now; says why not, where somebody should know.
bool may_start(Sync& sync, const Account& account, const CronJob& cron_job, SimTime scheduled, SimTime now) {
  if (is_too_late(cron_job, scheduled, now)) {
    report(sync, account, true, "MissSchedule",
           "Missed scheduled time to start a job: " + api::rfc1123_text(scheduled));
    return false;
  }
  const api::Symbol name = job_name(cron_job, scheduled);
  const bool is_listed =
      std::ranges::find(cron_job.status.active, name, &CronJob::Active::name) != cron_job.status.active.end();
  if (is_listed || cron_job.status.last_schedule_time == scheduled) return false;
  if (cron_job.concurrency_policy == api::ConcurrencyPolicy::kForbid && !cron_job.status.active.empty()) {
    report(sync, account, false, "JobAlreadyActive",
           "Not starting job because prior execution is running and concurrency policy is Forbid");
    return false;
  }
  return true;
}

Step<Outcome> follow_schedule(Sync& sync, Account& account, SimTime now) {
  const CronJob cron_job = account.current();
  if (cron_job.metadata.deletion_timestamp || cron_job.suspend) return Outcome();
  const auto schedule = schedule_of(cron_job);
  if (!schedule) {
    report(sync, account, true, "UnparseableSchedule",
           fmt::format("unparseable schedule: \"{}\" : {}", cron_job.schedule, schedule.error()));
    return Outcome();
  }
  const auto passed = passed_starts(cron_job, *schedule, now, true);
  if (!passed) {
    report(sync, account, true, "InvalidSchedule",
           fmt::format("invalid schedule: {} : {}", cron_job.schedule, passed.error()));
    return Outcome();
  }
  if (passed->latest && passed->missed == MissedStarts::kMany) {
    report(sync, account, true, "TooManyMissedTimes",
           "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew");
  }
  if (passed->latest && may_start(sync, account, cron_job, *passed->latest, now))
    return start(sync, account, *schedule, *passed->latest, now);
  return Outcome{until_next_start(cron_job, *schedule, now), {}};
}

Step<Outcome> reconcile(Sync& sync, Account& account, const std::vector<JobPtr>& jobs) {
  for (const JobPtr& job : jobs_beyond_history(*account.cron_job, jobs)) {
    if (const auto deleted = delete_job(sync, account, *job); !deleted)
      return std::unexpected(deleted.error());
  }
  const SimTime now = sync.pin([&] { return sync.now(); });
  if (const auto done = account_for_jobs(sync, account, jobs); !done) return std::unexpected(done.error());
  if (const auto done = drop_missing(sync, account, jobs); !done) return std::unexpected(done.error());
  return follow_schedule(sync, account, now);
}

}  // namespace

void cronjob_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kJob) {
    const api::ObjectRef owner = controller_in(change.cache, *change.object, Kind::kCronJob);
    const api::ObjectRef before =
        change.old ? controller_in(change.cache, *change.old, Kind::kCronJob) : api::ObjectRef();
    if (before.valid() && before != owner) enqueue.add(before);
    if (owner.valid()) enqueue.add(owner);
    return;
  }
  const auto& cron_job = static_cast<const CronJob&>(*change.object);
  const auto* const old = static_cast<const CronJob*>(change.old);
  const bool is_rescheduled = change.type == ChangeType::kModified && old &&
                              (old->schedule != cron_job.schedule || old->time_zone != cron_job.time_zone);
  if (!is_rescheduled) return enqueue.add(cron_job.ref());
  if (const auto schedule = schedule_of(cron_job))
    enqueue.add_after(cron_job.ref(), until_next_start(cron_job, *schedule, change.now));
}

SyncResult sync_cronjob(Sync& sync) {
  const auto& cron_job = sync.pin([&] { return api::as<CronJob>(sync.cache().get(sync.key())); });
  if (!cron_job) return SyncResult::done();
  const auto& jobs = sync.pin([&] { return jobs_of(sync.cache(), *cron_job); });
  Account account{cron_job, cron_job->status, false};
  const auto outcome = reconcile(sync, account, jobs);
  // A sync that fails on the way writes down what it has found out all the same.
  if (!outcome && outcome.error().status == SyncStatus::kPending) return outcome.error();
  if (account.changed) {
    const auto written =
        write<CronJob>(sync, [&] { return request(Verb::kUpdateStatus, account.current()); });
    if (!written) return written.error();
  }
  if (!outcome) return outcome.error();
  return outcome->error.empty() ? SyncResult::done(outcome->again) : SyncResult::failed(outcome->error);
}

}  // namespace seatrial::controllers
