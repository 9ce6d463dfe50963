#include "sim/controllers/daemonset_math.h"

#include <gmock/gmock.h>

#include "tests/controllers/cases.h"

namespace seatrial::controllers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DaemonPod pod(std::uint32_t index, bool updated, bool available = true) {
  DaemonPod p;
  p.index = index;
  p.bound = true;
  p.ready = p.available = available;
  p.updated = updated;
  return p;
}
DaemonNode node(std::vector<DaemonPod> pods) {
  DaemonNode n;
  n.name = "node-" + std::to_string(pods.empty() ? 0 : pods.front().index);
  n.fit = {true, true};
  n.pods = std::move(pods);
  return n;
}
std::vector<std::uint32_t> indexes(const std::vector<DaemonPod>& pods) {
  std::vector<std::uint32_t> found;
  for (const DaemonPod& p : pods) found.push_back(p.index);
  return found;
}

api::DaemonSet rolling(api::IntOrString max_unavailable, api::IntOrString max_surge) {
  api::DaemonSet set;
  set.max_unavailable = max_unavailable;
  set.max_surge = max_surge;
  return set;
}

TEST(DaemonSetMath, BothLimitsAreRoundedUpAndNeverBothNothing) {
  EXPECT_EQ(daemon_limits(rolling({0, "10%"}, {0, {}}), 25), (DaemonLimits{0, 3}));
  EXPECT_EQ(daemon_limits(rolling({0, {}}, {0, "10%"}), 25), (DaemonLimits{3, 0}));
  EXPECT_EQ(daemon_limits(rolling({0, {}}, {0, {}}), 25), (DaemonLimits{0, 1}));
  EXPECT_EQ(daemon_limits(rolling({0, {}}, {0, {}}), 0), (DaemonLimits{0, 0}));
  api::DaemonSet on_delete = rolling({2, {}}, {0, {}});
  on_delete.update_strategy = api::UpdateStrategyType::kOnDelete;
  EXPECT_EQ(daemon_limits(on_delete, 25), (DaemonLimits{0, 0}));
}

TEST(DaemonSetMath, APodWithoutToleranceLeavesOnlyForNoExecute) {
  api::Pod daemon;
  add_daemon_tolerations(daemon.spec.edit());
  const scheduler::PodInfo info = scheduler::make_pod_info(daemon);
  api::Node n;
  n.metadata.name = "node-1";
  EXPECT_EQ(node_fit(info, n), (NodeFit{true, true}));
  n.taints = {{"node.kubernetes.io/unschedulable", "", "NoSchedule"},
              {"node.kubernetes.io/unreachable", "", "NoExecute"}};
  EXPECT_EQ(node_fit(info, n), (NodeFit{true, true}));
  n.taints = {{"x", "y", "NoSchedule"}};
  EXPECT_EQ(node_fit(info, n), (NodeFit{false, true}));
  n.taints = {{"x", "y", "NoExecute"}};
  EXPECT_EQ(node_fit(info, n), (NodeFit{false, false}));
}

TEST(DaemonSetMath, ANodeMustMatchSelectorAndAffinity) {
  api::Pod daemon;
  daemon.spec.edit().node_selector = {{"disk", "ssd"}};
  api::Node n;
  n.metadata.name = "node-1";
  EXPECT_EQ(node_fit(scheduler::make_pod_info(daemon), n), (NodeFit{false, false}));
  n.metadata.labels = api::LabelMap{{"disk", "ssd"}};
  EXPECT_EQ(node_fit(scheduler::make_pod_info(daemon), n), (NodeFit{true, true}));
  set_target_node(daemon.spec.edit(), "node-2");
  EXPECT_EQ(target_node(daemon).str(), "node-2");
  EXPECT_EQ(node_fit(scheduler::make_pod_info(daemon), n), (NodeFit{false, false}));
  daemon.node_name = "node-3";
  EXPECT_EQ(target_node(daemon).str(), "node-3");
}

TEST(DaemonSetMath, ATolerationOfTheManifestIsNotRepeated) {
  api::PodSpec spec;
  spec.tolerations = {{"node.kubernetes.io/not-ready", "Exists", {}, "NoExecute", 60}};
  add_daemon_tolerations(spec);
  ASSERT_EQ(spec.tolerations.size(), 6u);
  for (const api::Toleration& t : spec.tolerations) EXPECT_EQ(t.toleration_seconds, std::nullopt);
  spec.host_network = true;
  add_daemon_tolerations(spec);
  EXPECT_EQ(spec.tolerations.size(), 7u);
}

TEST(DaemonSetMath, TheOldestPodOfANodeStays) {
  const NodePlan plan = plan_node(node({pod(1, true), pod(2, true), pod(3, false)}), false);
  EXPECT_FALSE(plan.create);
  EXPECT_THAT(indexes(plan.surplus), ElementsAre(2, 3));
  EXPECT_TRUE(plan_node(node({}), false).create);
}

