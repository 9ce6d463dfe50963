// CronJobs played on a cluster; its clock starts on a whole minute.
#include <gmock/gmock.h>

#include "sim/api/batch.h"
#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::ConcurrencyPolicy;
using api::CronJob;
using api::Job;
using api::Pod;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Duration kMinute = 60_s;

// A CronJob of each minute, whose Jobs run for that many milliseconds.
std::shared_ptr<CronJob> each_minute(const char* run_ms,
                                     ConcurrencyPolicy policy = ConcurrencyPolicy::kAllow) {
  auto cron_job = std::make_shared<CronJob>();
  cron_job->metadata.name = "report";
  cron_job->metadata.namespace_ = "default";
  cron_job->schedule = "* * * * *";
  cron_job->concurrency_policy = policy;
  cron_job->job_labels = api::LabelMap{{"app", "report"}};
  cron_job->job_spec.template_ = TestCluster::deployment("report", 1, "report:1")->template_;
  cron_job->job_spec.template_.edit().annotations =
      api::LabelMap{{"hollow.example/complete-after-ms", run_ms}};
  cron_job->job_spec.template_.edit().spec.edit().restart_policy = api::RestartPolicy::kNever;
  return cron_job;
}

// Their names without the CronJob's, as minutes since the clock's start.
std::vector<int> minutes_of_jobs(const TestCluster& cluster) {
  constexpr int kStart = 29459520;  // 2026-01-05T00:00Z
  std::vector<int> minutes;
  for (const auto& job : cluster.all<Job>())
    minutes.push_back(std::stoi(job->metadata.name.str().substr(7)) - kStart);
  return minutes;
}

TEST(CronJobs, StartAJobAtEachTimeOfTheirSchedule) {
  TestCluster cluster(2);
  const auto cron_job = cluster.create(each_minute("5000"));
  cluster.run(kMinute - 1_s);  // until 00:01:00
  EXPECT_THAT(cluster.all<Job>(), IsEmpty());
  cluster.run(1_s);
  ASSERT_THAT(minutes_of_jobs(cluster), ElementsAre(1));
  const auto job = cluster.all<Job>().front();
  EXPECT_EQ(job->metadata.name.str(), "report-29459521");
  EXPECT_EQ(job->metadata.controller_ref()->uid, cron_job->metadata.uid);
  EXPECT_EQ(job->metadata.labels->get("app"), "report");
  EXPECT_EQ(job->metadata.annotations->get("batch.kubernetes.io/cronjob-scheduled-timestamp"),
            "2026-01-05T00:01:00Z");
  const CronJob::Status running = cluster.get<CronJob>(cron_job)->status;
  ASSERT_THAT(running.active, SizeIs(1));
  EXPECT_EQ(running.active.front().uid, job->metadata.uid);
  EXPECT_EQ(running.last_schedule_time, SimTime::at(kMinute));
  cluster.run(20_s);
  const CronJob::Status done = cluster.get<CronJob>(cron_job)->status;
  EXPECT_THAT(done.active, IsEmpty());
  EXPECT_EQ(done.last_successful_time, cluster.get<Job>(job)->status.completion_time);
  EXPECT_THAT(cluster.events("CronJob"),
              ElementsAre("SuccessfulCreate Created job report-29459521",
                          "SawCompletedJob Saw completed job: report-29459521, condition: Complete"));
}

TEST(CronJobs, WithAllowJobsMayOverlap) {
  TestCluster cluster(2);
  const auto cron_job = cluster.create(each_minute("150000"));
  cluster.run(3 * kMinute + 1_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(1, 2, 3));
  EXPECT_THAT(cluster.get<CronJob>(cron_job)->status.active, SizeIs(3));
}

TEST(CronJobs, WithForbidATimeIsMadeUpForWhenTheJobBeforeHasEnded) {
  TestCluster cluster(2);
  cluster.create(each_minute("90000", ConcurrencyPolicy::kForbid));
  cluster.run(2 * kMinute + 1_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(1));
  EXPECT_THAT(cluster.events("CronJob"), Contains("JobAlreadyActive Not starting job because prior execution "
                                                  "is running and concurrency policy is Forbid"));
  cluster.run(40_s);  // until 2:41; it ended at 2:31
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(1, 2));
}

TEST(CronJobs, AStartingDeadlineLeavesOutWhatForbidHeldBackTooLong) {
  TestCluster cluster(2);
  const auto wanted = each_minute("90000", ConcurrencyPolicy::kForbid);
  wanted->starting_deadline_seconds = 20;
  cluster.create(wanted);
  cluster.run(3 * kMinute + 1_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(1, 3));
}

TEST(CronJobs, WithReplaceTheRunningJobGoes) {
  TestCluster cluster(2);
  const auto cron_job = cluster.create(each_minute("90000", ConcurrencyPolicy::kReplace));
  cluster.run(2 * kMinute + 5_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(2));
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(1));
  EXPECT_THAT(cluster.get<CronJob>(cron_job)->status.active, SizeIs(1));
  EXPECT_THAT(cluster.events("CronJob"), Contains("SuccessfulDelete Deleted job report-29459521"));
}

