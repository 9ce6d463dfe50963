#include "sim/controllers/cronjob_math.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/wall_clock.h"

namespace seatrial::controllers {

using api::CronJob;
using api::CronSchedule;
using api::Job;

namespace {

// UTC for a zone that is not known: validation has refused it.
api::TimeZone zone_of(const CronJob& cron_job) {
  return api::TimeZone::find(cron_job.time_zone.value_or("")).value_or(api::TimeZone());
}

// The newest of the schedule's times from `from` on (without it) that has passed.
std::optional<SimTime> latest_after(const CronSchedule& schedule, SimTime from, SimTime now) {
  std::optional<SimTime> latest;
  for (auto at = schedule.next(from); at && *at <= now; at = schedule.next(*at)) latest = at;
  return latest;
}

bool starts_before(const JobPtr& a, const JobPtr& b) {
  const auto &one = a->status.start_time, &other = b->status.start_time;
  if (one == other) return a->metadata.name.view() < b->metadata.name.view();
  if (!one || !other) return one.has_value();
  return *one < *other;
}

void add_surplus(std::vector<JobPtr> finished, std::int32_t limit, std::vector<JobPtr>& surplus) {
  const auto keep = static_cast<std::size_t>(limit);
  if (finished.size() <= keep) return;
  std::ranges::sort(finished, starts_before);
  finished.resize(finished.size() - keep);
  surplus.insert(surplus.end(), finished.begin(), finished.end());
}

}  // namespace

std::expected<PassedStarts, std::string> passed_starts(const CronJob& cron_job, const CronSchedule& schedule,
                                                       SimTime now, bool within_deadline) {
  PassedStarts passed;
  passed.since = cron_job.status.last_schedule_time.value_or(cron_job.metadata.creation_timestamp);
  if (within_deadline && cron_job.starting_deadline_seconds)
    passed.since = std::max(passed.since, now - Duration::seconds(*cron_job.starting_deadline_seconds));
  const auto first = schedule.next(passed.since);
  if (first && now < *first) return passed;
  const auto second = first ? schedule.next(*first) : std::nullopt;
  if (second && now < *second) {
    passed.latest = first;
    return passed;
  }
  if (!second) return std::unexpected("time difference between two schedules is less than 1 second");
  const Duration interval = *second - *first;
  const std::int64_t missed = (now - *first) / interval + 1;
  // One interval earlier than the estimate, for schedules whose intervals differ.
  passed.latest = latest_after(schedule, *first + (missed - 2) * interval, now);
  passed.missed = missed > kManyMissed ? MissedStarts::kMany : MissedStarts::kFew;
  return passed;
}

Duration until_next_start(const CronJob& cron_job, const CronSchedule& schedule, SimTime now) {
  const auto passed = passed_starts(cron_job, schedule, now, false);
  SimTime from = now;
  if (passed && passed->latest) {
    from = *passed->latest;
  } else if (passed && passed->missed == MissedStarts::kNone) {
    from = passed->since;
  }
  const auto next = schedule.next(from);
  return next ? *next + kScheduleDelta - now : Duration();
}

bool is_too_late(const CronJob& cron_job, SimTime scheduled, SimTime now) {
  return cron_job.starting_deadline_seconds &&
         scheduled + Duration::seconds(*cron_job.starting_deadline_seconds) < now;
}

std::expected<CronSchedule, std::string> schedule_of(const CronJob& cron_job) {
  return CronSchedule::parse(cron_job.schedule, zone_of(cron_job));
}

std::string job_name(const CronJob& cron_job, SimTime scheduled) {
  return fmt::format("{}-{}", cron_job.metadata.name.view(), api::unix_minutes(scheduled));
}

Job job_for(const CronJob& cron_job, SimTime scheduled) {
  Job job;
  job.metadata.name = job_name(cron_job, scheduled);
  job.metadata.namespace_ = cron_job.metadata.namespace_;
  job.metadata.labels = cron_job.job_labels;
  api::LabelMap annotations = *cron_job.job_annotations;
  annotations.set(kScheduledTimestamp, zone_of(cron_job).time_text(scheduled));
  job.metadata.annotations = std::move(annotations);
  job.spec = cron_job.job_spec;
  job.source = cron_job.source;
  return job;
}

std::vector<JobPtr> jobs_beyond_history(const CronJob& cron_job, const std::vector<JobPtr>& jobs) {
  std::vector<JobPtr> completed, failed, surplus;
  for (const JobPtr& job : jobs) {
    const api::Condition* const finished = finished_condition(*job);
    if (finished) (finished->type == api::Symbol("Complete") ? completed : failed).push_back(job);
  }
  if (cron_job.successful_jobs_history_limit)
    add_surplus(std::move(completed), *cron_job.successful_jobs_history_limit, surplus);
  if (cron_job.failed_jobs_history_limit)
    add_surplus(std::move(failed), *cron_job.failed_jobs_history_limit, surplus);
  return surplus;
}

bool is_active(const CronJob::Status& status, api::Uid job) {
  return std::ranges::find(status.active, job, &CronJob::Active::uid) != status.active.end();
}

void remove_active(CronJob::Status& status, api::Uid job) {
  std::erase_if(status.active, [&](const CronJob::Active& active) { return active.uid == job; });
}

bool note_success(CronJob::Status& status, const Job& job) {
  if (!job.status.completion_time) return false;
  const api::Condition* const finished = finished_condition(job);
  if (!finished || finished->type != api::Symbol("Complete")) return false;
  if (status.last_successful_time && *job.status.completion_time <= *status.last_successful_time)
    return false;
  status.last_successful_time = job.status.completion_time;
  return true;
}

}  // namespace seatrial::controllers
