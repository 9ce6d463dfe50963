#include "sim/controllers/job_math.h"

#include <gmock/gmock.h>

#include "tests/controllers/cases.h"

namespace seatrial::controllers {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::IsEmpty;

PodPtr pod(api::PodPhase phase, Duration ended = {}, std::int32_t exit_code = 0) {
  auto made = std::make_shared<api::Pod>();
  made->metadata.name = "task-abcde";
  made->metadata.namespace_ = "default";
  made->status.phase = phase;
  api::ContainerStatus status;
  status.name = "task";
  if (phase == api::PodPhase::kSucceeded || phase == api::PodPhase::kFailed) {
    api::ContainerStateTerminated end;
    end.exit_code = exit_code;
    end.finished_at = SimTime::at(ended);
    status.state = end;
  } else {
    status.state = api::ContainerStateRunning{SimTime()};
  }
  made->status.container_statuses = {status};
  return made;
}

api::JobSpec spec(std::int32_t parallelism, std::optional<std::int32_t> completions) {
  api::JobSpec made;
  made.parallelism = parallelism;
  made.completions = completions;
  made.backoff_limit = 6;
  return made;
}

TEST(JobMath, TheWaitDoublesWithEachFailureUpToItsMaximum) {
  for_each_row("job-backoff", [](const CaseRow& row) {
    const Duration left =
        remaining_backoff(number(row, "failures"), Duration::seconds(number(row, "elapsedSinceLastFailure")),
                          Duration::seconds(number(row, "default")), Duration::seconds(number(row, "max")));
    EXPECT_EQ(left, Duration::seconds(number(row, "remaining")));
  });
  EXPECT_EQ(remaining_backoff(3, 15_s), 25_s);
  EXPECT_EQ(remaining_backoff(40, 0_s), 600_s);
}

TEST(JobMath, FailuresCountFromTheLastSuccessOn) {
  const PodPtr early = pod(api::PodPhase::kFailed, 10_s, 1), late = pod(api::PodPhase::kFailed, 30_s, 1);
  const FailureRecord before{2, SimTime::at(5_s)};
  const FailureRecord more = count_failures(before, {}, {early, late});
  EXPECT_EQ(more.failures, 4);
  EXPECT_EQ(more.last, SimTime::at(30_s));
  const FailureRecord anew = count_failures(before, {pod(api::PodPhase::kSucceeded, 20_s)}, {early, late});
  EXPECT_EQ(anew.failures, 1);
  EXPECT_EQ(anew.last, SimTime::at(30_s));
  EXPECT_EQ(count_failures(before, {pod(api::PodPhase::kSucceeded, 40_s)}, {}).failures, 0);
}

TEST(JobMath, NoMorePodsAreWantedThanCompletionsAreMissing) {
  EXPECT_EQ(wanted_active(spec(3, 7), 0, 0), 3);
  EXPECT_EQ(wanted_active(spec(3, 7), 5, 0), 2);
  EXPECT_EQ(wanted_active(spec(3, 7), 7, 0), 0);
  // Without completions, nothing is started after the first success; what runs goes on.
  EXPECT_EQ(wanted_active(spec(3, std::nullopt), 0, 1), 3);
  EXPECT_EQ(wanted_active(spec(3, std::nullopt), 1, 2), 2);
}

TEST(JobMath, ATerminatingPodHasFailedUnlessOnlyFailedOnesAreReplaced) {
  auto going = std::make_shared<api::Pod>(*pod(api::PodPhase::kRunning));
  going->metadata.deletion_timestamp = SimTime::at(5_s);
  api::JobSpec job = spec(1, 1);
  EXPECT_TRUE(is_pod_failed(*going, job));
  job.pod_replacement_policy = api::PodReplacementPolicy::kFailed;
  EXPECT_FALSE(is_pod_failed(*going, job));
  going->status.phase = api::PodPhase::kFailed;
  EXPECT_TRUE(is_pod_failed(*going, job));
}

TEST(JobMath, TheFirstRuleOfAFailurePolicyThatMatchesDecides) {
  api::JobSpec job = spec(1, 1);
  api::PodFailurePolicyRule fail, ignore;
  fail.action = api::PodFailurePolicyAction::kFailJob;
  fail.on_exit_codes = api::PodFailurePolicyOnExitCodes{{}, "In", {42}};
  ignore.action = api::PodFailurePolicyAction::kIgnore;
  ignore.on_exit_codes = api::PodFailurePolicyOnExitCodes{{}, "NotIn", {1}};
  job.pod_failure_policy = {fail, ignore};
  EXPECT_EQ(match_pod_failure_policy(job, *pod(api::PodPhase::kFailed, 1_s, 42)).fail_job,
            "Container task for pod default/task-abcde failed with exit code 42 matching FailJob rule at "
            "index 0");
  const PolicyMatch ignored = match_pod_failure_policy(job, *pod(api::PodPhase::kFailed, 1_s, 7));
  EXPECT_FALSE(ignored.fail_job);
  EXPECT_FALSE(ignored.counts);
  EXPECT_TRUE(match_pod_failure_policy(job, *pod(api::PodPhase::kFailed, 1_s, 1)).counts);
}

TEST(JobMath, RestartsOfPodsThatLiveReachTheLimitNotPassIt) {
  api::JobSpec job = spec(1, 1);
  api::PodSpec pod_spec;
  pod_spec.restart_policy = api::RestartPolicy::kOnFailure;
  api::PodTemplateSpec template_;
  template_.spec = std::move(pod_spec);
  job.template_ = std::move(template_);
  job.backoff_limit = 2;
  auto restarted = std::make_shared<api::Pod>(*pod(api::PodPhase::kRunning));
  restarted->status.container_statuses.front().restart_count = 1;
  EXPECT_FALSE(past_backoff_limit_on_failure(job, {restarted}));
  restarted->status.container_statuses.front().restart_count = 2;
  EXPECT_TRUE(past_backoff_limit_on_failure(job, {restarted}));
}

TEST(JobMath, IndexesAreWrittenAsRuns) {
  EXPECT_EQ(indexes_text({0, 2, 3, 5, 6, 7}), "0,2,3,5-7");
  EXPECT_THAT(parse_indexes("0,2-4,9", 5), ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(parse_indexes("", 5), IsEmpty());
  const IndexSet done{0, 2};
  EXPECT_THAT(first_pending_indexes({&done}, 2, 4), ElementsAre(1, 3));
}

}  // namespace
}  // namespace seatrial::controllers
