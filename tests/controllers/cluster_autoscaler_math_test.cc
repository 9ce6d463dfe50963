#include "sim/controllers/cluster_autoscaler_math.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/controllers/karpenter_math.h"

namespace seatrial::controllers {
namespace {

using namespace literals;
using ::testing::ElementsAre;

constexpr std::int64_t kGi = std::int64_t{1} << 30;

Resources resources(std::int64_t milli_cpu, std::int64_t memory) {
  Resources r;
  r.milli_cpu = milli_cpu;
  r.memory = memory;
  return r;
}

api::Pod replicated(api::LabelMap annotations = {}) {
  api::Pod pod;
  pod.metadata.namespace_ = "shop";
  pod.metadata.annotations = std::move(annotations);
  pod.metadata.owner_references.push_back({"apps/v1", "ReplicaSet", "web", {1, 1}, true, true});
  pod.spec = api::PodSpec();
  return pod;
}

TEST(ClusterAutoscalerMath, UtilizationIsThatOfTheScarcerResource) {
  EXPECT_DOUBLE_EQ(utilization(resources(1000, 12 * kGi), resources(4000, 16 * kGi)), 0.75);
  EXPECT_DOUBLE_EQ(utilization(resources(3000, 0), resources(4000, 16 * kGi)), 0.75);
  EXPECT_DOUBLE_EQ(utilization({}, {}), 0);
}

TEST(ClusterAutoscalerMath, TheGroupThatWastesLeastIsTaken) {
  EXPECT_DOUBLE_EQ(waste(1, resources(4000, 16 * kGi), resources(3000, 8 * kGi)), 0.75);
  const std::vector<ScaleUpOption> options{
      {0, 1, 0.75, {1}}, {1, 0, 0, {}}, {2, 2, 0.5, {1}}, {3, 1, 0.5, {1}}};
  EXPECT_EQ(least_waste(options)->group, 2u);
  EXPECT_EQ(least_waste({}), nullptr);
}

TEST(ClusterAutoscalerMath, LargePodsArePackedFirst) {
  const std::vector<Resources> pods{resources(100, kGi), resources(3000, kGi), resources(100, 15 * kGi),
                                    resources(100, kGi)};
  EXPECT_THAT(packing_order(pods, resources(4000, 16 * kGi)), ElementsAre(2, 1, 0, 3));
}

TEST(ClusterAutoscalerMath, AGroupThatFailsRestsLongerEachTime) {
  GroupBackoff backoff;
  SimTime now = SimTime::at(0_s);
  EXPECT_FALSE(backoff.resting(now));
  backoff.failed(now);
  backoff.failed(now);  // the same scale-up
  EXPECT_TRUE(backoff.resting(now + 299_s));
  EXPECT_FALSE(backoff.resting(now + 300_s));
  for (const Duration rest : {600_s, 1200_s, 1800_s, 1800_s}) {
    now += 1_h;
    backoff.failed(now);
    EXPECT_TRUE(backoff.resting(now + rest - 1_s));
    EXPECT_FALSE(backoff.resting(now + rest));
  }
  now += 4_h;  // long ago: as for the first time
  backoff.failed(now);
  EXPECT_FALSE(backoff.resting(now + 300_s));
}

TEST(ClusterAutoscalerMath, AnUnhealthyClusterIsNotScaled) {
  EXPECT_TRUE(is_cluster_healthy(3, 4));
  EXPECT_FALSE(is_cluster_healthy(4, 8));
  EXPECT_TRUE(is_cluster_healthy(4, 9));
}

TEST(ClusterAutoscalerMath, SomePodsKeepTheirNode) {
  const api::Pod pod = replicated();
  EXPECT_EQ(blocking_reason({pod, true}), "");
  EXPECT_EQ(blocking_reason({pod, false}), "NotReplicated");
  EXPECT_EQ(blocking_reason({pod, true, true, false}), "NotEnoughPdb");
  const api::Pod kept = replicated({{"cluster-autoscaler.kubernetes.io/safe-to-evict", "false"}});
  EXPECT_EQ(blocking_reason({kept, true}), "NotSafeToEvictAnnotation");
  api::Pod free = replicated({{"cluster-autoscaler.kubernetes.io/safe-to-evict", "true"}});
  free.metadata.owner_references.clear();
  EXPECT_EQ(blocking_reason({free, false}), "");
  api::Pod system = replicated();
  system.metadata.namespace_ = "kube-system";
  EXPECT_EQ(blocking_reason({system, true, false}), "UnmovableKubeSystemPod");
  EXPECT_EQ(blocking_reason({system, true, true}), "");
  api::Pod local = replicated();
  local.spec.edit().other = R"({"volumes":[{"emptyDir":{},"name":"tmp"}]})";
  EXPECT_EQ(blocking_reason({local, true}), "LocalStorageRequested");
}

TEST(KarpenterMath, ABatchEndsWhenNothingMoreComes) {
  Batch batch;
  EXPECT_FALSE(batch.open());
  const SimTime start = SimTime::at(100_s);
  batch.add(start);
  EXPECT_EQ(batch.due(1_s, 10_s), start + 1_s);
  batch.add(start + 500_ms);
  EXPECT_EQ(batch.due(1_s, 10_s), start + 1500_ms);
  batch.add(start + 9500_ms);
  EXPECT_EQ(batch.due(1_s, 10_s), start + 10_s);
  batch.close();
  EXPECT_FALSE(batch.open());
}

TEST(KarpenterMath, TheCheapestTypeThatHoldsThePodsIsTaken) {
  const std::vector<InstanceOffer> offers{{"large", 400, resources(8000, 32 * kGi), 58, nullptr},
                                          {"medium", 200, resources(4000, 16 * kGi), 29, nullptr},
                                          {"small", 100, resources(2000, 8 * kGi), 4, nullptr}};
  EXPECT_EQ(cheapest(offers, resources(1500, kGi), 2)->instance_type, "small");
  EXPECT_EQ(cheapest(offers, resources(1500, kGi), 5)->instance_type, "medium");  // a small one takes four
  EXPECT_EQ(cheapest(offers, resources(1500, 20 * kGi), 1)->instance_type, "large");
  EXPECT_EQ(cheapest(offers, resources(9000, kGi), 1), nullptr);
}

TEST(KarpenterMath, ABudgetIsRoundedUp) {
  EXPECT_EQ(disruptions_allowed({0, "10%"}, 6, 0), 1);
  EXPECT_EQ(disruptions_allowed({0, "10%"}, 6, 1), 0);
  EXPECT_EQ(disruptions_allowed({0, "10%"}, 21, 1), 2);
  EXPECT_EQ(disruptions_allowed({2, {}}, 6, 0), 2);
  EXPECT_EQ(disruptions_allowed({0, "0%"}, 6, 0), 0);
}

TEST(KarpenterMath, NodesWithFewPodsAndAShortLifeGoFirst) {
  const auto pod = std::make_shared<const api::Pod>(replicated());
  const auto dear = std::make_shared<const api::Pod>(
      replicated({{"controller.kubernetes.io/pod-deletion-cost", "134217728"}}));
  const std::vector<std::shared_ptr<const api::Pod>> two{pod, pod}, one{pod}, costly{dear};
  EXPECT_DOUBLE_EQ(disruption_cost(two, 0_s, std::nullopt), 2);
  EXPECT_DOUBLE_EQ(disruption_cost(costly, 0_s, std::nullopt), 2);
  EXPECT_DOUBLE_EQ(disruption_cost(one, 18_h, 24_h), 0.25);
}

TEST(KarpenterMath, WhatCouldNotBeHadIsLeftAloneForAWhile) {
  UnavailableOffers unavailable;
  const SimTime now = SimTime::at(10_s);
  unavailable.add("small", "a", now + 180_s);
  EXPECT_TRUE(unavailable.contains("small", "a", now + 179_s));
  EXPECT_FALSE(unavailable.contains("small", "b", now));
  EXPECT_FALSE(unavailable.contains("small", "a", now + 180_s));
}

}  // namespace
}  // namespace seatrial::controllers
