// The Cluster Autoscaler and Karpenter on a small cluster with instances that take time, or are not to be
// had.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/apps.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// Two nodes of 2 cores, each with a pod of 1.5; `platform` and `timeline` say the rest.
MemoryFiles files(const std::string& platform, const std::string& timeline, const std::string& duration) {
  MemoryFiles all;
  all.add("s/platform.yaml",
          "apiVersion: seatrial/v1\nkind: Platform\nmetadata: {name: small}\nspec:\n"
          "  region: eu-west-2\n  zones: [a, b]\n  kubelet: {kind: hollow}\n" +
              platform);
  all.add("s/web.yaml", R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", resources: {requests: {cpu: 1500m, memory: 1Gi}}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: other}
spec: {minAvailable: 1, selector: {matchLabels: {app: other}}}
)");
  all.add("s/scenario.yaml",
          "apiVersion: seatrial/v1\nkind: Scenario\nmetadata: {name: small}\nspec:\n  seed: 3\n"
          "  duration: " +
              duration +
              "\n  platform: platform.yaml\n  apply: [web.yaml]\n"
              "  images: {\"web:1\": {start: 1s}}\n  timeline:\n" +
              timeline);
  return all;
}

class NodeAutoscaler : public testing::Test {
 protected:
  void play(const std::string& platform, const std::string& timeline, const std::string& duration = "10m") {
    auto loaded = load_scenario("s", files(platform, timeline, duration));
    ASSERT_TRUE(loaded) << loaded.error().front().str();
    auto played = scenario::play(std::make_shared<const Scenario>(std::move(*loaded)), {});
    ASSERT_TRUE(played) << played.error().front().str();
    world_.emplace(std::move(*played));
  }
  const cluster::Store& store() const { return world_->cluster().store(); }
  std::vector<std::string> nodes() const {
    std::vector<std::string> names;
    for (const auto& node : store().list(api::Kind::kNode)) {
      const api::LabelMap& labels = *node->metadata.labels;
      names.push_back(node->metadata.name.str() + " " +
                      std::string(labels.get("topology.kubernetes.io/zone")) + " " +
                      std::string(labels.get("node.kubernetes.io/instance-type")));
    }
    return names;
  }
  std::int32_t ready() const {
    return store().find<api::Deployment>("default", "web")->status.ready_replicas;
  }
  std::vector<std::string> events(const char* reason) const {
    std::vector<std::string> found;
    for (const auto& object : store().all(api::Kind::kEvent)) {
      const auto* const event = static_cast<const api::ApiEvent*>(object.get());
      if (event && event->reason == reason) found.push_back(event->message);
    }
    return found;
  }
  std::vector<std::string> timeline() const {
    std::vector<std::string> rows;
    for (const report::TimelineRow& row : collect(*world_).timeline)
      rows.push_back(row.object + ": " + row.what);
    return rows;
  }

  std::optional<World> world_;
};

const std::string kGroup =
    "  nodeGroups:\n    - {name: default, instanceType: m5.large, count: 2, min: 1, max: 5, allocatable: "
    "{cpu: 2, "
    "memory: 8Gi, pods: 29}}\n";
const std::string kClusterAutoscaler = kGroup + "  autoscaler: {kind: cluster-autoscaler}\n";
const std::string kScaleUp = "    - {at: 1m, scale: deployment/web, replicas: 4}\n";

TEST_F(NodeAutoscaler, PodsThatFitNowhereGetNodes) {
  play(kClusterAutoscaler, kScaleUp);
  EXPECT_EQ(ready(), 4);
  EXPECT_THAT(nodes(), testing::ElementsAre("default-1 a m5.large", "default-2 b m5.large",
                                            "default-3 a m5.large", "default-4 b m5.large"));
  EXPECT_THAT(events("ScaledUpGroup"),
              Contains("Scale-up: setting group default size to 4 instead of 2 (max: 5)"));
  EXPECT_THAT(events("TriggeredScaleUp"), Contains("pod triggered scale-up: [{default 2->4 (max: 5)}]"));
  EXPECT_THAT(timeline(), Contains("Node default-3: joins the cluster (m5.large in a)"));
}

TEST_F(NodeAutoscaler, AGroupGrowsToItsMaximumAndSaysSo) {
  play(kClusterAutoscaler, "    - {at: 1m, scale: deployment/web, replicas: 7}\n");
  EXPECT_EQ(ready(), 5);
  EXPECT_EQ(nodes().size(), 5u);
  EXPECT_THAT(events("NotTriggerScaleUp"),
              Contains("pod didn't trigger scale-up: 1 max node group size reached"));
}

