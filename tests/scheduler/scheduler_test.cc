#include "sim/scheduler/scheduler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scheduler/cluster_fixture.h"

namespace seatrial::scheduler {
namespace {

using namespace literals;
using testing::Each;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

constexpr const char* kNobody = " no new claims to deallocate, preemption: ";

TEST(Scheduler, BindsAPodWithinMillisecondsAndSaysSo) {
  TestCluster cluster;
  cluster.create(TestCluster::make_node("node-1"));
  cluster.run_until(1_s);
  cluster.create(TestCluster::make_pod("web"));
  cluster.run_until(1030_ms);
  EXPECT_EQ(cluster.node_of("web"), "node-1");
  cluster.run_until(2_s);
  EXPECT_THAT(cluster.events("Scheduled"), ElementsAre("Successfully assigned default/web to node-1"));
}

TEST(Scheduler, SpreadsTheTwelvePodsOfAReplicaSetTwoToANode) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TestCluster cluster(TestCluster::logging(), seed);
    for (int i = 0; i < 6; ++i) {
      const std::string zone(1, static_cast<char>('a' + i % 3));
      cluster.create(TestCluster::make_node(fmt::format("node-{}", i + 1), zone));
    }
    auto set = std::make_shared<api::ReplicaSet>();
    set->metadata.name = "web-1";
    set->metadata.namespace_ = "default";
    set->selector.match_labels = {{"app", "web"}};
    set->template_.edit().labels = api::LabelMap{{"app", "web"}};
    set->template_.edit().spec = TestCluster::make_pod("x")->spec;
    const api::ObjectPtr stored = cluster.create(set);
    cluster.run_until(1_s);
    for (int i = 0; i < 12; ++i) {
      auto pod = TestCluster::make_pod(fmt::format("web-{}", i));
      pod->metadata.owner_references.push_back(
          {"apps/v1", "ReplicaSet", "web-1", stored->metadata.uid, true, true});
      cluster.create(pod);
    }
    cluster.run_until(2_s);
    EXPECT_THAT(cluster.pods_per_node(), SizeIs(6)) << "seed " << seed;
    EXPECT_THAT(cluster.pods_per_node(), Each(Pair(testing::_, 2))) << "seed " << seed;
  }
}

TEST(Scheduler, BindsFiftyPodsASecondOnceItsBurstIsSpent) {
  TestCluster cluster;
  for (int i = 0; i < 100; ++i) cluster.create(TestCluster::make_node(fmt::format("node-{:03}", i)));
  SimTime last;
  int bound = 0;
  for (int i = 0; i < 1000; ++i) {
    cluster.run_until(Duration::millis(4 * i));
    cluster.create(TestCluster::make_pod(fmt::format("pod-{:04}", i), "10m"));
  }
  for (int step = 0; bound < 1000 && step < 600; ++step) {
    cluster.run_until(4_s + Duration::millis(50 * step));
    bound = 0;
    for (const auto& [node, count] : cluster.pods_per_node()) bound += node.empty() ? 0 : count;
    last = cluster.kernel.now();
  }
  EXPECT_EQ(bound, 1000);
  EXPECT_NEAR(last.to_seconds(), 18.0, 0.3);
}

