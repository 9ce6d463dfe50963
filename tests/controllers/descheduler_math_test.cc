// What the descheduler would have go, on values.
#include "sim/controllers/descheduler_math.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seatrial::controllers {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::IsEmpty;

class DeschedulerMath : public testing::Test {
 protected:
  // A node of 1,000 millicores, 1,000 bytes and 10 pods.
  std::uint32_t node(std::vector<api::Taint> taints = {}, bool unschedulable = false) {
    auto made = std::make_shared<api::Node>();
    made->metadata.name = "n" + std::to_string(nodes_.size());
    made->allocatable = {{"cpu", api::Quantity::from_milli(1000)},
                         {"memory", api::Quantity::from_value(1000)},
                         {"pods", api::Quantity::from_value(10)}};
    made->taints = std::move(taints);
    made->unschedulable = unschedulable;
    nodes_.push_back({made, {}});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  std::shared_ptr<api::Pod> pod(std::uint32_t on, std::int64_t milli_cpu = 100, std::int32_t priority = 0,
                                const char* owner = "web", const char* image = "web:1") {
    auto made = std::make_shared<api::Pod>();
    made->index = count_;
    made->metadata.name = "p" + std::to_string(count_++);
    made->metadata.namespace_ = "ns";
    made->metadata.owner_references = {{"apps/v1", "ReplicaSet", owner, {}, true, false}};
    made->node_name = nodes_[on].node->metadata.name;
    api::PodSpec spec;
    spec.containers.emplace_back();
    spec.containers[0].image = image;
    spec.containers[0].resources.requests = {{"cpu", api::Quantity::from_milli(milli_cpu)}};
    spec.priority = priority;
    made->spec = spec;
    nodes_[on].pods.push_back(made);
    return made;
  }
  std::vector<bool> all() const { return std::vector<bool>(count_, true); }
  static std::vector<std::string> names(const std::vector<EvictionCandidate>& candidates) {
    std::vector<std::string> found;
    for (const EvictionCandidate& c : candidates) found.push_back(c.pod->metadata.name.str());
    return found;
  }

  std::vector<PodsOnNode> nodes_;
  std::uint32_t count_ = 0;
};

const api::Taint kCordoned{"node.kubernetes.io/unschedulable", {}, "NoSchedule"};

TEST_F(DeschedulerMath, PodsOnCordonedNodesViolateTheirTaint) {
  node();
  node({kCordoned}, true);
  pod(0);
  pod(1);
  auto tolerant = pod(1);
  tolerant->spec.edit().tolerations.push_back({});
  tolerant->spec.edit().tolerations.back().op = "Exists";
  EXPECT_THAT(names(pods_violating_taints(nodes_, {})), ElementsAre("p1"));
  EXPECT_THAT(pods_violating_taints(nodes_, {{"node.kubernetes.io/unschedulable"}, false}), IsEmpty());
}

TEST_F(DeschedulerMath, OtherEffectsAndValuesCountAsThePluginSays) {
  node({{"a", "b", "NoExecute"}, {"team", "x", "NoSchedule"}, {"soft", {}, "PreferNoSchedule"}});
  pod(0);
  EXPECT_THAT(names(pods_violating_taints(nodes_, {})), ElementsAre("p0"));
  EXPECT_THAT(pods_violating_taints(nodes_, {{"team=x"}, false}), IsEmpty());
  EXPECT_THAT(names(pods_violating_taints(nodes_, {{"team=y"}, false})), ElementsAre("p0"));
  EXPECT_THAT(names(pods_violating_taints(nodes_, {{"team"}, true})), ElementsAre("p0"));
}

TEST_F(DeschedulerMath, DuplicatesGoDownToTheAverageOfEachNode) {
  node();
  node();
  for (int i = 0; i < 4; ++i) pod(0);
  pod(1);
  pod(0, 100, 0, "other");
  EXPECT_THAT(names(duplicates(nodes_, {}, all())), ElementsAre("p3"));  // 5 on 2 nodes: 3 at most
  EXPECT_THAT(duplicates(nodes_, {{"ReplicaSet"}}, all()), IsEmpty());
}

TEST_F(DeschedulerMath, DuplicatesStayWhereNoOtherNodeTakesThem) {
  node();
  node({kCordoned}, true);
  for (int i = 0; i < 4; ++i) pod(0);
  EXPECT_THAT(duplicates(nodes_, {}, all()), IsEmpty());
}

NodeUtilizationArgs cpu_of(std::int64_t low, std::int64_t high) {
  NodeUtilizationArgs args;
  args.thresholds[0] = low;
  args.target_thresholds[0] = high;
  return args;
}

TEST_F(DeschedulerMath, AFullNodeGivesUntilItIsBelowTheTarget) {
  node();
  node();
  for (int i = 0; i < 9; ++i) pod(0, 100, 9 - i);
  NodeUtilization use(nodes_, cpu_of(20, 70), all());
  std::vector<std::string> gone;
  for (const EvictionCandidate& candidate : use.candidates()) {
    if (!use.wants(candidate)) continue;
    gone.push_back(candidate.pod->metadata.name.str());
    use.evicted(candidate);
  }
  EXPECT_THAT(gone, ElementsAre("p8", "p7"));  // 90 % to 70 %, the least priority first
}

TEST_F(DeschedulerMath, NothingMovesWhereNoNodeIsUnderused) {
  node();
  node();
  for (int i = 0; i < 9; ++i) pod(0);
  for (int i = 0; i < 3; ++i) pod(1);
  EXPECT_THAT(NodeUtilization(nodes_, cpu_of(20, 70), all()).candidates(), IsEmpty());
  NodeUtilizationArgs more = cpu_of(50, 70);
  EXPECT_FALSE(NodeUtilization(nodes_, more, all()).candidates().empty());
  more.number_of_nodes = 1;
  EXPECT_THAT(NodeUtilization(nodes_, more, all()).candidates(), IsEmpty());
}

TEST_F(DeschedulerMath, ACordonedNodeIsNoPlaceToGo) {
  node();
  node({kCordoned}, true);
  node();
  for (int i = 0; i < 9; ++i) pod(0);
  for (int i = 0; i < 6; ++i) pod(2);
  EXPECT_THAT(NodeUtilization(nodes_, cpu_of(20, 70), all()).candidates(), IsEmpty());
}

TEST_F(DeschedulerMath, TheEvictorProtectsWhatItsArgumentsSay) {
  node();
  const SimTime now = SimTime::at(60_s);
  const auto plain = pod(0);
  EXPECT_TRUE(is_evictable(*plain, {}, 1, now));
  EvictorArgs args;
  args.min_replicas = 2;
  EXPECT_FALSE(is_evictable(*plain, args, 1, now));
  EXPECT_TRUE(is_evictable(*plain, args, 2, now));
  args = {};
  args.min_age = 90_s;
  EXPECT_FALSE(is_evictable(*plain, args, 1, now));
  args = {};
  args.priority_threshold = 1000;
  EXPECT_FALSE(is_evictable(*pod(0, 100, 1000), args, 1, now));
  EXPECT_FALSE(is_evictable(*pod(0, 100, 2'000'000'000), {}, 1, now));
  const auto bare = pod(0), daemon = pod(0), leaving = pod(0);
  bare->metadata.owner_references.clear();
  daemon->metadata.owner_references[0].kind = "DaemonSet";
  leaving->metadata.deletion_timestamp = now;
  for (const auto& stays : {bare, daemon, leaving}) EXPECT_FALSE(is_evictable(*stays, {}, 1, now));
}

}  // namespace
}  // namespace seatrial::controllers