TEST_F(NodeAutoscaler, APodThatFitsNoGroupIsNotHelped) {
  play(kGroup +
           "    - {name: other, instanceType: m5.xlarge, count: 0, max: 3, taints: [{key: gpu, effect: "
           "NoSchedule}], allocatable: {cpu: 1, memory: 16Gi, pods: 58}}\n  autoscaler: {kind: "
           "cluster-autoscaler}\n",
       "    - {at: 1m, scale: deployment/web, replicas: 3}\n");
  EXPECT_EQ(ready(), 3);
  EXPECT_THAT(events("ScaledUpGroup"),
              testing::ElementsAre("Scale-up: setting group default size to 3 instead of 2 (max: 5)"));
}

TEST_F(NodeAutoscaler, WithoutCapacityInOneZoneTheOtherIsUsed) {
  play(kClusterAutoscaler + "  ec2: {shortages: [{zone: a}]}\n", kScaleUp);
  EXPECT_EQ(ready(), 4);
  EXPECT_THAT(nodes(), Contains("default-3 b m5.large"));
  EXPECT_THAT(nodes(), Contains("default-4 b m5.large"));
}

TEST_F(NodeAutoscaler, WithoutAnyCapacityTheGroupRests) {
  play(kClusterAutoscaler + "  ec2: {shortages: [{until: 4m}]}\n", kScaleUp, "12m");
  EXPECT_THAT(events("FailedToScaleUpGroup"),
              Contains(HasSubstr("Scale-up failed for group default: no capacity for m5.large in")));
  EXPECT_THAT(events("NotTriggerScaleUp"), Contains(HasSubstr("in backoff after failed scale-up")));
  EXPECT_EQ(ready(), 4);  // five minutes later there is capacity
}

TEST_F(NodeAutoscaler, InstancesThatNeverComeAreGivenUp) {
  play(kClusterAutoscaler + "  ec2: {launchFailures: 100%}\n", kScaleUp, "30m");
  EXPECT_EQ(ready(), 2);
  EXPECT_THAT(events("ScaleUpTimedOut"),
              Contains(HasSubstr("Nodes added to group default failed to register within 15m")));
}

TEST_F(NodeAutoscaler, NodesThatAreNotNeededGoAfterTenMinutes) {
  play(kClusterAutoscaler, kScaleUp + "    - {at: 5m, scale: deployment/web, replicas: 2}\n", "14m");
  EXPECT_EQ(nodes().size(), 4u);
  play(kClusterAutoscaler, kScaleUp + "    - {at: 5m, scale: deployment/web, replicas: 2}\n", "20m");
  EXPECT_EQ(nodes().size(), 2u);
  EXPECT_EQ(ready(), 2);
  EXPECT_FALSE(events("ScaleDownEmpty").empty());
}

const std::string kHalfEmpty =
    "  nodeGroups:\n    - {name: default, instanceType: m5.2xlarge, count: 2, min: 1, max: 5, allocatable: "
    "{cpu: 8, "
    "memory: 32Gi, pods: 58}}\n  autoscaler: {kind: cluster-autoscaler, scaleDownUnneededTime: 3m}\n";

TEST_F(NodeAutoscaler, AHalfEmptyNodeIsDrained) {
  play(kHalfEmpty, "    - {at: 1m, scale: deployment/web, replicas: 2}\n");
  EXPECT_EQ(nodes().size(), 1u);
  EXPECT_EQ(ready(), 2);
  EXPECT_THAT(events("ScaleDown"), Contains(HasSubstr("utilization: 0.19, pods to reschedule: web-")));
}

TEST_F(NodeAutoscaler, ABudgetThatAllowsNothingKeepsTheNode) {
  const std::string budget =
      "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 2, "
      "selector: "
      "{matchLabels: {app: web}}}\n";
  MemoryFiles all = files(kHalfEmpty, "    []\n", "10m");
  const auto manifest = all.read("s/web.yaml");
  all.add("s/web.yaml", *manifest + "---\n" + budget);
  auto loaded = load_scenario("s", all);
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  auto played = scenario::play(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(played);
  world_.emplace(std::move(*played));
  EXPECT_EQ(nodes().size(), 2u);
}

const std::string kKarpenter = R"(  nodeGroups:
    - {name: static, instanceType: m5.large, count: 2, allocatable: {cpu: 2, memory: 8Gi, pods: 29}}
  autoscaler:
    kind: karpenter
    nodePools:
      - name: pool
        budget: 100%
        instanceTypes:
          - {name: m5.2xlarge, price: 0.444, allocatable: {cpu: 8, memory: 32Gi, pods: 58}}
          - {name: m5.xlarge, price: 0.222, allocatable: {cpu: 4, memory: 16Gi, pods: 58}}
          - {name: m5.large, price: 0.111, allocatable: {cpu: 2, memory: 8Gi, pods: 29}}
)";