TEST(Scheduler, SaysHowManyNodesLackWhat) {
  TestCluster cluster;
  for (int i = 0; i < 2; ++i) cluster.create(TestCluster::make_node(fmt::format("node-{}", i), "a", "1"));
  cluster.run_until(500_ms);
  cluster.create(TestCluster::make_pod("small-0", "600m"));
  cluster.create(TestCluster::make_pod("small-1", "600m"));
  cluster.run_until(1_s);
  cluster.create(TestCluster::make_pod("big", "900m"));
  cluster.create(TestCluster::make_pod("too-big", "2", "32Gi"));
  cluster.run_until(2_s);
  EXPECT_EQ(cluster.why_unscheduled("big"),
            std::string("0/2 nodes are available: 2 Insufficient cpu.") + kNobody +
                "0/2 nodes are available: 2 No preemption victims found for incoming pod.");
  EXPECT_EQ(cluster.why_unscheduled("too-big"),
            std::string("0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory.") + kNobody +
                "0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
  EXPECT_THAT(
      cluster.events("FailedScheduling"),
      testing::UnorderedElementsAre(cluster.why_unscheduled("big"), cluster.why_unscheduled("too-big")));
  const api::Condition* condition = api::find_condition(cluster.pod("big").status.conditions, "PodScheduled");
  EXPECT_EQ(condition->reason, api::Symbol("Unschedulable"));
}

TEST(Scheduler, TriesAgainAtOnceWhenAPodThatHeldTheRoomIsGone) {
  TestCluster cluster;
  cluster.create(TestCluster::make_node("node-1", "a", "1"));
  cluster.run_until(500_ms);
  const api::ObjectPtr first = cluster.create(TestCluster::make_pod("first", "600m"));
  cluster.run_until(1_s);
  cluster.create(TestCluster::make_pod("second", "600m"));
  cluster.run_until(5_s);
  EXPECT_EQ(cluster.node_of("second"), "");
  cluster.remove(first->ref());
  cluster.run_until(5100_ms);
  EXPECT_EQ(cluster.node_of("second"), "node-1");
}

TEST(Scheduler, WaitsForNodesWithBackoffWhileThereAreNone) {
  TestCluster cluster;
  cluster.create(TestCluster::make_pod("web"));
  cluster.run_until(9_s);
  EXPECT_EQ(cluster.why_unscheduled("web"), "no nodes available to schedule pods");
  EXPECT_EQ(cluster.scheduler.cycles(), 3u);  // at 0, 2 and 5 s: back-off of 1 and 2 s, to the second after
  cluster.create(TestCluster::make_node("node-1"));
  cluster.run_until(20_s);
  EXPECT_EQ(cluster.node_of("web"), "node-1");
}

TEST(Scheduler, RespectsTaintsAndCordons) {
  TestCluster cluster;
  auto tainted = TestCluster::make_node("tainted");
  tainted->taints.push_back({"team", "a", "NoSchedule"});
  cluster.create(tainted);
  auto cordoned = TestCluster::make_node("cordoned");
  cordoned->unschedulable = true;
  const api::ObjectPtr stored = cluster.create(cordoned);
  cluster.run_until(500_ms);
  cluster.create(TestCluster::make_pod("plain"));
  auto tolerant = TestCluster::make_pod("tolerant");
  tolerant->spec.edit().tolerations.push_back({"team", "Equal", "a", "NoSchedule", {}});
  cluster.create(tolerant);
  cluster.run_until(1_s);
  EXPECT_EQ(cluster.node_of("tolerant"), "tainted");
  EXPECT_EQ(
      cluster.why_unscheduled("plain"),
      std::string(
          "0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable.") +
          kNobody + "0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
  auto uncordoned = std::make_shared<api::Node>(static_cast<const api::Node&>(*stored));
  uncordoned->unschedulable = false;
  cluster.update(uncordoned);
  cluster.run_until(2_s);
  EXPECT_EQ(cluster.node_of("plain"), "cordoned");
}

TEST(Scheduler, LeavesGatedPodsAndThoseOfOtherSchedulersAlone) {
  TestCluster cluster;
  cluster.create(TestCluster::make_node("node-1"));
  cluster.run_until(500_ms);
  auto gated = TestCluster::make_pod("gated");
  gated->spec.edit().scheduling_gates = {"example.com/wait"};
  const api::ObjectPtr stored = cluster.create(gated);
  auto other = TestCluster::make_pod("other");
  other->spec.edit().scheduler_name = "my-scheduler";
  cluster.create(other);
  cluster.run_until(1_s);
  EXPECT_EQ(cluster.node_of("gated"), "");
  EXPECT_EQ(cluster.node_of("other"), "");
  auto ungated = std::make_shared<api::Pod>(static_cast<const api::Pod&>(*stored));
  ungated->spec.edit().scheduling_gates.clear();
  cluster.update(ungated);
  cluster.run_until(1050_ms);
  EXPECT_EQ(cluster.node_of("gated"), "node-1");
}

TEST(Scheduler, GatedPodsSaySoAndGatesAreOnlyTakenOff) {
  TestCluster cluster;
  auto gated = TestCluster::make_pod("gated");
  gated->spec.edit().scheduling_gates = {"example.com/wait", "example.com/more"};
  const api::ObjectPtr stored = cluster.create(gated);
  const api::Condition* condition =
      api::find_condition(cluster.pod("gated").status.conditions, "PodScheduled");
  ASSERT_NE(condition, nullptr);
  EXPECT_EQ(condition->reason, api::Symbol("SchedulingGated"));
  EXPECT_EQ(condition->message, "Scheduling is blocked due to non-empty scheduling gates");
  auto changed = std::make_shared<api::Pod>(static_cast<const api::Pod&>(*stored));
  changed->metadata.resource_version = 0;
  changed->spec.edit().scheduling_gates = {"example.com/wait", "example.com/new"};
  cluster::ApiRequest request;
  request.verb = cluster::Verb::kUpdate;
  request.object = changed;
  const cluster::ApiResult refused = cluster.api.execute(cluster.kernel, request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "Pod \"gated\" is invalid: spec.schedulingGates[1].name: Forbidden: only deletion is allowed, "
            "but found new scheduling gate 'example.com/new'");
}

// golden/scheduling/spread-zone-maxskew1-full-zone: ties on six nodes went to the first in the list each
// time.
TEST(Scheduler, SmallClustersTakeTiesInListOrderMostly) {
  std::map<std::string, int> first;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    TestCluster cluster({}, seed);
    for (int i = 0; i < 6; ++i) cluster.create(TestCluster::make_node(fmt::format("node-{}", i + 1)));
    cluster.run_until(500_ms);
    cluster.create(TestCluster::make_pod("web"));
    cluster.run_until(1_s);
    ++first[cluster.node_of("web")];
  }
  EXPECT_GE(first["node-1"], 30);
  EXPECT_GE(first.size(), 2u);
}

TEST(Scheduler, LargeClustersTakeTiesAtRandom) {
  std::map<std::string, int> first;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    TestCluster cluster({}, seed);
    for (int i = 0; i < 300; ++i) cluster.create(TestCluster::make_node(fmt::format("node-{:03}", i)));
    cluster.run_until(500_ms);
    cluster.create(TestCluster::make_pod("web"));
    cluster.run_until(1_s);
    ++first[cluster.node_of("web")];
  }
  EXPECT_GE(first.size(), 15u);
}

