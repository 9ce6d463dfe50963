// A node whose memory runs short, and one that is shut down: what the kubelet does to its pods.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/kubelet/shutdown_math.h"
#include "tests/cluster/world.h"

namespace seatrial::cluster {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;

constexpr std::int64_t kMi = 1 << 20;

ImageBehaviour taking(std::int64_t idle, std::int64_t growth = 0, std::optional<std::int64_t> max = {}) {
  ImageBehaviour behaviour;
  behaviour.memory = MemoryUse{idle, 0, growth, 1_s, max};
  return behaviour;
}

// Images app:1 (600Mi), steady:1 (100Mi) and leak:1 (5Mi a second up to 380Mi) on a node of 1000Mi.
struct Pressed : World {
  explicit Pressed(KubeletConfig config = images(), std::int64_t memory = 1000 * kMi)
      : World(std::move(config), 1, memory) {}
  static KubeletConfig images() {
    KubeletConfig config = with(taking(600 * kMi));
    config.images["steady:1"] = taking(100 * kMi);
    config.images["leak:1"] = taking(0, 5 * kMi, 380 * kMi);
    return config;
  }
  void app() {
    pod("containers: [{name: app, image: 'app:1', resources: {requests: {memory: 700Mi}}}]", "app");
  }
  void leak() { pod("containers: [{name: leak, image: 'leak:1'}]", "leak"); }
  const api::PodStatus& status(const char* name) const { return named(name).status; }
};

TEST(NodePressure, APodIsEvictedThatUsesMoreThanItRequests) {
  Pressed world;
  world.app();
  world.leak();
  world.run_until(61_s);
  EXPECT_EQ(world.message("Evicted"), "");
  // 100Mi must stay free: after 61 s of the leak they do not, and within ten seconds somebody looks.
  world.run_until(76_s);
  const SimTime ended = world.records(RecordType::kEndedByKubelet).at(0);
  EXPECT_THAT(ended, AllOf(Ge(at(61_s)), Le(at(72_s))));
  EXPECT_EQ(world.message("EvictionThresholdMet"), "Attempting to reclaim memory");
  const api::PodStatus& status = world.status("leak");
  EXPECT_EQ(status.phase, api::PodPhase::kFailed);
  EXPECT_EQ(status.reason.str(), "Evicted");
  EXPECT_EQ(status.message, world.message("Evicted"));
  EXPECT_THAT(status.message,
              testing::MatchesRegex("The node was low on resource: memory\\. Threshold quantity: 100Mi, "
                                    "available: [0-9]+Mi\\. Container leak was using [0-9]+Mi, request is 0, "
                                    "has larger consumption of memory\\. "));
  const api::Condition* target = api::find_condition(status.conditions, "DisruptionTarget");
  ASSERT_NE(target, nullptr);
  EXPECT_EQ(target->reason.str(), "TerminationByKubelet");
  EXPECT_EQ(target->message, status.message);
  EXPECT_EQ(world.status("app").phase, api::PodPhase::kRunning);
  EXPECT_FALSE(world.named("leak").metadata.deletion_timestamp);
}

TEST(NodePressure, TheNodeSaysSoUntilFiveMinutesHavePassed) {
  Pressed world;
  world.app();
  world.leak();
  world.run_until(60_s);
  EXPECT_EQ(world.node_condition("MemoryPressure").status, api::ConditionStatus::kFalse);
  world.run_until(85_s);
  EXPECT_EQ(world.node_condition("MemoryPressure").status, api::ConditionStatus::kTrue);
  EXPECT_EQ(world.node_condition("MemoryPressure").reason.str(), "KubeletHasInsufficientMemory");
  EXPECT_EQ(world.message("NodeHasInsufficientMemory"),
            "Node node-1 status is now: NodeHasInsufficientMemory");
  const SimTime met = world.records(RecordType::kEndedByKubelet).at(0);
  world.run_until(met - SimTime() + 295_s);
  EXPECT_EQ(world.node_condition("MemoryPressure").status, api::ConditionStatus::kTrue);
  world.run_until(met - SimTime() + 325_s);
  EXPECT_EQ(world.node_condition("MemoryPressure").status, api::ConditionStatus::kFalse);
  EXPECT_THAT(world.reasons(), Contains("NodeHasSufficientMemory"));
  // Nothing can come short any more, so nobody looks.
  const std::uint64_t before = world.kernel.events_fired();
  world.run_until(3600_s);
  EXPECT_EQ(world.kernel.events_fired(), before);
}

TEST(NodePressure, BestEffortPodsAreNotAdmittedMeanwhile) {
  Pressed world;
  world.app();
  world.leak();
  world.run_until(90_s);
  world.pod("containers: [{name: app, image: 'steady:1'}]", "late");
  world.pod("containers: [{name: app, image: 'steady:1', resources: {requests: {cpu: 1m}}}]", "burstable");
  world.run_until(95_s);
  EXPECT_EQ(world.status("late").phase, api::PodPhase::kFailed);
  EXPECT_EQ(world.status("late").reason.str(), "Evicted");
  EXPECT_EQ(world.status("late").message, "Pod was rejected: The node had condition: [MemoryPressure]. ");
  EXPECT_THAT(world.status("late").conditions, IsEmpty());
  EXPECT_EQ(world.status("burstable").phase, api::PodPhase::kRunning);
  world.ref = world.api.store().find(api::Kind::kPod, "ns", "late");
  world.remove(30);
  world.run_until(96_s);
  EXPECT_EQ(world.stored(), nullptr);
}

TEST(NodePressure, OnePodForEachCheckUntilItIsGone) {
  KubeletConfig config = Pressed::images();
  config.images["app:1"] = taking(301 * kMi);
  config.images["app:1"].on_sigterm = OnSigterm::kIgnore;
  Pressed world(std::move(config));
  for (const char* name : {"a", "b", "c"}) world.pod("containers: [{name: app, image: 'app:1'}]", name);
  world.run_until(25_s);
  const std::vector<SimTime> ended = world.records(RecordType::kEndedByKubelet);
  ASSERT_EQ(ended.size(), 1u);  // of 903Mi, and 100Mi are to stay
  world.pod("containers: [{name: app, image: 'app:1', resources: {requests: {cpu: 1m}}}]", "d");
  world.run_until(60_s);
  EXPECT_EQ(world.records(RecordType::kEndedByKubelet).size(), 2u);
}

TEST(NodePressure, AProcessThatExitsWithZeroLeavesItsPodSucceeded) {
  KubeletConfig config = Pressed::images();
  config.images["leak:1"].on_sigterm = OnSigterm::kDrain;
  Pressed world(std::move(config));
  world.app();
  world.leak();
  world.run_until(80_s);
  EXPECT_EQ(world.status("leak").phase, api::PodPhase::kSucceeded);
  EXPECT_TRUE(world.status("leak").reason.empty());
  EXPECT_NE(api::find_condition(world.status("leak").conditions, "DisruptionTarget"), nullptr);
}

TEST(NodePressure, AConditionThatOthersSetBeforeIsReplaced) {
  Pressed world;
  world.app();
  world.leak();
  world.run_until(20_s);
  ApiRequest mark;
  mark.verb = Verb::kPatchConditions;
  mark.ref = world.ref;
  mark.conditions = {
      {"DisruptionTarget", api::ConditionStatus::kTrue, "EvictionByEvictionAPI", {}, {}, at(20_s), {}}};
  ASSERT_TRUE(world.api.execute(world.kernel, mark).has_value());
  world.run_until(80_s);
  std::vector<std::string> reasons;
  for (const api::Condition& condition : world.status("leak").conditions)
    if (condition.type == "DisruptionTarget") reasons.push_back(condition.reason.str());
  EXPECT_THAT(reasons, ElementsAre("TerminationByKubelet"));
}

TEST(NodePressure, CriticalPodsStay) {
  Pressed world;
  world.pod("priorityClassName: system-cluster-critical, containers: [{name: app, image: 'app:1'}]",
            "critical");
  world.pod("containers: [{name: app, image: 'steady:1', resources: {requests: {memory: 200Mi}}}]", "within");
  world.leak();
  world.run_until(300_s);
  EXPECT_EQ(world.status("critical").phase, api::PodPhase::kRunning);
  EXPECT_EQ(world.status("leak").phase, api::PodPhase::kFailed);
}

TEST(NodePressure, TheKernelKillsWhatCannotWait) {
  KubeletConfig config = Pressed::images();
  config.images["burst:1"] = taking(500 * kMi);
  Pressed world(std::move(config));
  world.app();
  world.run_until(21_s);
  world.pod("containers: [{name: burst, image: 'burst:1'}]", "burst");
  world.run_until(24_s);
  // 1100Mi of 1000Mi: nobody waits for the next check. The one without a request has the most points.
  ASSERT_THAT(world.records(RecordType::kOutOfMemory), Not(IsEmpty()));
  world.run_until(25_s);
  EXPECT_EQ(world.status("burst").container_statuses.at(0).last_termination->reason.str(), "OOMKilled");
  EXPECT_EQ(world.status("app").container_statuses.at(0).restart_count, 0);
}

TEST(NodePressure, NobodyLooksWhereNothingCanComeShort) {
  KubeletConfig config = Pressed::images();
  config.images["app:1"].memory->per_request = kMi;  // 1040 requests would be more than there is …
  Pressed world(std::move(config));
  world.pod("containers: [{name: app, image: 'app:1', resources: {limits: {memory: 800Mi}}}]", "app");
  world.pod("containers: [{name: app, image: 'steady:1'}]", "steady");
  world.run_until(120_s);
  const std::uint64_t before = world.kernel.events_fired();
  world.run_until(3600_s);
  EXPECT_EQ(world.kernel.events_fired(), before);  // … but its limit and the other's use leave 100Mi
}

TEST(NodePressure, AThresholdOfZeroEvictsNobody) {
  KubeletConfig config = Pressed::images();
  config.eviction_hard_memory = {};
  Pressed world(std::move(config));
  world.app();
  world.leak();
  world.run_until(300_s);
  EXPECT_THAT(world.records(RecordType::kEndedByKubelet), IsEmpty());
}

// ---- Graceful shutdown

struct GroupRow {
  const char* name;
  Duration period, critical;
  std::vector<ShutdownPod> pods;
  std::vector<std::pair<Duration, std::vector<std::uint32_t>>> groups;
};

class ShutdownGroups : public testing::TestWithParam<GroupRow> {};

TEST_P(ShutdownGroups, AreTheKubelets) {
  const GroupRow& row = GetParam();
  std::vector<std::pair<Duration, std::vector<std::uint32_t>>> groups;
  for (const ShutdownGroup& group : shutdown_groups(row.period, row.critical, row.pods))
    groups.emplace_back(group.grace, group.pods);
  EXPECT_EQ(groups, row.groups);
}

INSTANTIATE_TEST_SUITE_P(Rows, ShutdownGroups,
                         testing::Values(GroupRow{"CriticalOnesLast",
                                                  60_s,
                                                  20_s,
                                                  {{1, true}, {2, false}, {3, true}, {4, false}},
                                                  {{40_s, {2, 4}}, {20_s, {1, 3}}}},
                                         GroupRow{
                                             "NobodyIsCritical", 60_s, 20_s, {{1, false}}, {{40_s, {1}}}},
                                         GroupRow{"AllAreCritical", 60_s, 20_s, {{1, true}}, {{20_s, {1}}}},
                                         GroupRow{"AllTimeIsForCriticalOnes",
                                                  20_s,
                                                  20_s,
                                                  {{1, false}, {2, true}},
                                                  {{Duration(), {1}}, {20_s, {2}}}},
                                         GroupRow{"Nobody", 60_s, 20_s, {}, {}}),
                         [](const auto& row) { return row.param.name; });

TEST(ShutdownGrace, IsTheLesser) {
  EXPECT_EQ(grace_in_shutdown(40_s, 30), 30);
  EXPECT_EQ(grace_in_shutdown(40_s, 120), 40);
  EXPECT_EQ(grace_in_shutdown(40_s, {}), 40);
}

struct ShutDown : World {
  explicit ShutDown(Duration period = 60_s, OnSigterm on_sigterm = OnSigterm::kExit)
      : World(config_of(period, on_sigterm)) {
    pod("terminationGracePeriodSeconds: 30, containers: [{name: app, image: 'app:1'}]", "web");
    pod("priorityClassName: system-cluster-critical, terminationGracePeriodSeconds: 30, containers: [{name: "
        "app, image: 'app:1'}]",
        "critical");
    run_until(20_s);
    kubelet.shut_down_node(kernel, api, *this, "node-1", JournalId::kNone);
  }
  static KubeletConfig config_of(Duration period, OnSigterm on_sigterm) {
    ImageBehaviour behaviour;
    behaviour.on_sigterm = on_sigterm;
    KubeletConfig config = with(behaviour);
    config.shutdown_grace_period = period;
    config.shutdown_grace_period_critical_pods = period / 4;
    return config;
  }
};

TEST(NodeShutdown, PodsEndAndThenTheMachine) {
  ShutDown world;
  world.run_until(21_s);
  EXPECT_EQ(world.node_condition("Ready").status, api::ConditionStatus::kFalse);
  EXPECT_EQ(world.node_condition("Ready").message, "node is shutting down");
  EXPECT_THAT(world.reasons(), AllOf(Contains("NodeShutdown"), Contains("NodeNotReady")));
  world.run_until(27_s);
  for (const char* name : {"web", "critical"}) {
    const api::PodStatus& status = world.named(name).status;
    EXPECT_EQ(status.phase, api::PodPhase::kFailed);
    EXPECT_EQ(status.reason.str(), "Terminated");
    EXPECT_EQ(status.message, "Pod was terminated in response to imminent node shutdown.");
    EXPECT_EQ(api::find_condition(status.conditions, "DisruptionTarget")->reason.str(),
              "TerminationByKubelet");
  }
  const std::vector<SimTime> sigterm = world.records(RecordType::kSigterm);
  ASSERT_EQ(sigterm.size(), 2u);
  EXPECT_GT(sigterm[1] - sigterm[0], 200_ms);  // the critical one had to wait for the other's end
  EXPECT_TRUE(world.kubelet.node_failed("node-1"));
}

TEST(NodeShutdown, NoPodComesAnyMore) {
  ShutDown world(60_s, OnSigterm::kIgnore);
  world.pod("containers: [{name: app, image: 'app:1'}]", "late");
  world.run_until(22_s);
  EXPECT_EQ(world.stored()->status.phase, api::PodPhase::kFailed);
  EXPECT_EQ(world.stored()->status.reason.str(), "NodeShutdown");
  EXPECT_EQ(world.stored()->status.message,
            "Pod was rejected: Pod was rejected as the node is shutting down.");
  world.run_until(120_s);
  EXPECT_TRUE(world.kubelet.node_failed("node-1"));
  world.kubelet.restore_node(world.kernel, world.api, "node-1", JournalId::kNone);
  world.run_until(140_s);
  EXPECT_EQ(world.stored()->status.reason.str(), "NodeShutdown");
}

TEST(NodeShutdown, TheMachineWaitsNoLongerThanThePeriod) {
  ShutDown world(20_s, OnSigterm::kIgnore);  // 15 s for the one, 5 s for the critical one
  world.run_until(39_s);
  EXPECT_FALSE(world.kubelet.node_failed("node-1"));
  const std::vector<SimTime> killed = world.records(RecordType::kSigkill);
  ASSERT_EQ(killed.size(), 1u);
  EXPECT_THAT(killed[0], AllOf(Ge(at(35_s)), Le(at(36_s))));
  world.run_until(42_s);
  EXPECT_TRUE(world.kubelet.node_failed("node-1"));
}

TEST(NodeShutdown, AGroupWithoutPodsTakesNoTime) {
  ShutDown world(60_s,
                 OnSigterm::kIgnore);  // 45 s for the one, which takes its 30, 15 s for the critical one
  world.remove(1);                     // the critical one
  world.run_until(49_s);
  EXPECT_FALSE(world.kubelet.node_failed("node-1"));
  world.run_until(52_s);
  EXPECT_TRUE(world.kubelet.node_failed("node-1"));
}

TEST(NodeShutdown, OneWithoutAPeriodIsAFailure) {
  ShutDown world(Duration{});
  EXPECT_TRUE(world.kubelet.node_failed("node-1"));
  EXPECT_EQ(world.when("network down"), at(20_s));
  world.run_until(30_s);
  EXPECT_EQ(world.named("web").status.phase, api::PodPhase::kRunning);
}

TEST(NodeShutdown, WhatHasEndedDoesNotStartAgainWithTheNode) {
  ShutDown world;
  world.run_until(60_s);
  world.kubelet.restore_node(world.kernel, world.api, "node-1", JournalId::kNone);
  world.pod("containers: [{name: app, image: 'app:1'}]", "new");
  world.run_until(70_s);
  EXPECT_EQ(world.node_condition("Ready").status, api::ConditionStatus::kTrue);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(world.named("web").status.phase, api::PodPhase::kFailed);
  EXPECT_EQ(world.records(RecordType::kContainerStarted).size(), 3u);
}

}  // namespace
}  // namespace seatrial::cluster