TEST(DaemonSetMath, AFailedPodIsDeletedUnlessThatWasDoneLately) {
  DaemonNode n = node({pod(1, true)});
  n.pods[0].failed = true;
  EXPECT_THAT(indexes(plan_node(n, false).finished), ElementsAre(1));
  n.backs_off = true;
  const NodePlan plan = plan_node(n, false);
  EXPECT_THAT(plan.finished, IsEmpty());
  EXPECT_TRUE(plan.waits);
}

TEST(DaemonSetMath, PodsLeaveANodeThatTheyMayNotStayOn) {
  DaemonNode n = node({pod(1, true), pod(2, true)});
  n.pods[1].terminating = true;
  n.fit = {false, false};
  EXPECT_THAT(indexes(plan_node(n, false).surplus), ElementsAre(1));
  n.fit = {false, true};
  EXPECT_THAT(plan_node(n, false).surplus, IsEmpty());
}

TEST(DaemonSetMath, WithSurgeTheOldPodStaysUntilTheNewOneIsAvailable) {
  EXPECT_THAT(plan_node(node({pod(1, false), pod(2, true, false)}), true).surplus, IsEmpty());
  EXPECT_THAT(indexes(plan_node(node({pod(1, false), pod(2, true)}), true).surplus), ElementsAre(1));
  EXPECT_THAT(indexes(plan_node(node({pod(1, false, false), pod(2, true, false)}), true).surplus),
              ElementsAre(1));
  DaemonNode going = node({pod(1, false)});
  going.pods[0].terminating = true;
  EXPECT_TRUE(plan_node(going, true).create);
  EXPECT_FALSE(plan_node(going, false).create);
}

TEST(DaemonSetMath, AnUpdateReplacesWhatIsUnavailableAndNoMoreThanIsAllowed) {
  std::vector<DaemonNode> nodes{node({pod(1, false)}), node({pod(2, false, false)}),
                                node({pod(3, true, false)}), node({pod(4, false)}), node({pod(5, true)})};
  EXPECT_THAT(indexes(plan_rolling_update(nodes, {0, 1}).deletions), ElementsAre(2));
  EXPECT_THAT(indexes(plan_rolling_update(nodes, {0, 2}).deletions), ElementsAre(2));
  EXPECT_THAT(indexes(plan_rolling_update(nodes, {0, 3}).deletions), ElementsAre(2, 1));
  EXPECT_THAT(indexes(plan_rolling_update(nodes, {0, 5}).deletions), ElementsAre(2, 1, 4));
  nodes.push_back(node({}));  // its pod is missing
  EXPECT_THAT(indexes(plan_rolling_update(nodes, {0, 3}).deletions), ElementsAre(2));
}

TEST(DaemonSetMath, ASurgeMakesNewPodsBesideOldOnes) {
  const std::vector<DaemonNode> nodes{node({pod(1, false)}), node({pod(2, false, false)}),
                                      node({pod(3, false), pod(6, true, false)}),
                                      node({pod(4, false), pod(7, true)}), node({pod(5, false)})};
  const RollingPlan plan = plan_rolling_update(nodes, {2, 0});
  EXPECT_THAT(plan.new_nodes, ElementsAre(api::Symbol("node-2"), api::Symbol("node-1")));
  EXPECT_THAT(indexes(plan.deletions), ElementsAre(4));
}

TEST(DaemonSetMath, ASurgeMakesNoPodWhereNoneBelongs) {
  std::vector<DaemonNode> nodes{node({pod(1, false)}), node({pod(2, false)}), node({pod(3, false, false)})};
  nodes[1].fit = nodes[2].fit = {false, true};
  RollingPlan plan = plan_rolling_update(nodes, {3, 0});
  EXPECT_THAT(plan.new_nodes, ElementsAre(api::Symbol("node-1")));
  EXPECT_THAT(indexes(plan.deletions), ElementsAre(3, 2));
  // One pod is desired and two are available: one too many. Not so if the other one is not available.
  nodes[0].pods[0].available = nodes[0].pods[0].ready = false;
  plan = plan_rolling_update(nodes, {3, 0});
  EXPECT_THAT(indexes(plan.deletions), ElementsAre(3));
}

TEST(DaemonSetMath, TheStatusCountsNodes) {
  api::DaemonSet set;
  set.metadata.generation = 7;
  set.status.observed_generation = 6;
  DaemonNode refused = node({pod(4, true)});
  refused.fit = {false, true};
  DaemonNode missing = node({pod(5, true)});
  missing.exists = false;
  const std::vector<DaemonNode> nodes{node({pod(1, true)}), node({pod(2, false, false)}), node({}), refused,
                                      missing};
  const api::DaemonSet::Status status = calculate_status(set, nodes, true);
  EXPECT_EQ(status.desired_number_scheduled, 3);
  EXPECT_EQ(status.current_number_scheduled, 2);
  EXPECT_EQ(status.number_ready, 1);
  EXPECT_EQ(status.number_available, 1);
  EXPECT_EQ(status.number_unavailable, 2);
  EXPECT_EQ(status.updated_number_scheduled, 1);
  EXPECT_EQ(status.number_misscheduled, 1);
  EXPECT_EQ(status.observed_generation, 7);
  EXPECT_EQ(calculate_status(set, nodes, false).observed_generation, 6);
}

}  // namespace
}  // namespace seatrial::controllers
