#include "sim/controllers/cronjob_math.h"

#include <gmock/gmock.h>

#include "sim/api/time_text.h"
#include "sim/api/wall_clock.h"

namespace seatrial::controllers {
namespace {

using namespace literals;
using api::CronJob;
using api::CronSchedule;
using testing::ElementsAre;
using testing::IsEmpty;

SimTime at(const char* text) { return *api::parse_time(text); }
CronSchedule schedule(const char* text) { return *CronSchedule::parse(text); }

CronJob created(const char* when) {
  CronJob cron_job;
  cron_job.metadata.name = "report";
  cron_job.metadata.namespace_ = "default";
  cron_job.metadata.creation_timestamp = at(when);
  cron_job.successful_jobs_history_limit = 3;
  cron_job.failed_jobs_history_limit = 1;
  return cron_job;
}

TEST(CronJobMath, NothingIsDueBeforeTheFirstTime) {
  const CronJob cron_job = created("2026-01-05T10:00:30Z");
  const auto passed = passed_starts(cron_job, schedule("* * * * *"), at("2026-01-05T10:00:59Z"), true);
  EXPECT_FALSE(passed->latest);
  EXPECT_EQ(passed->missed, MissedStarts::kNone);
  EXPECT_EQ(until_next_start(cron_job, schedule("* * * * *"), at("2026-01-05T10:00:30Z")), 30100_ms);
}

TEST(CronJobMath, OfSeveralMissedTimesTheNewestIsDue) {
  CronJob cron_job = created("2026-01-05T09:00:00Z");
  cron_job.status.last_schedule_time = at("2026-01-05T10:00:00Z");
  const auto passed = passed_starts(cron_job, schedule("*/10 * * * *"), at("2026-01-05T10:35:00Z"), true);
  EXPECT_EQ(passed->latest, at("2026-01-05T10:30:00Z"));
  EXPECT_EQ(passed->missed, MissedStarts::kFew);
  EXPECT_EQ(until_next_start(cron_job, schedule("*/10 * * * *"), at("2026-01-05T10:35:00Z")), 300100_ms);
}

TEST(CronJobMath, MoreThanAHundredMissedTimesAreSuspicious) {
  const CronJob cron_job = created("2026-01-05T00:00:00Z");
  const auto missed = [&](const char* now) {
    return passed_starts(cron_job, schedule("* * * * *"), at(now), true)->missed;
  };
  EXPECT_EQ(missed("2026-01-05T01:40:59Z"), MissedStarts::kFew);
  EXPECT_EQ(missed("2026-01-05T01:41:00Z"), MissedStarts::kMany);
  EXPECT_EQ(passed_starts(cron_job, schedule("* * * * *"), at("2026-01-05T01:41:00Z"), true)->latest,
            at("2026-01-05T01:41:00Z"));
}

TEST(CronJobMath, AStartingDeadlineForgetsWhatIsOlder) {
  CronJob cron_job = created("2026-01-05T00:00:00Z");
  cron_job.starting_deadline_seconds = 200;
  const auto passed = passed_starts(cron_job, schedule("0 * * * *"), at("2026-01-05T10:03:21Z"), true);
  EXPECT_FALSE(passed->latest);
  const auto in_time = passed_starts(cron_job, schedule("0 * * * *"), at("2026-01-05T10:03:19Z"), true);
  EXPECT_EQ(in_time->latest, at("2026-01-05T10:00:00Z"));
  EXPECT_EQ(in_time->missed, MissedStarts::kNone);
  EXPECT_FALSE(is_too_late(cron_job, at("2026-01-05T10:00:00Z"), at("2026-01-05T10:03:20Z")));
  EXPECT_TRUE(is_too_late(cron_job, at("2026-01-05T10:00:00Z"), at("2026-01-05T10:03:20.1Z")));
}

TEST(CronJobMath, IntervalsThatDifferOnlyMakeTheEstimateRough) {
  CronJob cron_job = created("2026-01-05T08:30:00Z");
  // 09:00 and 10:00 are an hour apart, 17:00 and 09:00 sixteen.
  const auto passed = passed_starts(cron_job, schedule("0 9-17 * * *"), at("2026-01-06T08:59:00Z"), true);
  EXPECT_EQ(passed->missed, MissedStarts::kFew);
  EXPECT_FALSE(passed->latest);  // the estimate looks from 07:00 on
  EXPECT_EQ(until_next_start(cron_job, schedule("0 9-17 * * *"), at("2026-01-06T08:59:00Z")), 60100_ms);
}

TEST(CronJobMath, AScheduleWithoutTimesIsAnError) {
  const CronJob cron_job = created("2026-01-05T00:00:00Z");
  const auto passed = passed_starts(cron_job, schedule("0 0 30 2 *"), at("2026-01-06T00:00:00Z"), true);
  ASSERT_FALSE(passed);
  EXPECT_EQ(passed.error(), "time difference between two schedules is less than 1 second");
}

TEST(CronJobMath, AJobIsNamedByItsMinuteAndAnnotatedWithItsTime) {
  const CronJob cron_job = created("2026-01-05T00:00:00Z");
  const api::Job job = job_for(cron_job, at("2026-01-05T10:00:00Z"));
  EXPECT_EQ(job.metadata.name.str(), "report-29460120");
  EXPECT_EQ(job.metadata.annotations->get(kScheduledTimestamp), "2026-01-05T10:00:00Z");
  EXPECT_EQ(api::rfc1123_text(at("2026-01-05T10:00:00Z")), "Mon, 05 Jan 2026 10:00:00 +0000");
}

JobPtr finished(const char* name, std::optional<SimTime> started, const char* condition) {
  auto job = std::make_shared<api::Job>();
  job->metadata.name = name;
  job->status.start_time = started;
  if (*condition != '\0') {
    api::Condition end;
    end.type = condition;
    end.status = api::ConditionStatus::kTrue;
    job->status.conditions = {end};
  }
  return job;
}

TEST(CronJobMath, TheOldestFinishedJobsAreTooMany) {
  CronJob cron_job = created("2026-01-05T00:00:00Z");
  cron_job.successful_jobs_history_limit = 1;
  const auto minute = [](int n) { return SimTime::at(Duration::seconds(60 * n)); };
  const std::vector<JobPtr> jobs{finished("c", minute(3), "Complete"), finished("a", minute(1), "Complete"),
                                 finished("b", minute(2), "Complete"), finished("f", minute(1), "Failed"),
                                 finished("r", minute(4), "")};
  std::vector<std::string> names;
  for (const JobPtr& job : jobs_beyond_history(cron_job, jobs)) names.push_back(job->metadata.name.str());
  EXPECT_THAT(names, ElementsAre("a", "b"));
  cron_job.successful_jobs_history_limit = 3;
  EXPECT_THAT(jobs_beyond_history(cron_job, jobs), IsEmpty());
  cron_job.failed_jobs_history_limit = 0;
  EXPECT_EQ(jobs_beyond_history(cron_job, jobs).front()->metadata.name.str(), "f");
}

}  // namespace
}  // namespace seatrial::controllers