TEST_F(NodeAutoscaler, KarpenterMakesTheCheapestNodeThatHoldsThePods) {
  play(kKarpenter, kScaleUp);
  EXPECT_EQ(ready(), 4);
  EXPECT_THAT(nodes(), Contains("pool-1 a m5.xlarge"));  // two pods of 1.5 cores
  EXPECT_EQ(nodes().size(), 3u);
  EXPECT_THAT(events("Nominated"), Contains("Pod should schedule on: nodeclaim/pool-1"));
}

TEST_F(NodeAutoscaler, KarpenterGoesToAnotherZoneForCapacity) {
  play(kKarpenter + "  ec2: {shortages: [{zone: a}]}\n", kScaleUp);
  EXPECT_EQ(ready(), 4);
  for (const std::string& node : nodes())
    EXPECT_FALSE(node.starts_with("pool") && node.contains(" a ")) << node;
}

TEST_F(NodeAutoscaler, KarpenterTakesEmptyNodesAway) {
  play(kKarpenter, kScaleUp + "    - {at: 5m, scale: deployment/web, replicas: 2}\n");
  EXPECT_EQ(ready(), 2);
  EXPECT_EQ(nodes().size(), 2u);
  EXPECT_THAT(events("DisruptionTerminating"), Contains("Disrupting Node: Empty"));
}

TEST_F(NodeAutoscaler, KarpenterReplacesANodeByACheaperOne) {
  play(kKarpenter,
       "    - {at: 1m, scale: deployment/web, replicas: 6}\n"
       "    - {at: 5m, scale: deployment/web, replicas: 3}\n",
       "15m");
  EXPECT_EQ(ready(), 3);
  EXPECT_THAT(nodes(), Contains(HasSubstr("m5.large")));
  EXPECT_EQ(nodes().size(), 3u);
  EXPECT_FALSE(events("DisruptionLaunching").empty() && events("DisruptionTerminating").empty());
}

TEST_F(NodeAutoscaler, KarpenterRespectsItsBudget) {
  std::string none = kKarpenter;
  none.replace(none.find("budget: 100%"), 12, "budget: 0");
  play(none, kScaleUp + "    - {at: 5m, scale: deployment/web, replicas: 2}\n");
  EXPECT_EQ(nodes().size(), 3u);
}

TEST_F(NodeAutoscaler, KarpenterRenewsNodesThatAreTooOld) {
  std::string old = kKarpenter;
  old.replace(old.find("budget: 100%"), 12, "expireAfter: 4m");
  play(old, kScaleUp);
  EXPECT_THAT(events("DisruptionTerminating"), Contains("Disrupting Node: Expired"));
  EXPECT_EQ(ready(), 4);
}

TEST_F(NodeAutoscaler, ACopyOfTheWorldGoesOnEqually) {
  auto loaded = load_scenario("s", files(kKarpenter, kScaleUp, "10m"));
  ASSERT_TRUE(loaded);
  auto world = World::create(std::make_shared<const Scenario>(std::move(*loaded)), 5);
  ASSERT_TRUE(world);
  world->run_until(SimTime::at(Duration::seconds(75)));
  World fork = *world;
  world->run_until(world->end());
  fork.run_until(fork.end());
  EXPECT_EQ(world->cluster().kernel().fingerprint().hex(), fork.cluster().kernel().fingerprint().hex());
}

TEST(NodeAutoscalerDecode, WhatMakesNoSenseIsRefused) {
  const auto problems = [](const std::string& platform) {
    std::string all;
    for (const std::string& text : tests::problems_of(files(platform, "    []\n", "1m"))) all += text + "\n";
    return all;
  };
  EXPECT_THAT(problems(kGroup + "  autoscaler: {kind: autopilot}\n"), HasSubstr("autopilot"));
  EXPECT_THAT(problems("  nodeGroups: [{name: d, count: 1, allocatable: {cpu: 1, memory: 1Gi, pods: 9}}]\n"
                       "  autoscaler: {kind: cluster-autoscaler}\n"),
              HasSubstr("no node group has \"min\" or \"max\", so there is nothing to scale"));
  EXPECT_THAT(problems(kGroup + "  autoscaler: {kind: karpenter}\n"), HasSubstr("nodePools"));
  EXPECT_THAT(problems(kGroup + "  autoscaler: {kind: cluster-autoscaler, batchMaxDuration: 3s}\n"),
              HasSubstr("batchMaxDuration"));
  EXPECT_THAT(problems(kGroup + "  ec2: {shortages: [{zone: z}]}\n"),
              HasSubstr("the platform has no zone \"z\""));
  std::string bad = kKarpenter;
  bad.replace(bad.find("budget: 100%"), 12, "budget: 200%");
  EXPECT_THAT(problems(bad), HasSubstr("expected a number of nodes or a percentage"));
}

}  // namespace
}  // namespace seatrial::scenario
