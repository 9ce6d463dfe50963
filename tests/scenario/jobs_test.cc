// Jobs on the kubelet that runs processes: their pods end, are restarted or replaced, and the Job finishes.
#include <gmock/gmock.h>

#include "sim/api/batch.h"
#include "sim/report/kubectl_table.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

constexpr const char* kScenario = R"(apiVersion: seatrial/v1
kind: Scenario
metadata: {name: small, description: a test}
spec:
  duration: 4m
  platform: platform.yaml
  apply: [task.yaml]
  images:
    task:1: BEHAVIOUR
)";
constexpr const char* kTask = R"(apiVersion: batch/v1
kind: Job
metadata: {name: task}
spec:
  backoffLimit: 2
  template:
    spec:
      restartPolicy: Never
      containers: [{name: task, image: "task:1"}]
)";

report::RunResult run_task(const std::string& behaviour, const std::string& manifest) {
  MemoryFiles files;
  files.add("s/platform.yaml", tests::kPlatform);
  files.add("s/task.yaml", manifest);
  files.add("s/scenario.yaml", tests::broken("BEHAVIOUR", behaviour, kScenario));
  auto loaded = load_scenario("s", files);
  EXPECT_TRUE(loaded) << loaded.error().front().str();
  auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  EXPECT_TRUE(result);
  return std::move(*result);
}

std::vector<std::string> phases(const report::RunResult& result) {
  std::vector<std::string> found;
  for (const report::PodRow& pod : result.pods) found.push_back(pod.last_phase);
  return found;
}
std::vector<std::string> events_of_job(const report::RunResult& result) {
  std::vector<std::string> found;
  for (const report::EventRow& event : result.events) {
    if (event.object == "job/task") found.push_back(event.reason);
  }
  return found;
}

TEST(JobsOnKubelets, CompleteWhenTheirProcessHasEnded) {
  const report::RunResult result = run_task("{exitsAfter: 30s}", kTask);
  EXPECT_THAT(phases(result), ElementsAre("Completed"));
  EXPECT_THAT(events_of_job(result), Contains("Completed"));
  EXPECT_THAT(result.findings, SizeIs(0));
}

TEST(JobsOnKubelets, ReplaceAPodThatFailedAndMayNotRestart) {
  const report::RunResult result = run_task("{exitsAfter: 1s, exitCode: 3}", kTask);
  EXPECT_THAT(phases(result), SizeIs(3));
  EXPECT_THAT(phases(result), Each("Error"));
  EXPECT_THAT(events_of_job(result), Contains("BackoffLimitExceeded"));
  EXPECT_GE(*result.pods[1].created - *result.pods[0].created, Duration::seconds(10));
  EXPECT_GE(*result.pods[2].created - *result.pods[1].created, Duration::seconds(20));
}

TEST(JobsOnKubelets, AContainerThatMayRestartUsesUpTheLimitInItsPod) {
  const report::RunResult result =
      run_task("{exitsAfter: 1s, exitCode: 3}",
               tests::broken("restartPolicy: Never", "restartPolicy: OnFailure", kTask));
  ASSERT_THAT(result.pods, SizeIs(1));
  EXPECT_EQ(result.pods.front().restarts, 2);
  EXPECT_TRUE(result.pods.front().gone);
  EXPECT_THAT(events_of_job(result), Contains("BackoffLimitExceeded"));
}

TEST(JobsOnKubelets, AnExpectationMayNameAJobThatACronJobWillMake) {
  const std::string cron_job = R"(apiVersion: batch/v1
kind: CronJob
metadata: {name: task}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: task, image: "task:1"}]}}}
)";
  const auto problems = [&](const std::string& job) {
    MemoryFiles files;
    files.add("s/platform.yaml", tests::kPlatform);
    files.add("s/task.yaml", cron_job);
    files.add("s/scenario.yaml", tests::broken("BEHAVIOUR", "{exitsAfter: 5s}", kScenario) +
                                     "  expect:\n    - {eventually: job/" + job + ", succeeded: \"= 1\"}\n");
    return tests::problems_of(files);
  };
  EXPECT_THAT(problems("task-29459521"), SizeIs(0));
  EXPECT_THAT(problems("task-x"), SizeIs(1));
  EXPECT_THAT(problems("tusk-29459521"), SizeIs(1));
}

// ---- kubectl get ----

std::shared_ptr<api::Job> a_job(std::optional<std::int32_t> completions, std::int32_t succeeded) {
  auto job = std::make_shared<api::Job>();
  job->metadata.name = "task";
  job->spec.completions = completions;
  job->spec.parallelism = 2;
  job->status.succeeded = succeeded;
  job->status.start_time = SimTime::at(Duration::seconds(5));
  return job;
}
std::string table(const std::shared_ptr<api::Object>& object) {
  return report::kubectl_table({object}, SimTime::at(Duration::seconds(65)), {});
}

TEST(KubectlGet, ShowsJobs) {
  const auto job = a_job(3, 1);
  EXPECT_EQ(table(job),
            "NAME   STATUS    COMPLETIONS   DURATION   AGE\n"
            "task   Running   1/3           60s        65s\n");
  api::Condition complete;
  complete.type = "Complete";
  complete.status = api::ConditionStatus::kTrue;
  job->status.conditions = {complete};
  job->status.succeeded = 3;
  job->status.completion_time = SimTime::at(Duration::seconds(25));
  EXPECT_EQ(table(job),
            "NAME   STATUS     COMPLETIONS   DURATION   AGE\n"
            "task   Complete   3/3           20s        65s\n");
  const auto any = a_job(std::nullopt, 0);
  any->status.start_time.reset();
  EXPECT_EQ(table(any),
            "NAME   STATUS    COMPLETIONS   DURATION   AGE\n"
            "task   Running   0/1 of 2                 65s\n");
}

TEST(KubectlGet, ShowsCronJobs) {
  auto cron_job = std::make_shared<api::CronJob>();
  cron_job->metadata.name = "task";
  cron_job->schedule = "*/5 * * * *";
  cron_job->time_zone = "Europe/London";
  cron_job->status.active = {{"task-29459520", {}}};
  cron_job->status.last_schedule_time = SimTime();
  EXPECT_EQ(table(cron_job),
            "NAME   SCHEDULE      TIMEZONE        SUSPEND   ACTIVE   LAST SCHEDULE   AGE\n"
            "task   */5 * * * *   Europe/London   False     1        65s             65s\n");
}

}  // namespace
}  // namespace seatrial::scenario