TEST(Scheduler, TakesPodsOfHighPriorityFirst) {
  TestCluster cluster;
  cluster.create(TestCluster::make_node("node-1", "a", "1"));
  cluster.run_until(1_s);
  for (int i = 0; i < 3; ++i) {
    auto pod = TestCluster::make_pod(fmt::format("pod-{}", i), "400m");
    if (i == 2) pod->spec.edit().priority_class_name = "system-cluster-critical";
    cluster.create(pod);
  }
  cluster.run_until(2_s);
  EXPECT_EQ(cluster.node_of("pod-2"), "node-1");
}

TEST(Scheduler, KeepsZonesWithinTheirSkew) {
  TestCluster cluster;
  for (int i = 0; i < 6; ++i) {
    cluster.create(TestCluster::make_node(fmt::format("node-{}", i + 1),
                                          std::string(1, static_cast<char>('a' + i % 3)),
                                          i % 3 == 2 ? "100m" : "2"));
  }
  cluster.run_until(1_s);
  for (int i = 0; i < 9; ++i) {
    auto pod = TestCluster::make_pod(fmt::format("web-{}", i));
    api::TopologySpreadConstraint constraint;
    constraint.topology_key = "topology.kubernetes.io/zone";
    constraint.label_selector = api::LabelSelector{{{"app", "web"}}, {}};
    pod->spec.edit().topology_spread_constraints.push_back(constraint);
    cluster.create(pod);
  }
  cluster.run_until(2_s);
  EXPECT_EQ(cluster.why_unscheduled("web-8"),
            std::string("0/6 nodes are available: 2 Insufficient cpu, "
                        "4 node(s) didn't match pod topology spread constraints.") +
                kNobody + "0/6 nodes are available: 6 No preemption victims found for incoming pod.");
}