TEST(CronJobs, HistoryBeyondTheLimitsGoes) {
  TestCluster cluster(2);
  const auto wanted = each_minute("5000");
  wanted->successful_jobs_history_limit = 2;
  cluster.create(wanted);
  cluster.run(5 * kMinute + 30_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(4, 5));
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(2));
}

TEST(CronJobs, ASuspendedOneStartsNothingAndThenOnlyTheNewestMissedTime) {
  TestCluster cluster(1);
  const auto wanted = each_minute("5000");
  wanted->suspend = true;
  const auto cron_job = cluster.create(wanted);
  cluster.run(3 * kMinute + 30_s);
  EXPECT_THAT(cluster.all<Job>(), IsEmpty());
  cluster.edit<CronJob>(cron_job, [](CronJob& next) { next.suspend = false; });
  cluster.run(1_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(3));
  cluster.run(kMinute);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(3, 4));
}

TEST(CronJobs, AfterMoreThanAHundredMissedTimesOneIsWarned) {
  TestCluster cluster(1);
  const auto wanted = each_minute("5000");
  wanted->suspend = true;
  const auto cron_job = cluster.create(wanted);
  cluster.run(101 * kMinute + 30_s);
  cluster.edit<CronJob>(cron_job, [](CronJob& next) { next.suspend = false; });
  cluster.run(1_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(101));
  EXPECT_THAT(cluster.events("CronJob"),
              Contains("TooManyMissedTimes too many missed start times. Set or decrease "
                       ".spec.startingDeadlineSeconds or check clock skew"));
}

TEST(CronJobs, ANewScheduleCountsFromThenOn) {
  TestCluster cluster(1);
  const auto wanted = each_minute("5000");
  wanted->schedule = "0 * * * *";
  const auto cron_job = cluster.create(wanted);
  cluster.run(90_s);
  cluster.edit<CronJob>(cron_job, [](CronJob& next) { next.schedule = "*/2 * * * *"; });
  cluster.run(20_s);
  EXPECT_THAT(cluster.all<Job>(), IsEmpty());
  cluster.run(20_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(2));
}

TEST(CronJobs, AJobThatIsRefusedIsTriedAgain) {
  TestCluster cluster(1);
  auto quota = std::make_shared<api::ResourceQuota>();
  quota->metadata.name = "jobs";
  quota->metadata.namespace_ = "default";
  quota->hard = {{"count/jobs.batch", api::Quantity::from_value(0)}};
  const auto stored = cluster.create(quota);
  cluster.run(5_s);
  const auto cron_job = cluster.create(each_minute("5000"));
  cluster.run(kMinute + 5_s);
  EXPECT_THAT(cluster.all<Job>(), IsEmpty());
  EXPECT_THAT(cluster.events("CronJob"), Contains(testing::HasSubstr("FailedCreate Error creating job: ")));
  EXPECT_FALSE(cluster.get<CronJob>(cron_job)->status.last_schedule_time);
  ASSERT_TRUE(cluster.remove(stored).has_value());
  cluster.run(30_s);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(1));
}

TEST(CronJobs, AJobThatIsDeletedByHandIsMissed) {
  TestCluster cluster(1);
  const auto cron_job = cluster.create(each_minute("500000", ConcurrencyPolicy::kForbid));
  cluster.run(kMinute + 5_s);
  ASSERT_THAT(cluster.all<Job>(), SizeIs(1));
  ASSERT_TRUE(cluster.remove(cluster.all<Job>().front()).has_value());
  cluster.run(5_s);
  EXPECT_THAT(cluster.get<CronJob>(cron_job)->status.active, IsEmpty());
  EXPECT_THAT(cluster.events("CronJob"), Contains("MissingJob Active job went missing: report-29459521"));
  cluster.run(kMinute);
  EXPECT_THAT(minutes_of_jobs(cluster), ElementsAre(2));
}

TEST(CronJobs, DeletingOneDeletesItsJobsAndTheirPods) {
  TestCluster cluster(1);
  const auto cron_job = cluster.create(each_minute("500000"));
  cluster.run(kMinute + 5_s);
  ASSERT_THAT(cluster.all<Pod>(), SizeIs(1));
  ASSERT_TRUE(cluster.remove(cron_job).has_value());
  cluster.run(10_s);
  EXPECT_THAT(cluster.all<Job>(), IsEmpty());
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
}

TEST(CronJobs, NothingIsWrittenBetweenTwoTimes) {
  TestCluster cluster(1);
  const auto cron_job = cluster.create(each_minute("5000"));
  cluster.run(kMinute + 20_s);
  const std::uint64_t before = cluster.version(), syncs = cluster.manager.syncs();
  cluster.manager.enqueue(cluster.kernel, cluster.server, cluster.manager.controller("cronjob-controller"),
                          cluster::sync_key(cron_job->ref()), JournalId::kNone);
  cluster.run(5_s);
  EXPECT_GT(cluster.manager.syncs(), syncs);
  EXPECT_EQ(cluster.version(), before);
}

}  // namespace
}  // namespace seatrial::controllers
