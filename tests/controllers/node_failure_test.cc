// Nodes that fall silent, played on a cluster of two zones.
#include <gmock/gmock.h>

#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::Node;
using api::Pod;
using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

struct TwoZones : TestCluster {
  TwoZones() {
    for (const char* name : {"a-1", "a-2"}) node(name, "zone-a");
    for (const char* name : {"b-1", "b-2"}) node(name, "zone-b");
    run(20_s);  // every kubelet has renewed its Lease
  }
  std::shared_ptr<const Node> named(const char* name) const {
    for (const auto& node : all<Node>())
      if (node->metadata.name == api::Symbol(name)) return node;
    return nullptr;
  }
  std::string ready(const char* name) const {
    return std::string(to_string(api::find_condition(named(name)->conditions, "Ready")->status));
  }
  std::vector<std::string> taints(const char* name) const {
    std::vector<std::string> found;
    for (const api::Taint& t : named(name)->taints) found.push_back(t.key.str() + ":" + t.effect.str());
    return found;
  }
  void silence(const char* name) { hollow.set_heartbeat(kernel, server, name, false); }
  void wake(const char* name) { hollow.set_heartbeat(kernel, server, name, true); }
  // A Deployment whose pods leave failed nodes after 10 s.
  api::ObjectPtr web(std::int32_t replicas) {
    auto d = deployment("web", replicas);
    for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
      api::Toleration toleration;
      toleration.key = key;
      toleration.op = "Exists";
      toleration.effect = "NoExecute";
      toleration.toleration_seconds = 10;
      d->template_.edit().spec.edit().tolerations.push_back(toleration);
    }
    return create(d);
  }
  std::size_t pods_leaving() const {
    const auto pods = all<Pod>();
    return static_cast<std::size_t>(std::ranges::count_if(
        pods, [](const auto& pod) { return pod->metadata.deletion_timestamp.has_value(); }));
  }
};

constexpr const char* kUnreachable = "node.kubernetes.io/unreachable:NoExecute";

TEST(NodeFailure, ASilentNodeIsMarkedTaintedAndEmptied) {
  TwoZones cluster;
  const auto web = cluster.web(4);
  cluster.run(10_s);
  ASSERT_EQ(cluster.get<api::Deployment>(web)->status.available_replicas, 4);

  cluster.silence("a-1");
  cluster.run(39_s);  // renewed at most 10 s before
  EXPECT_EQ(cluster.ready("a-1"), "True");
  cluster.run(21_s);
  EXPECT_EQ(cluster.ready("a-1"), "Unknown");
  EXPECT_THAT(cluster.taints("a-1"), Contains("node.kubernetes.io/unreachable:NoSchedule"));
  EXPECT_THAT(cluster.taints("a-1"), Contains(kUnreachable));
  EXPECT_THAT(cluster.events("Node"), Contains("NodeNotReady Node a-1 status is now: NodeNotReady"));
  EXPECT_THAT(cluster.events("Pod"), Contains("NodeNotReady Node is not ready"));
  EXPECT_EQ(cluster.get<api::Deployment>(web)->status.available_replicas, 3);

  cluster.run(20_s);
  EXPECT_EQ(cluster.pods_leaving(), 1u);  // for ever: no kubelet ends it
  EXPECT_EQ(cluster.get<api::Deployment>(web)->status.available_replicas, 4);

  cluster.wake("a-1");
  cluster.run(20_s);
  EXPECT_EQ(cluster.ready("a-1"), "True");
  EXPECT_THAT(cluster.taints("a-1"), IsEmpty());
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(4));
}

TEST(NodeFailure, APodStaysIfItsNodeIsBackInTime) {
  TwoZones cluster;
  cluster.create(TestCluster::deployment("web", 4));  // tolerates for 300 s by default
  cluster.run(10_s);
  cluster.silence("b-2");
  cluster.run(100_s);
  ASSERT_THAT(cluster.taints("b-2"), Contains(kUnreachable));
  cluster.wake("b-2");
  cluster.run(400_s);
  EXPECT_EQ(cluster.pods_leaving(), 0u);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(4));
  EXPECT_THAT(cluster.taints("b-2"), IsEmpty());
}