TEST(Scheduler, KeepsPodsApartThatRepelEachOther) {
  TestCluster cluster;
  for (int i = 0; i < 4; ++i) cluster.create(TestCluster::make_node(fmt::format("node-{}", i + 1)));
  cluster.run_until(1_s);
  for (int i = 0; i < 6; ++i) {
    auto pod = TestCluster::make_pod(fmt::format("web-{}", i));
    api::PodAffinityTerm term;
    term.label_selector = api::LabelSelector{{{"app", "web"}}, {}};
    term.topology_key = "kubernetes.io/hostname";
    pod->spec.edit().affinity.emplace().pod_anti_required.push_back(term);
    cluster.create(pod);
  }
  cluster.run_until(2_s);
  EXPECT_THAT(cluster.pods_per_node(), ElementsAre(Pair("", 2), Pair("node-1", 1), Pair("node-2", 1),
                                                   Pair("node-3", 1), Pair("node-4", 1)));
  EXPECT_EQ(cluster.why_unscheduled("web-5"),
            std::string("0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules.") +
                kNobody + "0/4 nodes are available: 4 No preemption victims found for incoming pod.");
}

TEST(Scheduler, RemembersWhatEachNodeScored) {
  TestCluster cluster;
  cluster.create(TestCluster::make_node("empty"));
  cluster.create(TestCluster::make_node("small", "b", "50m"));
  cluster.create(TestCluster::make_node("other"));
  cluster.run_until(1_s);
  const api::ObjectPtr pod = cluster.create(TestCluster::make_pod("web"));
  cluster.run_until(2_s);
  const Decision* decision = cluster.scheduler.decision(api::PodKey{pod->index});
  ASSERT_NE(decision, nullptr);
  EXPECT_EQ(decision->node.str(), cluster.node_of("web"));
  ASSERT_THAT(decision->nodes, SizeIs(3));
  for (const NodeVerdict& verdict : decision->nodes) {
    if (verdict.node == api::Symbol("small")) {
      EXPECT_EQ(verdict.refused_by, "NodeResourcesFit");
      EXPECT_THAT(verdict.reasons, ElementsAre(api::Symbol("Insufficient cpu")));
    } else {
      EXPECT_GT(verdict.total, 300);
      EXPECT_THAT(verdict.scores, testing::Contains(Pair("TaintToleration", 300)));
    }
  }
}

TEST(Scheduler, ACopyGoesOnAsTheOriginalDoes) {
  TestCluster cluster;
  for (int i = 0; i < 5; ++i) cluster.create(TestCluster::make_node(fmt::format("node-{}", i + 1)));
  for (int i = 0; i < 40; ++i) cluster.create(TestCluster::make_pod(fmt::format("web-{}", i), "500m"));
  cluster.run_until(15_ms);
  TestCluster copy = cluster;
  cluster.run_until(30_s);
  copy.run_until(30_s);
  EXPECT_EQ(cluster.kernel.fingerprint().value(), copy.kernel.fingerprint().value());
  EXPECT_EQ(cluster.pods_per_node(), copy.pods_per_node());
}

}  // namespace
}  // namespace seatrial::scheduler
