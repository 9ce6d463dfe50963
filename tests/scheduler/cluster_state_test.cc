#include "sim/scheduler/cluster_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scheduler/cluster_fixture.h"

namespace seatrial::scheduler {
namespace {

using testing::ElementsAre;

api::Quantity quantity(const char* text) { return *api::Quantity::parse(text); }

TEST(NodeTree, LetsZonesTakeTurns) {
  NodeTree tree;
  tree.add("a", 1);
  tree.add("a", 2);
  tree.add("b", 3);
  tree.add("c", 4);
  tree.add("c", 5);
  EXPECT_THAT(tree.list(), ElementsAre(1, 3, 4, 2, 5));
  tree.remove("a", 1);
  EXPECT_THAT(tree.list(), ElementsAre(2, 3, 4, 5));
  tree.remove("a", 2);
  tree.add("a", 6);  // the zone comes again, last
  EXPECT_THAT(tree.list(), ElementsAre(3, 4, 6, 5));
}

TEST(Resources, ContainersWithoutRequestsCountWithDefaultsForScores) {
  api::PodSpec spec;
  spec.containers.resize(2);
  spec.containers[0].resources.requests = {{"cpu", quantity("500m")}, {"example.com/gpu", quantity("2")}};
  const PodRequests requests = pod_requests(spec);
  EXPECT_EQ(requests.requests.milli_cpu, 500);
  EXPECT_EQ(requests.requests.memory, 0);
  EXPECT_EQ(requests.requests.scalar_amount("example.com/gpu"), 2);
  EXPECT_EQ(requests.non_zero_milli_cpu, 600);
  EXPECT_EQ(requests.non_zero_memory, 400LL << 20);
}

TEST(ClusterState, SumsFollowThePods) {
  ClusterState state;
  state.set_node(TestCluster::make_node("node-1"));
  const std::uint32_t slot = state.find("node-1");
  PodInfoCache infos;
  const auto web = TestCluster::make_pod("web", "250m", "1Gi");
  state.add_pod(slot, {infos.get(*web), 7, false});
  state.add_pod(slot, {infos.get(*web), 8, false});
  EXPECT_EQ(state.at(slot).requested.milli_cpu, 500);
  state.remove_pod(slot, 7);
  EXPECT_EQ(state.at(slot).requested.milli_cpu, 250);
  EXPECT_EQ(state.at(slot).requested.memory, 1LL << 30);
  EXPECT_EQ(state.at(slot).pods.size(), 1u);
}

TEST(ClusterState, CountsMatchingPodsWithoutTerminatingOnes) {
  ClusterState state;
  for (const char* name : {"node-1", "node-2"}) state.set_node(TestCluster::make_node(name));
  const std::uint32_t first = state.find("node-1"), second = state.find("node-2");
  PodInfoCache infos;
  const auto web = TestCluster::make_pod("web");
  const auto other = TestCluster::make_pod("other", "1", "1Gi", {{"app", "other"}});
  const auto counts = [&state](const char* of_namespace) -> const std::vector<std::int32_t>& {
    const PodFilter who{{{{{"app", "web"}}, {}}, false}, {of_namespace}, {}};
    const PodFilter* const all = &who;
    return state.pods_matching({&all, 1}, false).by_slot;
  };
  state.add_pod(first, {infos.get(*web), 0, false});
  EXPECT_EQ(counts("default")[first], 1);
  state.add_pod(first, {infos.get(*web), 1, false});
  state.add_pod(second, {infos.get(*web), 2, true});
  state.add_pod(second, {infos.get(*other), 3, false});
  EXPECT_EQ(counts("default")[first], 2);
  EXPECT_EQ(counts("default")[second], 0);
  EXPECT_EQ(counts("elsewhere")[first], 0);
  state.remove_pod(first, 0);
  EXPECT_EQ(counts("default")[first], 1);
}

TEST(ClusterState, UsesSlotsOfGoneNodesAgain) {
  ClusterState state;
  state.set_node(TestCluster::make_node("node-1"));
  const std::uint32_t slot = state.find("node-1");
  EXPECT_EQ(state.topology("topology.kubernetes.io/zone").domain[slot], 0);
  state.remove_node("node-1");
  EXPECT_EQ(state.find("node-1"), kNoSlot);
  state.set_node(TestCluster::make_node("node-2", "b"));
  EXPECT_EQ(state.find("node-2"), slot);
  EXPECT_EQ(state.slots(), 1u);
  EXPECT_EQ(state.topology("topology.kubernetes.io/zone").domain[slot], 1);
}

TEST(PodInfo, ImagesWithoutATagAreTheLatest) {
  EXPECT_EQ(normalized_image_name("web").str(), "web:latest");
  EXPECT_EQ(normalized_image_name("registry:5000/web").str(), "registry:5000/web:latest");
  EXPECT_EQ(normalized_image_name("registry:5000/web:1.3").str(), "registry:5000/web:1.3");
}

TEST(PodInfo, HostPortsConflictOnOneAddressAndProtocol) {
  const HostPort any{"0.0.0.0", "TCP", 80}, one{"10.0.0.1", "TCP", 80}, two{"10.0.0.2", "TCP", 80};
  EXPECT_TRUE(any.conflicts_with(one));
  EXPECT_FALSE(one.conflicts_with(two));
  EXPECT_FALSE(any.conflicts_with({"0.0.0.0", "UDP", 80}));
  EXPECT_FALSE(any.conflicts_with({"0.0.0.0", "TCP", 81}));
}

}  // namespace
}  // namespace seatrial::scheduler