TEST(NodeFailure, WhenAllZonesAreSilentNobodyIsEvicted) {
  TwoZones cluster;
  cluster.web(4);
  cluster.run(10_s);
  for (const char* name : {"a-1", "a-2", "b-1", "b-2"}) cluster.silence(name);
  cluster.run(200_s);
  for (const char* name : {"a-1", "a-2", "b-1", "b-2"}) {
    EXPECT_EQ(cluster.ready(name), "Unknown");
    EXPECT_THAT(cluster.taints(name), testing::Not(Contains(kUnreachable)));
  }
}

// What somebody taints by hand has no time of its own: each pod's time runs from when it is seen there.
TEST(NodeFailure, ATaintByHandIsToleratedFromWhenThePodIsUnderIt) {
  TwoZones cluster;
  for (const auto& [name, seconds] : {std::pair("short", 20), std::pair("long", 40)}) {
    auto d = TestCluster::deployment(name, 1);
    auto& spec = d->template_.edit().spec.edit();
    spec.node_selector = {{"kubernetes.io/hostname", "a-1"}};
    spec.tolerations.push_back({"broken", "Exists", {}, "NoExecute", seconds});
    cluster.create(d);
  }
  cluster.run(10_s);
  cluster.edit<Node>(cluster.named("a-1"),
                     [](Node& next) { next.taints.push_back({"broken", {}, "NoExecute", {}}); });
  cluster.run(19_s);
  EXPECT_EQ(cluster.all<Pod>().size(), 2u);
  cluster.run(3_s);  // the first of them was evicted, and its successor may stay for 20 s again
  EXPECT_THAT(cluster.events("Pod"),
              Contains(testing::HasSubstr("TaintManagerEviction Marking for deletion")));
  const auto before = cluster.events("Pod").size();
  cluster.run(17_s);
  EXPECT_EQ(cluster.events("Pod").size(), before);
  cluster.run(8_s);
  EXPECT_GT(cluster.events("Pod").size(), before + 2);
}

TEST(NodeFailure, AZonesNodesAreTaintedOneEveryTenSeconds) {
  TwoZones cluster;
  cluster.run(10_s);
  cluster.silence("a-1");
  cluster.silence("a-2");
  std::vector<SimTime> tainted;
  for (int i = 0; i < 120; ++i) {
    cluster.run(1_s);
    const auto n =
        static_cast<std::size_t>(std::ranges::count_if(std::array{"a-1", "a-2"}, [&](const char* name) {
          return std::ranges::count(cluster.taints(name), kUnreachable) > 0;
        }));
    while (tainted.size() < n) tainted.push_back(cluster.kernel.now());
  }
  ASSERT_THAT(tainted, SizeIs(2));
  EXPECT_GE(tainted[1] - tainted[0], 10_s);
  EXPECT_LE(tainted[1] - tainted[0], 15_s);
}

// tainteviction/taint_eviction.go asks nobody whether the pod has ended.
TEST(TaintEviction, TakesPodsThatHaveEndedAsWell) {
  TwoZones cluster;
  cluster.apply(
      R"({apiVersion: v1, kind: Pod, metadata: {name: task, namespace: default}, spec: {nodeName: a-1,
    restartPolicy: Never, containers: [{name: c, image: c}]}})");
  cluster.run(10_s);
  const auto task = cluster.all<Pod>().at(0);
  auto ended = std::make_shared<Pod>(*task);
  ended->status.phase = api::PodPhase::kFailed;
  cluster::ApiRequest report;
  report.verb = cluster::Verb::kPatchStatus;
  report.object = ended;
  ASSERT_TRUE(cluster.server.execute(cluster.kernel, report).has_value());
  cluster.run(5_s);
  ASSERT_THAT(cluster.all<Pod>(), SizeIs(1));
  cluster.edit<Node>(cluster.named("a-1"),
                     [](Node& node) { node.taints.push_back({"a", "b", "NoExecute"}); });
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
  EXPECT_THAT(cluster.events("Pod"), Contains("TaintManagerEviction Marking for deletion Pod default/task"));
}

}  // namespace
}  // namespace seatrial::controllers
