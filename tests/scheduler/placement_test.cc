// Where pods go, as the golden recordings of scheduling show it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/kinds.h"
#include "sim/api/manifests.h"
#include "sim/api/scheduling.h"
#include "tests/scheduler/cluster_fixture.h"

namespace seatrial::scheduler {
namespace {

using namespace literals;

class Placement : public testing::Test {
 protected:
  void add_nodes(std::vector<std::string> zones, const char* cpu, const char* memory) {
    for (std::size_t i = 0; i < zones.size(); ++i) {
      cluster.create(TestCluster::make_node(fmt::format("node-{}", i + 1), zones[i], cpu, memory));
    }
    cluster.run_until(500_ms);
  }
  // Creates a pod and gives it time.
  std::string place(const std::shared_ptr<api::Pod>& pod) {
    cluster.create(pod);
    cluster.run_until(cluster.kernel.now().since_start() + 200_ms);
    return cluster.node_of(pod->metadata.name.str());
  }
  static std::shared_ptr<api::Pod> on(std::shared_ptr<api::Pod> pod, const char* node) {
    pod->spec.edit().node_selector = {{"kubernetes.io/hostname", node}};
    return pod;
  }
  TestCluster cluster;
};

TEST_F(Placement, LeastAllocatedAgainstBalanced) {  // scheduling/least-allocated-vs-balanced
  add_nodes({"a", "b", "c"}, "8", "32Gi");
  EXPECT_EQ(place(on(TestCluster::make_pod("cpuheavy", "4", "1Gi"), "node-1")), "node-1");
  EXPECT_EQ(place(on(TestCluster::make_pod("memheavy", "500m", "16Gi"), "node-2")), "node-2");
  EXPECT_EQ(place(TestCluster::make_pod("x", "1", "1Gi")), "node-3");
  EXPECT_EQ(place(TestCluster::make_pod("y", "200m", "8Gi")), "node-3");
  EXPECT_EQ(place(TestCluster::make_pod("z", "3", "4Gi")), "node-3");
}

TEST_F(Placement, PreferredAntiAffinityByZone) {  // scheduling/preferred-anti-affinity-zone
  add_nodes({"a", "a", "a", "a", "b", "c"}, "4", "16Gi");
  for (int i = 0; i < 6; ++i) {
    auto pod = TestCluster::make_pod(fmt::format("web-{}", i));
    api::PodAffinityTerm term;
    term.label_selector = api::LabelSelector{{{"app", "web"}}, {}};
    term.topology_key = "topology.kubernetes.io/zone";
    pod->spec.edit().affinity.emplace().pod_anti_preferred.push_back({100, term});
    place(pod);
  }
  const auto counts = cluster.pods_per_node();
  EXPECT_EQ(counts.at("node-5"), 2);
  EXPECT_EQ(counts.at("node-6"), 2);
  EXPECT_EQ(counts.size(), 4u);
}

TEST_F(Placement, SoftTaintsAreAvoided) {  // scheduling/taints-and-tolerations
  for (int i = 1; i <= 3; ++i) {
    auto node = TestCluster::make_node(fmt::format("node-{}", i));
    if (i == 1) node->taints.push_back({"team", "a", "NoSchedule"});
    if (i == 2) node->taints.push_back({"team", "b", "NoSchedule"});
    if (i == 3) node->taints.push_back({"soft", "x", "PreferNoSchedule"});
    cluster.create(node);
  }
  cluster.run_until(500_ms);
  EXPECT_EQ(place(TestCluster::make_pod("plain")), "node-3");
  for (int i = 0; i < 3; ++i) {
    auto pod = TestCluster::make_pod(fmt::format("tol-{}", i));
    pod->spec.edit().tolerations.push_back({"team", "Equal", "a", "NoSchedule", {}});
    EXPECT_EQ(place(pod), "node-1");
  }
  EXPECT_EQ(place(on(TestCluster::make_pod("none"), "node-2")), "");
  EXPECT_EQ(cluster.why_unscheduled("none"),
            "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 node(s) had "
            "untolerated "
            "taint(s). no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not "
            "helpful "
            "for scheduling.");
}

TEST_F(Placement, OverheadTakesRoom) {  // scheduling/pod-overhead
  add_nodes({"a", "b"}, "2", "8Gi");
  const api::Manifests sandboxed = api::parse_manifests(
      "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: sandboxed}, handler: sandboxed,"
      " overhead: {podFixed: {cpu: 500m}}}",
      "test.yaml");
  cluster.create(api::info(*sandboxed.objects.at(0).object).clone(*sandboxed.objects.at(0).object));
  for (int i = 0; i < 3; ++i) {
    auto pod = TestCluster::make_pod(fmt::format("web-{}", i), "600m");
    pod->spec.edit().runtime_class_name = "sandboxed";
    place(pod);
  }
  EXPECT_EQ(cluster.pods_per_node().at(""), 1);
}

TEST_F(Placement, ImagesAttractPods) {
  auto node = TestCluster::make_node("node-2");
  node->images.push_back({"registry.example/web:1.3", 900LL << 20});
  cluster.create(node);
  add_nodes({"a"}, "4", "16Gi");
  EXPECT_EQ(place(TestCluster::make_pod("web")), "node-2");
}

TEST_F(Placement, HostPortsAreGivenOnce) {
  add_nodes({"a"}, "4", "16Gi");
  for (int i = 0; i < 2; ++i) {
    auto pod = TestCluster::make_pod(fmt::format("web-{}", i));
    api::ContainerPort port;
    port.container_port = port.host_port = 8080;
    pod->spec.edit().containers[0].ports.push_back(port);
    place(pod);
  }
  EXPECT_THAT(
      cluster.why_unscheduled("web-1"),
      testing::StartsWith("0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod "
                          "ports. no new claims"));
}

TEST_F(Placement, PodsThatNameTheirNodeByFieldAreLookedForThereOnly) {
  add_nodes({"a", "b", "c"}, "1", "16Gi");
  auto pod = TestCluster::make_pod("daemon", "2");
  api::NodeSelectorTerm term;
  term.match_fields.push_back({"metadata.name", api::LabelSelectorRequirement::Operator::kIn, {"node-2"}});
  pod->spec.edit().affinity.emplace().node_required.emplace().push_back(term);
  place(pod);
  EXPECT_THAT(
      cluster.why_unscheduled("daemon"),
      testing::StartsWith("0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) "
                          "[NodeAffinity]."));
}

TEST_F(Placement, PreemptionPolicyNeverIsNamed) {  // scheduling/preemption-never-policy
  add_nodes({"a"}, "2", "16Gi");
  place(TestCluster::make_pod("low-0", "900m"));
  place(TestCluster::make_pod("low-1", "900m"));
  auto polite = std::make_shared<api::PriorityClass>();
  polite->metadata.name = "polite";
  polite->value = 1000;
  polite->preemption_policy = "Never";
  cluster.create(polite);
  auto pod = TestCluster::make_pod("polite", "900m");
  pod->spec.edit().priority_class_name = "polite";
  place(pod);
  EXPECT_EQ(cluster.why_unscheduled("polite"),
            "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not "
            "eligible due to "
            "preemptionPolicy=Never.");
}

}  // namespace
}  // namespace seatrial::scheduler
