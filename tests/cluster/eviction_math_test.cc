#include "sim/cluster/kubelet/eviction_math.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"

namespace seatrial::cluster {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kMi = 1 << 20;

struct RankRow {
  const char* name;
  std::vector<EvictionCandidate> candidates;
  std::vector<std::size_t> order;
};

class EvictionRank : public testing::TestWithParam<RankRow> {};

TEST_P(EvictionRank, IsTheKubelets) { EXPECT_EQ(rank_for_eviction(GetParam().candidates), GetParam().order); }

INSTANTIATE_TEST_SUITE_P(
    Rows, EvictionRank,
    testing::Values(
        RankRow{"BeyondTheRequestGoesFirst", {{true, 300, 400, 0}, {true, 100, 50, 0}}, {1, 0}},
        RankRow{"EvenWithAHigherPriority", {{true, 300, 400, 0}, {true, 100, 50, 1000}}, {1, 0}},
        RankRow{"AtTheRequestIsNotBeyondIt", {{true, 100, 100, 0}, {true, 1, 0, 5}}, {1, 0}},
        RankRow{"ThenLowerPriority", {{true, 500, 100, 10}, {true, 200, 100, -5}}, {1, 0}},
        RankRow{"ThenMoreBeyondTheRequest",
                {{true, 900, 800, 0}, {true, 300, 100, 0}, {true, 250, 0, 0}},
                {2, 1, 0}},
        RankRow{
            "WithinTheRequestTheNearestToItGoesFirst", {{true, 100, 900, 0}, {true, 700, 800, 0}}, {1, 0}},
        RankRow{"WhatIsNotMeasuredGoesFirst", {{true, 900, 0, 0}, {false, 0, 900, 1000}}, {1, 0}},
        RankRow{"EqualsKeepTheirOrder", {{true, 5, 1, 0}, {true, 5, 1, 0}, {true, 5, 1, 0}}, {0, 1, 2}},
        RankRow{"Nobody", {}, {}}),
    [](const auto& row) { return row.param.name; });

TEST(EvictionMessage, NamesTheContainersBeyondTheirRequest) {
  const ContainerMemory containers[] = {{"web", 300 * kMi, *api::Quantity::parse("200Mi")},
                                        {"log", 10 * kMi, *api::Quantity::parse("10Mi")},
                                        {"side", kMi + 1, {}}};
  EXPECT_EQ(eviction_message(*api::Quantity::parse("100Mi"), 96 * kMi, containers),
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 96Mi. Container web "
            "was using 300Mi, request is 200Mi, has larger consumption of memory. Container side was using "
            "1048577, request is 0, has larger consumption of memory. ");
}

api::PodSpec spec_of(const std::string& spec) {
  const api::Manifests read = api::parse_manifests(
      "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: ns}, spec: {" + spec + "}}", "test.yaml");
  EXPECT_TRUE(read.problems.empty()) << spec;
  return *static_cast<const api::Pod&>(*read.objects.at(0).object).spec;
}

struct ScoreRow {
  const char* name;
  const char* spec;
  std::int32_t score;  // of the last container
};

class OomScore : public testing::TestWithParam<ScoreRow> {};

TEST_P(OomScore, IsTheKubelets) {
  const api::PodSpec spec = spec_of(GetParam().spec);
  const bool sidecar = !spec.init_containers.empty();
  const api::Container& container = sidecar ? spec.init_containers.back() : spec.containers.back();
  EXPECT_EQ(oom_score_adj(spec, container, 1000 * kMi), GetParam().score);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, OomScore,
    testing::Values(
        ScoreRow{"BestEffort", "containers: [{name: a, image: i}]", 1000},
        ScoreRow{"Guaranteed",
                 "containers: [{name: a, image: i, resources: {limits: {cpu: 1, memory: 1Mi}}}]", -997},
        ScoreRow{"Burstable", "containers: [{name: a, image: i, resources: {requests: {memory: 400Mi}}}]",
                 600},
        ScoreRow{"BurstableByCpuAlone", "containers: [{name: a, image: i, resources: {requests: {cpu: 1}}}]",
                 999},
        ScoreRow{"AllOfTheNode", "containers: [{name: a, image: i, resources: {requests: {memory: 1000Mi}}}]",
                 3},
        ScoreRow{"NodeCritical",
                 "priorityClassName: system-node-critical, containers: [{name: a, image: i, resources: "
                 "{requests: {cpu: 1}}}]",
                 -997},
        ScoreRow{"SidecarOfMoreThanItsContainer",
                 "initContainers: [{name: s, image: i, restartPolicy: Always, resources: {requests: {memory: "
                 "500Mi}}}], containers: [{name: a, image: i, resources: {requests: {memory: 100Mi}}}]",
                 901},
        ScoreRow{
            "SidecarThatSaysNothing",
            "initContainers: [{name: s, image: i, restartPolicy: Always}], containers: [{name: a, image: "
            "i, resources: {requests: {memory: 100Mi}}}]",
            900}),
    [](const auto& row) { return row.param.name; });

TEST(OomVictim, HasTheMostPoints) {
  const OomCandidate example[] = {{400 * kMi, 900}, {50 * kMi, 1000}, {500 * kMi, -997}};
  EXPECT_EQ(oom_victim(example, 1000 * kMi), 0u);
  const OomCandidate by_class[] = {{300 * kMi, 600}, {10 * kMi, 1000}, {600 * kMi, -997}};
  EXPECT_EQ(oom_victim(by_class, 1000 * kMi), 1u);
  const OomCandidate equal[] = {{kMi, 1000}, {kMi, 1000}};
  EXPECT_EQ(oom_victim(equal, 1000 * kMi), 1u);
}

TEST(PodsMemory, IsWhatIsAllocatableAndTheThreshold) {
  api::Node node;
  EXPECT_EQ(pods_memory(node, 100 * kMi), std::nullopt);
  node.capacity["memory"] = api::Quantity::from_value(1000 * kMi);
  node.allocatable["memory"] = api::Quantity::from_value(700 * kMi);
  EXPECT_EQ(pods_memory(node, 100 * kMi), 800 * kMi);
  node.allocatable["memory"] = api::Quantity::from_value(1000 * kMi);
  EXPECT_EQ(pods_memory(node, 100 * kMi), 1000 * kMi);
}

struct AdmissionRow {
  const char* name;
  const char* spec;
  bool admitted;
};

class UnderMemoryPressure : public testing::TestWithParam<AdmissionRow> {};

TEST_P(UnderMemoryPressure, BestEffortIsNotAdmitted) {
  EXPECT_EQ(admitted_under_memory_pressure(spec_of(GetParam().spec)), GetParam().admitted);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, UnderMemoryPressure,
    testing::Values(
        AdmissionRow{"BestEffort", "containers: [{name: a, image: i}]", false},
        AdmissionRow{"Burstable", "containers: [{name: a, image: i, resources: {requests: {cpu: 1m}}}]",
                     true},
        AdmissionRow{"Critical", "priority: 2000000000, containers: [{name: a, image: i}]", true},
        AdmissionRow{"HighPriority", "priority: 1000000000, containers: [{name: a, image: i}]", false},
        AdmissionRow{
            "Tolerating",
            "tolerations: [{key: node.kubernetes.io/memory-pressure, operator: Exists}], containers: "
            "[{name: a, image: i}]",
            true},
        AdmissionRow{"ToleratingTheDisk",
                     "tolerations: [{key: node.kubernetes.io/disk-pressure, operator: Exists}], containers: "
                     "[{name: a, image: i}]",
                     false}),
    [](const auto& row) { return row.param.name; });

TEST(MemoryLimit, OfZeroIsNone) {
  const api::PodSpec spec = spec_of(
      "containers: [{name: a, image: i, resources: {limits: {memory: 1Mi}}}, {name: b, image: i, resources: "
      "{limits: {memory: 0}}}, {name: c, image: i}]");
  EXPECT_EQ(memory_limit(spec.containers[0]), kMi);
  EXPECT_EQ(memory_limit(spec.containers[1]), std::nullopt);
  EXPECT_EQ(memory_limit(spec.containers[2]), std::nullopt);
}

}  // namespace
}  // namespace seatrial::cluster
