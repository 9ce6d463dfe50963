// Jobs played on a cluster whose pods run for exact times.
#include <gmock/gmock.h>

#include "sim/api/batch.h"
#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::Job;
using api::Pod;
using api::PodPhase;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Annotations = api::LabelMap;
const Annotations kCompletes{{"hollow.example/complete-after-ms", "5000"}},
    kFails{{"hollow.example/fail-after-ms", "1000"}};

std::shared_ptr<Job> task(const Annotations& annotations, std::int32_t parallelism = 1,
                          std::int32_t completions = 1) {
  auto job = std::make_shared<Job>();
  job->metadata.name = "task";
  job->metadata.namespace_ = "default";
  job->spec.parallelism = parallelism;
  job->spec.completions = completions;
  job->spec.template_ = TestCluster::deployment("task", 1, "task:1")->template_;
  job->spec.template_.edit().annotations = annotations;
  job->spec.template_.edit().spec.edit().restart_policy = api::RestartPolicy::kNever;
  return job;
}

std::size_t count(const TestCluster& cluster, PodPhase phase) {
  return static_cast<std::size_t>(
      std::ranges::count_if(cluster.all<Pod>(), [&](const auto& pod) { return pod->status.phase == phase; }));
}

TEST(Jobs, RunUntilAllCompletionsAreThere) {
  TestCluster cluster(2);
  const auto job = cluster.create(task(kCompletes, 2, 3));
  cluster.run(3_s);
  EXPECT_EQ(cluster.get<Job>(job)->status.active, 2);
  EXPECT_EQ(cluster.get<Job>(job)->status.ready, 2);
  cluster.run(20_s);
  const Job::Status status = cluster.get<Job>(job)->status;
  EXPECT_EQ(status.succeeded, 3);
  EXPECT_EQ(status.active, 0);
  ASSERT_TRUE(status.completion_time);
  EXPECT_EQ(cluster.condition<Job>(job, "SuccessCriteriaMet"), "True CompletionsReached");
  EXPECT_EQ(cluster.condition<Job>(job, "Complete"), "True CompletionsReached");
  EXPECT_EQ(count(cluster, PodPhase::kSucceeded), 3U);
  for (const auto& pod : cluster.all<Pod>()) EXPECT_THAT(pod->metadata.finalizers, IsEmpty());
  EXPECT_THAT(cluster.events("Job"), Contains("Completed Job completed"));
}

TEST(Jobs, AFailedPodIsReplacedAfterABackOffUntilTheLimit) {
  TestCluster cluster(2);
  const auto wanted = task(kFails);
  wanted->spec.backoff_limit = 2;
  const auto job = cluster.create(wanted);
  cluster.run(8_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(1));
  cluster.run(8_s);  // 10 s after the failure
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(2));
  cluster.run(15_s);  // the second wait is 20 s
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(2));
  cluster.run(20_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(3));
  EXPECT_EQ(cluster.condition<Job>(job, "FailureTarget"), "True BackoffLimitExceeded");
  EXPECT_EQ(cluster.condition<Job>(job, "Failed"), "True BackoffLimitExceeded");
  EXPECT_EQ(cluster.get<Job>(job)->status.failed, 3);
  EXPECT_THAT(cluster.events("Job"),
              Contains("BackoffLimitExceeded Job has reached the specified backoff limit"));
  cluster.run(300_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(3));
}

TEST(Jobs, OneThatTakesTooLongFailsAndItsPodsGo) {
  TestCluster cluster(1);
  const auto wanted = task({});
  wanted->spec.active_deadline_seconds = 10;
  const auto job = cluster.create(wanted);
  cluster.run(9_s);
  EXPECT_EQ(cluster.get<Job>(job)->status.active, 1);
  cluster.run(6_s);
  EXPECT_EQ(cluster.condition<Job>(job, "Failed"), "True DeadlineExceeded");
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
}

