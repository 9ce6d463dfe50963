// One node's kubelet on an API server: what becomes of pods that are bound to it. Times are those of
// golden/kubelet.
#include "sim/cluster/kubelet/kubelet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cluster/world.h"

namespace seatrial::cluster {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr const char* kApp = "containers: [{name: app, image: 'app:1'}]";
constexpr const char* kProbed =
    "containers: [{name: app, image: 'app:1', readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: "
    "10}}]";

TEST(Kubelet, StartsAPodAndSaysSo) {
  World world(with());
  world.pod(kApp);
  world.run_until(5_s);
  ASSERT_TRUE(world.ready());
  const api::PodStatus& status = world.stored()->status;
  EXPECT_EQ(status.phase, api::PodPhase::kRunning);
  EXPECT_EQ(status.pod_ip.str(), "10.64.0.2");
  std::vector<std::string> types;
  for (const api::Condition& condition : status.conditions) types.push_back(condition.type.str());
  EXPECT_THAT(types, ElementsAre("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady",
                                 "PodScheduled"));
  EXPECT_THAT(world.reasons(), ElementsAre("Pulled", "Created", "Started"));
  // Never under 300 ms: the token volume.
  EXPECT_THAT(world.when("listening"), AllOf(Ge(at(300_ms)), Le(at(3_s))));
}

TEST(Kubelet, RunsInitContainersBeforeTheOthers) {
  World world(with());
  world.pod(std::string("initContainers: [{name: i1, image: 'init:1'}, {name: i2, image: 'init:1'}], ") +
            kApp);
  world.run_until(2_s);
  EXPECT_EQ(world.waiting(), "PodInitializing");
  EXPECT_EQ(world.stored()->status.phase, api::PodPhase::kPending);
  world.run_until(12_s);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(world.stored()->status.init_container_statuses.size(), 2u);
  EXPECT_GE(world.when("listening"), at(2_s));
}

TEST(Kubelet, APodIsReadyOnlyWhileWhatItsReadinessCallsAnswers) {
  const JournalId outage{1};
  for (const bool depends : {true, false}) {
    KubeletConfig config = with();
    Call call;
    call.readiness = depends;
    config.images["app:1"].calls = {call};
    World world(std::move(config));
    world.pod(kProbed);
    world.run_until(60_s);
    EXPECT_TRUE(world.ready());
    world.away = outage;
    world.run_until(100_s);  // three failures, ten seconds apart
    EXPECT_EQ(world.ready(), !depends);
    EXPECT_EQ(world.message("Unhealthy"),
              depends ? "Readiness probe failed: HTTP probe failed with statuscode: 503" : "");
    world.away.reset();
    world.run_until(111_s);
    EXPECT_TRUE(world.ready());
  }
}

TEST(Kubelet, AProbeIsTriedWhenTheContainerIsSeenRunning) {
  World world(with());
  world.pod(kProbed);
  world.run_until(4_s);
  EXPECT_TRUE(world.ready());  // long before its period of 10 s
}

TEST(Kubelet, OneThatIsNotReadyThenWaitsForItsPeriod) {
  ImageBehaviour slow;
  slow.ready_after = Distribution::constant(3_s);
  World world(with(slow));
  world.pod(kProbed);
  world.run_until(9_s);
  EXPECT_FALSE(world.ready());
  EXPECT_EQ(world.message("Unhealthy"), "Readiness probe failed: HTTP probe failed with statuscode: 503");
  world.run_until(16_s);
  EXPECT_TRUE(world.ready());
}

TEST(Kubelet, ReadinessFollowsTheApplication) {
  ImageBehaviour flips;
  flips.not_ready = {{20_s, 40_s}};
  World world(with(flips));
  world.pod(
      "containers: [{name: app, image: 'app:1', readinessProbe: {httpGet: {port: 80}, periodSeconds: 5}}]");
  world.run_until(15_s);
  EXPECT_TRUE(world.ready());
  world.run_until(38_s);  // three failures, 5 s apart
  EXPECT_FALSE(world.ready());
  world.run_until(50_s);
  EXPECT_TRUE(world.ready());
}

TEST(Kubelet, AProbeOfAPortThatTheContainerDoesNotNameIsNoResult) {
  World world(with());
  world.pod(
      "containers: [{name: app, image: 'app:1', ports: [{name: http, containerPort: 80}], readinessProbe: "
      "{httpGet: {port: htp}}, livenessProbe: {httpGet: {port: htp}}}]");
  world.run_until(60_s);
  EXPECT_FALSE(world.ready());
  EXPECT_EQ(world.container().restart_count, 0);
  EXPECT_THAT(world.message("Unhealthy"),
              HasSubstr("probe errored and resulted in unknown state: port htp not found"));
}

TEST(Kubelet, AContainerListensOnThePortsThatItDeclares) {
  for (const int port : {8080, 9999}) {
    World world(with());
    world.pod(
        "containers: [{name: app, image: 'app:1', ports: [{containerPort: 8080}], readinessProbe: "
        "{tcpSocket: "
        "{port: " +
        std::to_string(port) + "}}}]");
    world.run_until(30_s);
    EXPECT_EQ(world.ready(), port == 8080);
  }
}

TEST(Kubelet, SigtermThenSigkillAtTheGracePeriod) {
  ImageBehaviour stubborn;
  stubborn.on_sigterm = OnSigterm::kIgnore;
  World world(with(stubborn));
  world.pod(kApp);
  world.run_until(10_s);
  world.remove(5);
  world.run_until(30_s);
  const auto sigterm = world.records(RecordType::kSigterm);
  ASSERT_EQ(sigterm.size(), 1u);
  EXPECT_THAT(world.when("exited"), AllOf(Ge(at(15_s)), Le(at(15_s + 500_ms))));
  EXPECT_GT(world.when("network down"), world.when("exited"));
  EXPECT_EQ(world.stored(), nullptr);
}

TEST(Kubelet, ThePreStopHookComesOutOfTheGracePeriod) {
  ImageBehaviour stubborn;
  stubborn.on_sigterm = OnSigterm::kIgnore;
  World world(with(stubborn));
  world.pod("containers: [{name: app, image: 'app:1', lifecycle: {preStop: {sleep: {seconds: 3}}}}]");
  world.run_until(10_s);
  world.remove(10);
  world.run_until(30_s);
  const auto sigterm = world.records(RecordType::kSigterm);
  ASSERT_EQ(sigterm.size(), 1u);
  EXPECT_THAT(sigterm[0], AllOf(Ge(at(13_s)), Le(at(13_s + 500_ms))));
  EXPECT_THAT(world.when("exited"), AllOf(Ge(at(20_s)), Le(at(20_s + 500_ms))));
}

TEST(Kubelet, AHookLongerThanTheGracePeriodLeavesTwoSeconds) {
  ImageBehaviour stubborn;
  stubborn.on_sigterm = OnSigterm::kIgnore;
  World world(with(stubborn));
  world.pod(
      "containers: [{name: app, image: 'app:1', lifecycle: {preStop: {exec: {command: [sleep, '60']}}}}]");
  world.run_until(10_s);
  world.remove(4);
  world.run_until(30_s);
  EXPECT_THAT(world.records(RecordType::kSigterm).at(0), AllOf(Ge(at(14_s)), Le(at(14_s + 500_ms))));
  EXPECT_THAT(world.when("exited"), AllOf(Ge(at(16_s)), Le(at(16_s + 500_ms))));
}

TEST(Kubelet, AFailedHookCostsNothing) {
  ImageBehaviour behaviour;
  behaviour.ports = {80};
  World world(with(behaviour));
  world.pod("containers: [{name: app, image: 'app:1', lifecycle: {preStop: {httpGet: {port: 81}}}}]");
  world.run_until(10_s);
  world.remove(30);
  world.run_until(11_s);
  EXPECT_LE(world.when("exited"), at(10_s + 500_ms));
}

TEST(Kubelet, ASecondDeletionOnlyShortens) {
  ImageBehaviour stubborn;
  stubborn.on_sigterm = OnSigterm::kIgnore;
  World world(with(stubborn));
  world.pod(kApp);
  world.run_until(10_s);
  world.remove(60);
  world.run_until(12_s);
  world.remove(3);
  world.run_until(40_s);
  EXPECT_THAT(world.when("exited"), AllOf(Ge(at(15_s)), Le(at(15_s + 500_ms))));
}

TEST(Kubelet, ADrainingProcessEndsWithItsLastRequest) {
  ImageBehaviour drains;
  drains.on_sigterm = OnSigterm::kDrain;
  World world(with(drains));
  world.in_flight = 1;
  world.pod(kApp);
  world.run_until(10_s);
  world.remove(30);
  world.run_until(20_s);
  EXPECT_LE(world.when("stopped accepting"), at(10_s + 500_ms));
  EXPECT_EQ(world.when("exited"), SimTime::max());
  Event drained;
  drained.component = kKubeletComponent;
  drained.type = static_cast<std::uint8_t>(KubeletEvent::kDrained);
  drained.subject = world.ref.index;
  world.kernel.after(1_s, drained);
  world.run_until(25_s);
  EXPECT_EQ(world.when("exited"), at(21_s));
  EXPECT_EQ(world.stored(), nullptr);
}

TEST(Kubelet, SidecarsEndLastAndInReverseOrder) {
  ImageBehaviour drains;
  drains.on_sigterm = OnSigterm::kExit;
  World world(with(drains));
  world.pod(std::string("initContainers: [{name: s1, image: 'side:1', restartPolicy: Always}, "
                        "{name: s2, image: 'side:1', restartPolicy: Always}], ") +
            kApp);
  world.run_until(15_s);
  ASSERT_TRUE(world.ready());
  world.remove(30);
  world.run_until(40_s);
  std::vector<std::int64_t> order;
  for (std::uint32_t i = 1; i <= world.kernel.journal().size(); ++i) {
    const JournalRecord& record = world.kernel.journal().record(JournalId{i});
    if (record.type == static_cast<std::uint16_t>(RecordType::kSigterm)) order.push_back(record.value);
  }
  EXPECT_THAT(order, ElementsAre(2, 1, 0));
  EXPECT_EQ(world.stored(), nullptr);
}

TEST(Kubelet, ACrashingContainerIsBackedOff) {
  ImageBehaviour crashes;
  crashes.exits_after = 1_s;
  crashes.exit_code = 1;
  World world(with(crashes));
  world.pod(kApp);
  world.run_until(200_s);
  const std::vector<SimTime> starts = world.records(RecordType::kContainerStarted);
  const std::vector<SimTime> exits = world.records(RecordType::kExited);
  ASSERT_GE(starts.size(), 5u);
  // The first restart at once, then after 10, 20, 40 s and up to half as much again.
  EXPECT_LE(starts[1] - exits[0], 2_s);
  for (const auto& [i, wait] : {std::pair(2, 10_s), std::pair(3, 20_s), std::pair(4, 40_s)}) {
    EXPECT_GE(starts[i] - exits[i - 1], wait - 1_s) << i;
    EXPECT_LE(starts[i] - exits[i - 1], wait * 3 / 2 + 4_s) << i;
  }
  EXPECT_EQ(world.stored()->status.phase, api::PodPhase::kRunning);
  EXPECT_GE(world.container().restart_count, 4);
  EXPECT_THAT(world.message("BackOff"), HasSubstr("Back-off restarting failed container app in pod web_ns("));
  ASSERT_TRUE(world.container().last_termination);
  EXPECT_EQ(world.container().last_termination->exit_code, 1);
}

TEST(Kubelet, RestartPolicyNeverEndsThePod) {
  for (const std::int32_t code : {0, 3}) {
    ImageBehaviour ends;
    ends.exits_after = 1_s;
    ends.exit_code = code;
    World world(with(ends));
    world.pod(std::string("restartPolicy: Never, ") + kApp);
    world.run_until(10_s);
    EXPECT_EQ(world.stored()->status.phase, code == 0 ? api::PodPhase::kSucceeded : api::PodPhase::kFailed);
    EXPECT_EQ(std::get<api::ContainerStateTerminated>(world.container().state).exit_code, code);
    EXPECT_FALSE(world.ready());
  }
}

TEST(Kubelet, OutOfMemoryHasItsReason) {
  ImageBehaviour hungry;
  hungry.exits_after = 2_s;
  hungry.out_of_memory = true;
  World world(with(hungry));
  world.pod(kApp);
  world.run_until(20_s);
  ASSERT_TRUE(world.container().last_termination);
  EXPECT_EQ(world.container().last_termination->reason.str(), "OOMKilled");
  EXPECT_EQ(world.container().last_termination->exit_code, 137);
}

TEST(Kubelet, AFailedLivenessProbeRestartsInTheSameSync) {
  ImageBehaviour sick;
  sick.not_live = {{10_s, 3600_s}};
  sick.on_sigterm = OnSigterm::kExit;
  World world(with(sick));
  world.pod(
      "containers: [{name: app, image: 'app:1', livenessProbe: {httpGet: {port: 80}, periodSeconds: 2, "
      "failureThreshold: 1}}]");
  world.run_until(17_s);
  const std::vector<SimTime> starts = world.records(RecordType::kContainerStarted);
  const std::vector<SimTime> exits = world.records(RecordType::kExited);
  ASSERT_GE(starts.size(), 2u);
  EXPECT_LE(starts[1] - exits[0], 1_s);  // no wait for a relist
  EXPECT_EQ(world.message("Unhealthy"), "Liveness probe failed: HTTP probe failed with statuscode: 503");
  EXPECT_EQ(world.message("Killing"), "Container app failed liveness probe, will be restarted");
}

TEST(Kubelet, AStartupProbeHoldsTheOthersBack) {
  ImageBehaviour slow;
  slow.start = Distribution::constant(7_s);
  World world(with(slow));
  world.pod(
      "containers: [{name: app, image: 'app:1', startupProbe: {tcpSocket: {port: 80}, periodSeconds: 2, "
      "failureThreshold: 10}, "
      "livenessProbe: {tcpSocket: {port: 80}, periodSeconds: 1, failureThreshold: 1}}]");
  world.run_until(30_s);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(world.container().restart_count, 0);
}

// A probe rests while it would find the same again and again. One of an image that will fail in a year does
// not.
TEST(Kubelet, AProbeThatRestsFindsWhatOneThatDoesNotFinds) {
  struct Run {
    std::string fingerprint;
    std::size_t failures;
    std::uint64_t events;
  };
  const auto play = [](std::vector<ImageBehaviour::Window> windows) -> Run {
    ImageBehaviour app;
    app.on_sigterm = OnSigterm::kDrain;
    app.not_ready = app.not_live = std::move(windows);
    World world(with(app), 7);
    world.pod(
        "containers: [{name: app, image: 'app:1', readinessProbe: {httpGet: {port: 80}, periodSeconds: 3}, "
        "livenessProbe: {httpGet: {port: 80}, periodSeconds: 7}, startupProbe: {httpGet: {port: 80}}}]");
    world.in_flight = 1;  // it closes its listener and does not end
    world.run_until(1000_s);
    world.remove(60);
    world.run_until(1100_s);
    return {world.kernel.fingerprint().hex(), world.records(RecordType::kProbeFailed).size(),
            world.kernel.events_fired()};
  };
  const Run resting = play({}), restless = play({{8760_h, 8761_h}});
  EXPECT_EQ(resting.fingerprint, restless.fingerprint);
  EXPECT_GE(resting.failures, 15u);  // of the 60 s in which it drains
  EXPECT_LT(resting.events + 400, restless.events);
}

TEST(Kubelet, ADeletionInTheMiddleOfAStart) {
  World world(with());
  world.pod(kApp);
  world.run_until(450_ms);
  world.remove(30);
  world.run_until(10_s);
  EXPECT_EQ(world.stored(), nullptr);
  EXPECT_EQ(world.when("listening"), SimTime::max());
}

TEST(Kubelet, ConditionsOfOthersStay) {
  World world(with());
  world.pod(std::string("readinessGates: [{conditionType: example.com/in-service}], ") + kApp);
  world.run_until(5_s);
  EXPECT_FALSE(world.ready());
  ApiRequest patch;
  patch.verb = Verb::kPatchConditions;
  patch.ref = world.ref;
  patch.conditions = {{"example.com/in-service", api::ConditionStatus::kTrue, {}, "", {}, {}, {}}};
  ASSERT_TRUE(world.api.execute(world.kernel, patch).has_value());
  world.run_until(120_s);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(world.stored()->status.conditions.front().type.str(), "example.com/in-service");
}

TEST(Kubelet, ANodeThatComesBackStartsItsPodsAgain) {
  World world(with());
  world.pod(kApp);
  world.run_until(10_s);
  world.kubelet.fail_node(world.kernel, world.api, world, "node-1", JournalId::kNone);
  EXPECT_EQ(world.when("network down"), at(10_s));
  world.run_until(30_s);
  EXPECT_TRUE(world.ready());  // nobody has said otherwise
  world.kubelet.restore_node(world.kernel, world.api, "node-1", JournalId::kNone);
  world.run_until(40_s);
  EXPECT_TRUE(world.ready());
  EXPECT_EQ(world.container().restart_count, 1);
  EXPECT_EQ(std::ranges::count(world.notices, "listening", &Notice::what), 2);
}

TEST(Kubelet, RenewsItsLease) {
  World world(with());
  world.run_until(35_s);
  const auto lease = [&] { return world.api.store().find<api::Lease>("kube-node-lease", "node-1"); };
  ASSERT_NE(lease(), nullptr);
  EXPECT_TRUE(lease()->kept_up);
  EXPECT_LE(lease()->renew_time, at(10_s));  // renewals began; each is not written
  world.kubelet.fail_node(world.kernel, world.api, world, "node-1", JournalId::kNone);
  EXPECT_FALSE(lease()->kept_up);
  EXPECT_GT(lease()->renew_time, at(25_s));
  world.kubelet.restore_node(world.kernel, world.api, "node-1", JournalId::kNone);
  EXPECT_TRUE(lease()->kept_up);
  EXPECT_EQ(lease()->renew_time, at(35_s));
}

TEST(Kubelet, ACopyGoesOnAsTheOriginal) {
  ImageBehaviour crashes;
  crashes.exits_after = 3_s;
  for (const Duration fork : {100_ms, 700_ms, 1_s, 4_s, 9_s, 20_s}) {
    World world(with(crashes));
    world.pod(
        "containers: [{name: app, image: 'app:1', lifecycle: {preStop: {sleep: {seconds: 2}}}, "
        "readinessProbe: {httpGet: {port: 80}}}]");
    world.run_until(fork);
    World copy = world;
    for (World* w : {&world, &copy}) {
      w->run_until(25_s);
      w->remove(10);
      w->run_until(60_s);
    }
    EXPECT_EQ(world.kernel.fingerprint().value(), copy.kernel.fingerprint().value()) << to_string(fork);
    EXPECT_EQ(world.kernel.events_fired(), copy.kernel.events_fired());
    EXPECT_EQ(world.stored(), nullptr);
  }
}

TEST(Kubelet, APodThatDoesNotFitFails) {
  World world(with());
  world.pod("containers: [{name: app, image: 'app:1', resources: {requests: {cpu: '30'}}}]");
  world.run_until(5_s);
  const api::PodStatus& status = world.stored()->status;
  EXPECT_EQ(status.phase, api::PodPhase::kFailed);
  EXPECT_EQ(status.reason.str(), "OutOfcpu");
  EXPECT_EQ(status.message,
            "Pod was rejected: Node didn't have enough resource: cpu, requested: 30000, used: 0, capacity: "
            "2000");
  EXPECT_THAT(world.reasons(), ElementsAre("OutOfcpu"));
  EXPECT_EQ(world.when("listening"), SimTime::max());
  world.remove(30);
  world.run_until(6_s);
  EXPECT_EQ(world.stored(), nullptr);
}

TEST(Kubelet, APodThatTheSchedulerBoundMustTolerateTaintsAsWell) {
  World world(with());
  world.apply(std::string("{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: ns}, spec: {") +
              kApp + "}}");
  world.ref = world.api.store().find(api::Kind::kPod, "ns", "web");
  auto tainted = std::make_shared<api::Node>(world.node());
  tainted->taints.push_back({"a", "b", "NoExecute", {}});
  ApiRequest taint;
  taint.verb = Verb::kUpdate;
  taint.object = std::move(tainted);
  ASSERT_TRUE(world.api.execute(world.kernel, taint).has_value());
  ApiRequest binding;
  binding.verb = Verb::kBind;
  binding.ref = world.ref;
  binding.node = "node-1";
  ASSERT_TRUE(world.api.execute(world.kernel, binding).has_value());
  world.run_until(5_s);
  const api::PodStatus& status = world.stored()->status;
  EXPECT_EQ(status.phase, api::PodPhase::kFailed);
  EXPECT_EQ(status.reason.str(), "TaintToleration");
  EXPECT_THAT(world.reasons(), ElementsAre("TaintToleration"));
}

TEST(Kubelet, APodIsEndedByItsDeadline) {
  World world(with());
  world.pod(std::string("activeDeadlineSeconds: 10, terminationGracePeriodSeconds: 3, ") + kApp);
  world.run_until(9_s);
  EXPECT_TRUE(world.ready());
  world.run_until(20_s);
  const api::PodStatus& status = world.stored()->status;
  EXPECT_EQ(status.phase, api::PodPhase::kFailed);
  EXPECT_EQ(status.reason.str(), "DeadlineExceeded");
  EXPECT_EQ(status.message, "Pod was active on the node longer than the specified deadline");
  EXPECT_EQ(world.message("DeadlineExceeded"), status.message);
  EXPECT_THAT(world.when("exited"), AllOf(Ge(at(10_s)), Le(at(12_s))));
}

}  // namespace
}  // namespace seatrial::cluster
