// The arithmetic of the CronJob controller: which start is due, when to look again, which finished Jobs are
// too many, and what a Job looks like. Of values only.
//
// Sources: pkg/controller/cronjob/utils.go, cronjob_controllerv2.go; reference §6.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/batch.h"
#include "sim/api/cron_schedule.h"

namespace seatrial::controllers {

// A CronJob is looked at so long after each of its times, so that the time has certainly passed.
inline constexpr Duration kScheduleDelta = Duration::millis(100);
// More starts than these missed at once are suspected to be a clock that is wrong.
inline constexpr std::int64_t kManyMissed = 100;
inline constexpr const char* kScheduledTimestamp = "batch.kubernetes.io/cronjob-scheduled-timestamp";

enum class MissedStarts : std::uint8_t { kNone, kFew, kMany };

// What of the schedule has passed since the last start (or since the CronJob's creation).
struct PassedStarts {
  SimTime since;
  std::optional<SimTime> latest;  // the newest time that has passed; none if none has
  MissedStarts missed = MissedStarts::kNone;
};
// `within_deadline`: what is older than startingDeadlineSeconds counts as if it had never been. How many were
// missed is an estimate from the first two: "0 8-17 * * *" has an interval of one hour, also over night.
// The error: the schedule names times that do not exist, as 30 February.
std::expected<PassedStarts, std::string> passed_starts(const api::CronJob& cron_job,
                                                       const api::CronSchedule& schedule, SimTime now,
                                                       bool within_deadline);

// How long until the controller must look again. At 10:00:00.2 for a CronJob of each minute that started at
// 10:00: 59.9 s.
Duration until_next_start(const api::CronJob& cron_job, const api::CronSchedule& schedule, SimTime now);

// Whether a start at `scheduled` comes later than startingDeadlineSeconds allows.
bool is_too_late(const api::CronJob& cron_job, SimTime scheduled, SimTime now);

// The schedule in the CronJob's time zone; the parser's error.
std::expected<api::CronSchedule, std::string> schedule_of(const api::CronJob& cron_job);

// NAME-MINUTES since 1970: two attempts at one start make the same name.
std::string job_name(const api::CronJob& cron_job, SimTime scheduled);
api::Job job_for(const api::CronJob& cron_job, SimTime scheduled);

// Jobs that have finished beyond the history limits, those that started first first; first those that
// completed, then those that failed.
using JobPtr = std::shared_ptr<const api::Job>;
std::vector<JobPtr> jobs_beyond_history(const api::CronJob& cron_job, const std::vector<JobPtr>& jobs);

// Of the list of active Jobs.
bool is_active(const api::CronJob::Status& status, api::Uid job);
void remove_active(api::CronJob::Status& status, api::Uid job);
// The time of the last success, where the Job's is newer; whether it was.
bool note_success(api::CronJob::Status& status, const api::Job& job);

}  // namespace seatrial::controllers
