// The kubelet's pure parts: back-off, plan, probes, shared work, images.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/kubelet/admission.h"
#include "sim/cluster/kubelet/backoff.h"
#include "sim/cluster/kubelet/images.h"
#include "sim/cluster/kubelet/plan.h"
#include "sim/cluster/kubelet/probes.h"
#include "sim/cluster/kubelet/shared_rate.h"
#include "tests/support/case_tables.h"

namespace seatrial::cluster {
namespace {

using namespace literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

SimTime at(Duration d) { return SimTime::at(d); }

// ---- Back-off

TEST(Backoff, WaitsAsTheTableSays) {
  tests::for_each_row("crashloop-min-wait", [](const tests::CaseRow& row) {
    const Duration runs = Duration::seconds(row["runSeconds"].get<std::int64_t>());
    Backoff backoff;
    std::vector<std::int64_t> waits;
    SimTime started = at(1000_s);
    for (std::int64_t i = 0; i < row["exits"].get<std::int64_t>(); ++i) {
      const SimTime finished = started + runs;
      const Duration wait = backoff.remaining(finished, finished).value_or(Duration());
      waits.push_back(wait / 1_s);
      started = finished + wait;
      backoff.next(finished, started);
    }
    EXPECT_EQ(waits, row["waits"].get<std::vector<std::int64_t>>());
  });
}

TEST(Backoff, IsForgottenAfterTwiceTheLongestWait) {
  Backoff backoff;
  backoff.next(at(0_s), at(0_s));
  backoff.next(at(20_s), at(20_s));
  EXPECT_EQ(backoff.delay(), 20_s);
  EXPECT_EQ(backoff.remaining(at(620_s), at(620_s)), std::optional(20_s));
  EXPECT_EQ(backoff.remaining(at(621_s), at(621_s)), std::nullopt);
  backoff.next(at(621_s), at(621_s));
  EXPECT_EQ(backoff.delay(), 10_s);
}

// ---- Plan

api::PodSpec spec_of(std::vector<std::string> init, std::vector<std::string> regular,
                     api::RestartPolicy policy = api::RestartPolicy::kAlways) {
  api::PodSpec spec;
  spec.restart_policy = policy;
  for (const std::string& name : init) {
    api::Container& c = spec.init_containers.emplace_back();
    c.name = name;
    if (name.starts_with("side")) c.restart_policy = api::RestartPolicy::kAlways;
  }
  for (const std::string& name : regular) spec.containers.emplace_back().name = name;
  return spec;
}
PlannedContainer fresh() { return {}; }
PlannedContainer running(bool started = true) {
  PlannedContainer c;
  c.run.state = ContainerRun::State::kRunning;
  c.run.instance = 1;
  c.started = started;
  return c;
}
PlannedContainer exited(std::int32_t code) {
  PlannedContainer c = running(false);
  c.run.state = ContainerRun::State::kExited;
  c.run.exit_code = code;
  return c;
}

TEST(PlanSync, StartsInitContainersOneAfterTheOther) {
  const api::PodSpec spec = spec_of({"i1", "i2"}, {"a", "b"});
  EXPECT_THAT(plan_sync(spec, {fresh(), fresh(), fresh(), fresh()}).start, ElementsAre(0));
  EXPECT_THAT(plan_sync(spec, {running(), fresh(), fresh(), fresh()}).start, IsEmpty());
  EXPECT_THAT(plan_sync(spec, {exited(0), fresh(), fresh(), fresh()}).start, ElementsAre(1));
  EXPECT_THAT(plan_sync(spec, {exited(0), exited(0), fresh(), fresh()}).start, ElementsAre(2, 3));
  EXPECT_THAT(plan_sync(spec, {exited(0), exited(1), fresh(), fresh()}).start, ElementsAre(1));
}

TEST(PlanSync, ASidecarMustHaveStartedBeforeTheNext) {
  const api::PodSpec spec = spec_of({"side", "i"}, {"a"});
  EXPECT_THAT(plan_sync(spec, {running(false), fresh(), fresh()}).start, IsEmpty());
  EXPECT_THAT(plan_sync(spec, {running(true), fresh(), fresh()}).start, ElementsAre(1));
  // Later it is started again whenever it has ended, with any exit code.
  EXPECT_THAT(plan_sync(spec, {exited(0), exited(0), running()}).start, ElementsAre(0));
}

TEST(PlanSync, AFailedInitContainerEndsAPodThatNeverRestarts) {
  EXPECT_TRUE(plan_sync(spec_of({"i"}, {"a"}, api::RestartPolicy::kNever), {exited(1), fresh()}).finished);
}

TEST(PlanSync, RestartPolicyDecidesWhatComesBack) {
  using enum api::RestartPolicy;
  EXPECT_THAT(plan_sync(spec_of({}, {"a"}, kAlways), {exited(0)}).start, ElementsAre(0));
  EXPECT_TRUE(plan_sync(spec_of({}, {"a"}, kOnFailure), {exited(0)}).finished);
  EXPECT_THAT(plan_sync(spec_of({}, {"a"}, kOnFailure), {exited(1)}).start, ElementsAre(0));
  EXPECT_TRUE(plan_sync(spec_of({}, {"a"}, kNever), {exited(1)}).finished);
  EXPECT_FALSE(plan_sync(spec_of({}, {"a", "b"}, kNever), {exited(1), running()}).finished);
  // Sidecars do not keep a pod from completing.
  EXPECT_TRUE(plan_sync(spec_of({"side"}, {"a"}, kNever), {running(), exited(0)}).finished);
}

TEST(PlanSync, AnUnhealthyContainerIsKilledAndStartedInOneSync) {
  PlannedContainer sick = running();
  sick.unhealthy = true;
  const Plan plan = plan_sync(spec_of({}, {"a", "b"}), {sick, running()});
  EXPECT_THAT(plan.kill, ElementsAre(0));
  EXPECT_THAT(plan.start, ElementsAre(0));
}

// ---- Probes

TEST(Probes, AResultCountsAfterItsThreshold) {
  api::Probe probe;
  probe.failure_threshold = 3;
  probe.success_threshold = 2;
  ProbeWorker worker;
  worker.published = ProbeResult::kSuccess;
  EXPECT_FALSE(after_probe(worker, probe, false));
  EXPECT_FALSE(after_probe(worker, probe, false));
  EXPECT_TRUE(after_probe(worker, probe, false));
  EXPECT_EQ(worker.published, ProbeResult::kFailure);
  EXPECT_FALSE(after_probe(worker, probe, true));
  EXPECT_FALSE(after_probe(worker, probe, false));  // the run of successes is broken
  EXPECT_FALSE(after_probe(worker, probe, true));
  EXPECT_TRUE(after_probe(worker, probe, true));
}

TEST(Probes, TheInitialDelayIsCutToWholeSeconds) {
  api::Probe probe;
  probe.initial_delay_seconds = 5;
  ProbeWorker worker;
  ProbedContainer container{1, true, true, at(10_s), false};
  bool changed = false;
  EXPECT_EQ(before_probe(worker, probe, container, at(14_s + 999_ms), changed), ProbeTry::kSkip);
  EXPECT_TRUE(changed);  // readiness of a new container is a failure first
  EXPECT_EQ(before_probe(worker, probe, container, at(15_s), changed), ProbeTry::kProbe);
}

TEST(Probes, AStartupProbeComesFirstAndAlone) {
  const api::Probe probe;
  ProbeWorker startup{ProbeKind::kStartup, 0}, liveness{ProbeKind::kLiveness, 0};
  bool changed = false;
  ProbedContainer container{1, true, false, at(0_s), false};
  EXPECT_EQ(before_probe(startup, probe, container, at(1_s), changed), ProbeTry::kProbe);
  EXPECT_EQ(before_probe(liveness, probe, container, at(1_s), changed), ProbeTry::kSkip);
  container.started = true;
  EXPECT_EQ(before_probe(startup, probe, container, at(2_s), changed), ProbeTry::kSkip);
  EXPECT_EQ(before_probe(liveness, probe, container, at(2_s), changed), ProbeTry::kProbe);
  container.pod_deleted = true;
  EXPECT_EQ(before_probe(liveness, probe, container, at(3_s), changed), ProbeTry::kStop);
}

TEST(Probes, AFailedLivenessProbeHoldsUntilThereIsANewContainer) {
  api::Probe probe;
  probe.failure_threshold = 1;
  ProbeWorker worker{ProbeKind::kLiveness, 0};
  bool changed = false;
  ProbedContainer container{1, true, true, at(0_s), false};
  ASSERT_EQ(before_probe(worker, probe, container, at(1_s), changed), ProbeTry::kProbe);
  EXPECT_TRUE(after_probe(worker, probe, false));
  EXPECT_EQ(before_probe(worker, probe, container, at(2_s), changed), ProbeTry::kSkip);
  container.instance = 2;
  EXPECT_EQ(before_probe(worker, probe, container, at(3_s), changed), ProbeTry::kProbe);
  EXPECT_EQ(worker.published, ProbeResult::kSuccess);
}

// ---- Work that shares one resource

TEST(SharedRate, TwoPiecesShareOneSlot) {
  SharedRate rate(1000);
  rate.add(at(0_ms), 1, 100_ms);
  rate.add(at(50_ms), 2, 100_ms);
  EXPECT_EQ(rate.next_end(), std::optional(at(150_ms)));
  EXPECT_EQ(rate.take_ended(at(150_ms)), std::optional(1u));
  EXPECT_EQ(rate.take_ended(at(150_ms)), std::nullopt);
  EXPECT_EQ(rate.next_end(), std::optional(at(200_ms)));
  rate.remove(at(160_ms), 2);
  EXPECT_EQ(rate.next_end(), std::nullopt);
}

TEST(SharedRate, AsManyAsThereAreSlotsRunAtFullSpeed) {
  SharedRate rate(2000);
  for (const std::uint32_t id : {1u, 2u, 3u}) rate.add(at(0_ms), id, 100_ms);
  EXPECT_EQ(rate.next_end(), std::optional(at(150_ms)));
  rate.remove(at(0_ms), 3);
  EXPECT_EQ(rate.next_end(), std::optional(at(100_ms)));
}

// ---- Images

TEST(Images, TheTagDecidesWhetherToPullAlways) {
  const auto policy = [](const char* image) {
    api::Container c;
    c.image = image;
    return pull_policy(c);
  };
  using enum api::PullPolicy;
  EXPECT_EQ(policy("app"), kAlways);
  EXPECT_EQ(policy("app:latest"), kAlways);
  EXPECT_EQ(policy("registry:5000/app"), kAlways);
  EXPECT_EQ(policy("registry:5000/app:1.3"), kIfNotPresent);
  EXPECT_EQ(policy("app@sha256:0123"), kIfNotPresent);
}

TEST(Images, LayersThatAreThereAreNotPulledAgain) {
  NodeImages images;
  ImageBehaviour old, next;
  old.layers = {{"base", 100}, {"app-1.3", 10}};
  next.layers = {{"base", 100}, {"app-1.4", 12}};
  EXPECT_EQ(images.missing_bytes("app:1.3", old), 110);
  images.add("app:1.3", old);
  EXPECT_EQ(images.missing_bytes("app:1.3", old), 0);
  EXPECT_EQ(images.missing_bytes("app:1.4", next), 12);
}

TEST(Images, PullsWaitForEachOtherUnlessMoreAreAllowed) {
  for (const std::int32_t parallel : {1, 2}) {
    NodeImages images(parallel);
    const auto a = images.ask({1, 1, 0, "a:1", at(0_s), {}, false});
    const auto b = images.ask({2, 1, 0, "b:1", at(0_s), {}, false});
    EXPECT_EQ(images.take_next(), std::optional(a));
    EXPECT_EQ(images.take_next(), parallel == 1 ? std::nullopt : std::optional(b));
    images.end(a, at(1_s));
    EXPECT_EQ(images.take_next(), parallel == 1 ? std::optional(b) : std::nullopt);
  }
}

TEST(KubeletAdmission, SaysTheFirstReasonAgainstAPod) {
  api::Node node;
  node.metadata.name = "node-1";
  node.allocatable = {{"cpu", api::Quantity::from_milli(2000)},
                      {"memory", api::Quantity::from_value(1000)},
                      {"pods", api::Quantity::from_value(2)}};
  const auto pod_of = [](std::int64_t milli_cpu, std::int64_t memory, std::int32_t host_port = 0) {
    api::Pod pod;
    api::Container& container = pod.spec.edit().containers.emplace_back();
    container.resources.requests = {{"cpu", api::Quantity::from_milli(milli_cpu)},
                                    {"memory", api::Quantity::from_value(memory)},
                                    {"example.com/gpu", api::Quantity::from_value(1)}};  // not of the node
    if (host_port > 0) container.ports = {{{}, host_port, host_port, "TCP", {}}};
    return pod;
  };
  const api::Pod first = pod_of(1500, 400, 80), second = pod_of(100, 100);
  const std::vector<const api::Pod*> none, one{&first}, two{&first, &second};
  EXPECT_EQ(why_rejected(first, node, none), std::nullopt);
  EXPECT_EQ(why_rejected(second, node, one), std::nullopt);
  EXPECT_EQ(
      why_rejected(second, node, two),
      (PodEnding{"OutOfpods", "Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2"}));
  EXPECT_EQ(why_rejected(pod_of(600, 700), node, one),
            (PodEnding{"OutOfcpu",
                       "Node didn't have enough resource: cpu, requested: 600, used: 1500, capacity: 2000"}));
  EXPECT_EQ(
      why_rejected(pod_of(100, 700), node, one),
      (PodEnding{"OutOfmemory",
                 "Node didn't have enough resource: memory, requested: 700, used: 400, capacity: 1000"}));
  EXPECT_EQ(why_rejected(pod_of(100, 100, 80), node, one)->message,
            "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports");
  api::Pod picky = second;
  picky.spec.edit().node_selector = {{"disk", "ssd"}};
  EXPECT_EQ(why_rejected(picky, node, one),
            (PodEnding{"NodeAffinity",
                       "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"}));
  node.taints = {{"x", "y", "NoSchedule"}};
  EXPECT_EQ(why_rejected(second, node, one), std::nullopt);
  node.taints = {{"x", "y", "NoExecute"}};
  EXPECT_EQ(why_rejected(second, node, one),
            (PodEnding{"TaintToleration",
                       "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"}));
}

}  // namespace
}  // namespace seatrial::cluster
