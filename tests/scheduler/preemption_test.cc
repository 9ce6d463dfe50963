// Pods of higher priority make room for themselves. Texts and order: observed.md 25 to 27; the choice of
// nodes is in arithmetic_test.cc.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/policy.h"
#include "sim/api/scheduling.h"
#include "tests/scheduler/cluster_fixture.h"

namespace seatrial::scheduler {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class Preempting : public testing::Test {
 protected:
  Preempting() {
    create_class("low", 10);
    create_class("middle", 100);
    create_class("high", 1000);
    create_class("polite", 1000, "Never");
  }
  void create_class(const char* name, std::int32_t value, const char* policy = "PreemptLowerPriority") {
    auto found = std::make_shared<api::PriorityClass>();
    found->metadata.name = name;
    found->value = value;
    found->preemption_policy = policy;
    cluster.create(found);
  }
  void add_node(const std::string& name, const char* cpu = "2", const std::string& zone = "a") {
    cluster.create(TestCluster::make_node(name, zone, cpu));
    run(100_ms);
  }
  void run(Duration time) { cluster.run_until(cluster.kernel.now().since_start() + time); }
  static std::shared_ptr<api::Pod> make(const std::string& name, const char* priority, const char* cpu,
                                        api::LabelMap labels = {{"app", "web"}}) {
    auto pod = TestCluster::make_pod(name, cpu, "64Mi", std::move(labels));
    pod->spec.edit().priority_class_name = priority;
    return pod;
  }
  const api::Pod& place(const std::shared_ptr<api::Pod>& pod) {
    cluster.create(pod);
    run(100_ms);
    return cluster.pod(pod->metadata.name.str());
  }
  const api::Pod& place(const std::string& name, const char* priority, const char* cpu) {
    return place(make(name, priority, cpu));
  }
  // As a kubelet does when its containers have stopped.
  void end(const std::string& name) {
    cluster.remove(cluster.pod(name).ref());
    run(100_ms);
  }
  bool is_going(const std::string& name) const {
    return cluster.pod(name).metadata.deletion_timestamp.has_value();
  }
  std::string nominated(const std::string& name) const {
    return cluster.pod(name).status.nominated_node_name.str();
  }
  void protect(const char* name, api::LabelMap labels, std::int32_t allowed) {
    auto budget = std::make_shared<api::PodDisruptionBudget>();
    budget->metadata.name = name;
    budget->metadata.namespace_ = "default";
    budget->selector = api::LabelSelector{std::move(labels), {}};
    const api::ObjectPtr stored = cluster.create(budget);
    auto status =
        std::make_shared<api::PodDisruptionBudget>(static_cast<const api::PodDisruptionBudget&>(*stored));
    status->status.disruptions_allowed = allowed;
    cluster::ApiRequest request;
    request.verb = cluster::Verb::kUpdateStatus;
    request.object = status;
    CHECK(cluster.api.execute(cluster.kernel, request).has_value());
    run(100_ms);
  }
  TestCluster cluster;
};

TEST_F(Preempting, NominatesMarksDeletesAndBindsOnceTheVictimIsGone) {
  add_node("node-1");
  place("victim", "low", "1500m");
  const api::ObjectPtr pod = cluster.create(make("urgent", "high", "1500m"));
  run(100_ms);
  EXPECT_EQ(nominated("urgent"), "node-1");
  EXPECT_EQ(cluster.why_unscheduled("urgent"), "0/1 nodes are available: 1 Insufficient cpu.");
  EXPECT_THAT(cluster.events("FailedScheduling"),
              ElementsAre("0/1 nodes are available: 1 Insufficient cpu."));
  EXPECT_TRUE(is_going("victim"));
  const api::Condition* target =
      api::find_condition(cluster.pod("victim").status.conditions, "DisruptionTarget");
  ASSERT_NE(target, nullptr);
  EXPECT_EQ(target->reason, api::Symbol("PreemptionByScheduler"));
  EXPECT_EQ(target->message, "default-scheduler: preempting to accommodate a higher priority pod");
  EXPECT_THAT(cluster.events("Preempted"),
              ElementsAre(fmt::format("Preempted by pod {} on node node-1", pod->metadata.uid.str())));
  run(5_s);
  EXPECT_EQ(cluster.node_of("urgent"), "");
  cluster.remove(cluster.pod("victim").ref());
  run(50_ms);
  EXPECT_EQ(cluster.node_of("urgent"), "node-1");
  EXPECT_EQ(nominated("urgent"), "");
}

TEST_F(Preempting, TheImportantAreTakenBackFirst) {  // the example of dry_run.h
  add_node("node-1", "4");
  place("plain-1", "", "1");
  place("plain-2", "", "1");
  place("low", "low", "1");
  place("middle", "middle", "1");
  place("urgent", "high", "2");
  EXPECT_TRUE(is_going("plain-1"));
  EXPECT_TRUE(is_going("plain-2"));
  EXPECT_FALSE(is_going("low"));
  EXPECT_FALSE(is_going("middle"));
}

TEST_F(Preempting, WaitsWhileAVictimIsTerminatingAndSaysSo) {
  add_node("node-1", "2");
  place("one", "low", "1");
  place("two", "low", "1");
  place("urgent", "high", "2");
  EXPECT_TRUE(is_going("one"));
  EXPECT_TRUE(is_going("two"));
  end("one");
  EXPECT_EQ(
      cluster.why_unscheduled("urgent"),
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible "
      "due to a terminating pod on the nominated node.");
  EXPECT_EQ(nominated("urgent"), "node-1");
  end("two");
  EXPECT_EQ(cluster.node_of("urgent"), "node-1");
}

TEST_F(Preempting, BudgetsDecideWhichNodeIsTaken) {
  add_node("node-1");
  add_node("node-2");
  auto guarded = make("guarded", "low", "1500m", {{"app", "guarded"}});
  guarded->spec.edit().node_selector = {{"kubernetes.io/hostname", "node-1"}};
  place(guarded);
  place("free", "middle", "1500m");
  protect("guarded", {{"app", "guarded"}}, 0);
  place("urgent", "high", "1500m");
  EXPECT_FALSE(is_going("guarded"));  // although its priority is lower
  EXPECT_TRUE(is_going("free"));
}

TEST_F(Preempting, BudgetsAreBrokenWhereNothingElseHelps) {
  add_node("node-1");
  place("guarded", "low", "1500m");
  protect("all", {{"app", "web"}}, 0);
  place("urgent", "high", "1500m");
  EXPECT_TRUE(is_going("guarded"));
}

TEST_F(Preempting, BudgetsKeepTheirPodsOnANodeWhereOthersCanGo) {
  add_node("node-1", "2");
  auto guarded = make("guarded", "low", "1", {{"app", "guarded"}});
  place(guarded);
  place("free", "low", "1");
  protect("guarded", {{"app", "guarded"}}, 0);
  place("urgent", "high", "1");
  EXPECT_FALSE(is_going("guarded"));
  EXPECT_TRUE(is_going("free"));
}

TEST(ViolateBudgets, CountsDownInOrder) {
  std::vector<std::shared_ptr<api::Pod>> pods;
  std::vector<const api::Pod*> views;
  for (const char* name : {"a", "b", "c", "d"}) {
    views.push_back(pods.emplace_back(TestCluster::make_pod(name)).get());
  }
  pods[3]->metadata.namespace_ = "other";
  api::PodDisruptionBudget one, none, granted;
  one.metadata.namespace_ = none.metadata.namespace_ = granted.metadata.namespace_ = "default";
  one.selector = granted.selector = api::LabelSelector{{{"app", "web"}}, {}};
  one.status.disruptions_allowed = 1;
  none.selector = api::LabelSelector();  // empty: matches nothing here
  EXPECT_THAT(violate_budgets(views, std::vector<const api::PodDisruptionBudget*>{&one, &none}),
              ElementsAre(false, true, true, false));
  granted.status.disrupted_pods["a"] = {};
  EXPECT_THAT(violate_budgets(views, std::vector<const api::PodDisruptionBudget*>{&granted}),
              ElementsAre(false, true, true, false));
}

TEST_F(Preempting, TheRoomOfANominatedPodIsKeptFromLesserOnes) {
  add_node("node-1", "2");
  place("victim", "low", "2");
  place("urgent", "high", "1500m");
  ASSERT_EQ(nominated("urgent"), "node-1");
  auto lesser = make("lesser", "middle", "1");
  cluster.create(lesser);
  cluster.remove(cluster.pod("victim").ref());
  run(200_ms);
  EXPECT_EQ(cluster.node_of("urgent"), "node-1");
  EXPECT_EQ(cluster.node_of("lesser"), "");
}

TEST_F(Preempting, AStillHigherPodTakesTheNominatedNodeAndClearsTheNomination) {
  add_node("node-1", "2");
  place("victim", "low", "2");
  place("second", "middle", "2");
  ASSERT_EQ(nominated("second"), "node-1");
  place("first", "high", "2");
  EXPECT_EQ(nominated("first"), "node-1");
  EXPECT_EQ(nominated("second"), "");
  end("victim");
  EXPECT_EQ(cluster.node_of("first"), "node-1");
  EXPECT_EQ(cluster.node_of("second"), "");
}

TEST_F(Preempting, WhatStillDoesNotFitWithoutThemIsSaid) {
  add_node("node-1", "4");
  auto host = make("host", "high", "1");
  place(host);
  place("low", "low", "1");
  place("big", "middle", "3500m");
  EXPECT_FALSE(is_going("low"));
  EXPECT_EQ(
      cluster.why_unscheduled("big"),
      "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are "
      "available: 1 Insufficient cpu.");
}

TEST_F(Preempting, PodsThatRepelAreEvictedAsWell) {
  add_node("node-1");
  auto hermit = make("hermit", "low", "100m", {{"app", "hermit"}});
  api::PodAffinityTerm term;
  term.label_selector = api::LabelSelector{{{"app", "web"}}, {}};
  term.topology_key = "kubernetes.io/hostname";
  hermit->spec.edit().affinity.emplace().pod_anti_required.push_back(term);
  place(hermit);
  place("urgent", "high", "100m");
  EXPECT_TRUE(is_going("hermit"));
  EXPECT_EQ(nominated("urgent"), "node-1");
}

TEST_F(Preempting, SpreadingIsJudgedWithoutTheVictims) {
  add_node("node-1", "4", "a");
  add_node("node-2", "1", "b");
  auto full = make("full", "high", "1", {{"app", "other"}});
  full->spec.edit().node_selector = {{"kubernetes.io/hostname", "node-2"}};
  place(full);
  const auto spread = [](std::shared_ptr<api::Pod> pod) {
    api::TopologySpreadConstraint constraint;
    constraint.topology_key = "topology.kubernetes.io/zone";
    constraint.label_selector = api::LabelSelector{{{"app", "web"}}, {}};
    pod->spec.edit().topology_spread_constraints.push_back(constraint);
    return pod;
  };
  place(spread(make("old", "low", "100m")));
  ASSERT_EQ(cluster.node_of("old"), "node-1");
  place(spread(make("urgent", "high", "100m")));
  EXPECT_TRUE(is_going("old"));
  EXPECT_EQ(nominated("urgent"), "node-1");
}

TEST_F(Preempting, PolitePodsWait) {
  add_node("node-1", "1");
  place("low", "low", "900m");
  place("polite", "polite", "900m");
  EXPECT_FALSE(is_going("low"));
  EXPECT_THAT(cluster.why_unscheduled("polite"),
              testing::EndsWith("not eligible due to preemptionPolicy=Never."));
}

TEST_F(Preempting, TheNominationGoesWhereAnotherNodeTakesThePod) {
  add_node("node-1", "1");
  place("victim", "low", "900m");
  place("urgent", "high", "900m");
  ASSERT_EQ(nominated("urgent"), "node-1");
  add_node("node-2", "1");
  run(2_s);
  EXPECT_EQ(cluster.node_of("urgent"), "node-2");
  EXPECT_EQ(nominated("urgent"), "");
}

TEST_F(Preempting, AnEvictedPodThatIsGoneAlreadyHoldsNobodyUp) {
  add_node("node-1", "1");
  place("victim", "low", "900m");
  cluster.create(make("urgent", "high", "900m"));
  run(4_ms);
  cluster.remove(cluster.pod("victim").ref());
  run(3_s);
  EXPECT_EQ(cluster.node_of("urgent"), "node-1");
}

TEST_F(Preempting, ACopyGoesOnInTheMiddle) {
  add_node("node-1", "2");
  for (const char* name : {"one", "two", "three"}) place(name, "low", "600m");
  cluster.create(make("urgent", "high", "1500m"));
  run(6_ms);
  TestCluster copy = cluster;
  const auto finish = [](TestCluster& c) {
    c.run_until(c.kernel.now().since_start() + 1_s);
    for (const char* name : {"one", "two", "three"}) {
      if (c.pod(name).metadata.deletion_timestamp) c.remove(c.pod(name).ref());
    }
    c.run_until(c.kernel.now().since_start() + 1_s);
  };
  finish(cluster);
  finish(copy);
  EXPECT_EQ(cluster.node_of("urgent"), "node-1");
  EXPECT_EQ(cluster.kernel.fingerprint().value(), copy.kernel.fingerprint().value());
}

}  // namespace
}  // namespace seatrial::scheduler