TEST(Jobs, ASuspendedOneHasNoPodsUntilItIsResumed) {
  TestCluster cluster(1);
  const auto wanted = task(kCompletes);
  wanted->spec.suspend = true;
  const auto job = cluster.create(wanted);
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
  EXPECT_EQ(cluster.condition<Job>(job, "Suspended"), "True JobSuspended");
  EXPECT_FALSE(cluster.get<Job>(job)->status.start_time);
  cluster.edit<Job>(job, [](Job& next) { next.spec.suspend = false; });
  cluster.run(10_s);
  EXPECT_EQ(cluster.condition<Job>(job, "Suspended"), "False JobResumed");
  EXPECT_EQ(cluster.condition<Job>(job, "Complete"), "True CompletionsReached");
}

TEST(Jobs, OneThatIsSuspendedWhileItRunsLosesItsStartUntilItIsResumed) {
  TestCluster cluster(1);
  const auto job = cluster.create(task({{"hollow.example/complete-after-ms", "60000"}}));
  cluster.run(5_s);
  const auto started = cluster.get<Job>(job)->status.start_time;
  EXPECT_TRUE(started);
  cluster.edit<Job>(job, [](Job& next) { next.spec.suspend = true; });
  cluster.run(5_s);
  EXPECT_FALSE(cluster.get<Job>(job)->status.start_time);
  cluster.edit<Job>(job, [](Job& next) { next.spec.suspend = false; });
  cluster.run(5_s);
  EXPECT_GT(cluster.get<Job>(job)->status.start_time, started);
}

TEST(Jobs, IndexedPodsKnowTheirIndexAndAFailedOneIsTriedAgain) {
  TestCluster cluster(2);
  const auto wanted = task({{"hollow.example/fail-after-ms", "1000"},
                            {"hollow.example/fail-index", "1"},
                            {"hollow.example/fail-first", "1"},
                            {"hollow.example/complete-after-ms", "3000"}},
                           3, 3);
  wanted->spec.completion_mode = api::CompletionMode::kIndexed;
  const auto job = cluster.create(wanted);
  cluster.run(30_s);
  std::vector<std::string> indexes;
  for (const auto& pod : cluster.all<Pod>()) {
    const std::string index(pod->metadata.annotations->get("batch.kubernetes.io/job-completion-index"));
    indexes.push_back(index + " " + std::string(to_string(pod->status.phase)));
    EXPECT_EQ(pod->spec->hostname.str(), "task-" + index);
  }
  EXPECT_THAT(indexes, ElementsAre("0 Succeeded", "1 Failed", "2 Succeeded", "1 Succeeded"));
  EXPECT_EQ(cluster.get<Job>(job)->status.completed_indexes, "0-2");
  EXPECT_EQ(cluster.get<Job>(job)->status.failed, 1);
}

TEST(Jobs, FinishedOnesGoWhenTheirTimeIsOver) {
  TestCluster cluster(1);
  const auto wanted = task(kCompletes);
  wanted->spec.ttl_seconds_after_finished = 10;
  cluster.create(wanted);
  cluster.run(12_s);
  ASSERT_THAT(cluster.all<Job>(), SizeIs(1));
  cluster.run(12_s);
  EXPECT_THAT(cluster.all<Job>(), IsEmpty());
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
}

TEST(Jobs, DeletingOneDeletesItsPods) {
  TestCluster cluster(1);
  const auto job = cluster.create(task({}));
  cluster.run(5_s);
  ASSERT_THAT(cluster.all<Pod>(), SizeIs(1));
  ASSERT_TRUE(cluster.remove(job).has_value());
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<Job>(), IsEmpty());
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
}

TEST(Jobs, NothingIsWrittenOnceOneHasFinished) {
  TestCluster cluster(1);
  const auto job = cluster.create(task(kCompletes));
  cluster.run(20_s);
  ASSERT_EQ(cluster.condition<Job>(job, "Complete"), "True CompletionsReached");
  const std::uint64_t before = cluster.version(), syncs = cluster.manager.syncs();
  cluster.manager.enqueue(cluster.kernel, cluster.server, cluster.manager.controller("job-controller"),
                          cluster::sync_key(job->ref()), JournalId::kNone);
  cluster.run(5_s);
  EXPECT_GT(cluster.manager.syncs(), syncs);
  EXPECT_EQ(cluster.version(), before);
}

}  // namespace
}  // namespace seatrial::controllers
