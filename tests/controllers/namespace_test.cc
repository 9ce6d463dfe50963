// Namespaces, what they hold by default, quotas and pods of nodes that are gone.
#include <gmock/gmock.h>

#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::ConfigMap;
using api::Namespace;
using api::Pod;
using api::ResourceQuota;
using testing::SizeIs;

std::shared_ptr<ResourceQuota> quota_of(api::ResourceList hard) {
  auto quota = std::make_shared<ResourceQuota>();
  quota->metadata.name = "quota";
  quota->metadata.namespace_ = "default";
  quota->hard = std::move(hard);
  return quota;
}
std::string used(const TestCluster& cluster, const api::ObjectPtr& quota, const char* resource) {
  return cluster.get<ResourceQuota>(quota)->used.at(resource).str();
}

TEST(Namespaces, EachHasItsAccountAndItsRootCertificate) {
  TestCluster cluster;
  cluster.namespace_("other");  // beside the four of the system
  cluster.run(1_s);
  ASSERT_THAT(cluster.all<api::ServiceAccount>(), SizeIs(5));
  ASSERT_THAT(cluster.all<ConfigMap>(), SizeIs(5));
  EXPECT_EQ(cluster.all<ConfigMap>().back()->metadata.name.str(), "kube-root-ca.crt");
  cluster.remove(cluster.all<ConfigMap>().back());
  cluster.run(1_s);
  EXPECT_THAT(cluster.all<ConfigMap>(), SizeIs(5));
}

TEST(Namespaces, DeletionTakesPodsFirstThenEverythingElse) {
  TestCluster cluster(2);
  cluster.namespace_("team");
  cluster.run(1_s);
  auto draft = TestCluster::deployment("web", 2);
  draft->metadata.namespace_ = "team";
  draft->template_.edit().annotations = api::LabelMap{{"hollow.example/term-ms", "3000"}};
  const auto d = cluster.create(draft);
  cluster.run(4_s);
  const auto ns = cluster.server.store().get(cluster.server.store().find(Kind::kNamespace, {}, "team"));
  const SimTime asked = cluster.kernel.now();
  ASSERT_TRUE(cluster.remove(ns).has_value());
  cluster.run(4900_ms);
  for (const auto& pod : cluster.all<Pod>()) EXPECT_FALSE(pod->metadata.deletion_timestamp.has_value());
  cluster.run(300_ms);
  for (const auto& pod : cluster.all<Pod>()) EXPECT_TRUE(pod->metadata.deletion_timestamp.has_value());
  cluster.run(4_s);  // the pods are gone; the rest waits for the next look
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(0));
  EXPECT_NE(cluster.get<api::Deployment>(d), nullptr);
  EXPECT_NE(cluster.get<Namespace>(ns), nullptr);
  while (cluster.get<Namespace>(ns) && cluster.kernel.now() - asked < 60_s) cluster.run(100_ms);
  EXPECT_EQ(cluster.get<api::Deployment>(d), nullptr);
  EXPECT_NEAR((cluster.kernel.now() - asked).to_seconds(), 10.2, 0.3);
}

TEST(Namespaces, APodThatOutlivesItsGracePeriodIsReported) {
  TestCluster cluster(1);
  cluster.namespace_("team");
  cluster.run(1_s);
  auto draft = TestCluster::deployment("web", 1);
  draft->metadata.namespace_ = "team";
  cluster.create(draft);
  cluster.run(4_s);
  cluster.hollow.set_heartbeat(cluster.kernel, cluster.server, "node-1", false);
  const auto ns = cluster.server.store().get(cluster.server.store().find(Kind::kNamespace, {}, "team"));
  ASSERT_TRUE(cluster.remove(ns).has_value());
  const auto failure = [&] {
    const api::Condition* found =
        find_condition(cluster.get<Namespace>(ns)->conditions, "NamespaceDeletionContentFailure");
    return found ? std::string(to_string(found->status)) + " " + found->reason.str() + ": " + found->message
                 : "";
  };
  cluster.run(20_s);
  EXPECT_EQ(failure(),
            "False ContentDeleted: All content successfully deleted, may be waiting on finalization");
  cluster.run(25_s);
  EXPECT_EQ(failure(),
            "True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: unexpected items "
            "still remain in namespace: team for gvr: /v1, Resource=pods");
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(1));
}

TEST(Namespaces, AFinalizerHoldsOnlyItsObjectAndTheNamespace) {
  TestCluster cluster;
  cluster.namespace_("team");
  cluster.run(1_s);
  const auto map = std::make_shared<ConfigMap>();
  map->metadata.name = "held";
  map->metadata.namespace_ = "team";
  map->metadata.finalizers = {"example.com/hold"};
  const auto held = cluster.create(map);
  const auto draft = TestCluster::deployment("held", 0);
  draft->metadata.namespace_ = "team";
  draft->metadata.finalizers = {"example.com/hold"};
  const auto deployment = cluster.create(draft);
  const auto ns = cluster.server.store().get(cluster.server.store().find(Kind::kNamespace, {}, "team"));
  ASSERT_TRUE(cluster.remove(ns).has_value());
  cluster.run(10_s);
  ASSERT_NE(cluster.get<Namespace>(ns), nullptr);
  const auto conditions = cluster.get<Namespace>(ns)->conditions;
  const auto* remaining = find_condition(conditions, "NamespaceFinalizersRemaining");
  ASSERT_NE(remaining, nullptr);
  EXPECT_EQ(
      remaining->message,
      "Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances");
  EXPECT_EQ(find_condition(conditions, "NamespaceContentRemaining")->message,
            "Some resources are remaining: configmaps. has 1 resource instances, deployments.apps has 1 "
            "resource instances");
  EXPECT_EQ(cluster.server.store().list(Kind::kConfigMap, "team").size(), 1U);
  cluster.edit<ConfigMap>(held, [](ConfigMap& next) { next.metadata.finalizers.clear(); });
  cluster.edit<api::Deployment>(deployment, [](api::Deployment& next) { next.metadata.finalizers.clear(); });
  cluster.run(10_s);
  EXPECT_EQ(cluster.get<Namespace>(ns), nullptr);
}

TEST(Quotas, CountWhatThereIsAndGiveBackWhatHasGone) {
  TestCluster cluster(2);
  const auto d = cluster.create(TestCluster::deployment("web", 3));
  cluster.run(5_s);
  const auto quota = cluster.create(quota_of({{"pods", api::Quantity::from_value(10)},
                                              {"count/configmaps", api::Quantity::from_value(10)},
                                              {"count/deployments.apps", api::Quantity::from_value(2)}}));
  EXPECT_TRUE(cluster.get<ResourceQuota>(quota)->used.empty());
  cluster.run(1_s);
  EXPECT_EQ(used(cluster, quota, "pods"), "3");
  EXPECT_EQ(used(cluster, quota, "count/configmaps"), "1");
  EXPECT_EQ(used(cluster, quota, "count/deployments.apps"), "1");
  cluster.scale(d, 5);
  cluster.run(300_ms);
  EXPECT_EQ(used(cluster, quota, "pods"), "5");
  cluster.run(5_s);  // a pod that never ran would be gone at once
  cluster.scale(d, 1);
  cluster.run(300_ms);
  EXPECT_EQ(used(cluster, quota, "pods"), "5");  // terminating pods still count …
  cluster.run(700_ms);
  EXPECT_EQ(used(cluster, quota, "pods"), "1");  // … until they have ended
}

TEST(PodGarbage, PodsOfADeletedNodeAreRemovedAfterQuarantine) {
  TestCluster cluster(1);
  cluster.create(TestCluster::deployment("web", 1));
  cluster.run(15_s);  // now is 16 s
  const auto pod = cluster.all<Pod>().front();
  cluster.remove(cluster.all<api::Node>().front());
  cluster.run(43_s);
  EXPECT_NE(cluster.get<Pod>(pod), nullptr);
  cluster.run(2_s);
  EXPECT_EQ(cluster.get<Pod>(pod), nullptr);
}

std::shared_ptr<Pod> pod_on(const char* name, const char* node) {
  auto pod = std::make_shared<Pod>();
  pod->metadata.name = name;
  pod->metadata.namespace_ = "default";
  pod->node_name = node;
  api::PodSpec spec;
  spec.containers.emplace_back();
  spec.containers.back().name = "main";
  spec.containers.back().image = "web:1.3";
  pod->spec = std::move(spec);
  return pod;
}

TEST(PodGarbage, PodsOfANodeThatNeverWasAreRemovedAfterQuarantine) {
  TestCluster cluster(1);
  cluster.run(9_s);  // now is 10 s
  const auto pod = cluster.create(pod_on("lost", "nowhere"));
  cluster.run(49_s);  // noted at 20 s
  EXPECT_NE(cluster.get<Pod>(pod), nullptr);
  cluster.run(2_s);
  EXPECT_EQ(cluster.get<Pod>(pod), nullptr);
}

TEST(PodGarbage, PodsStayIfTheirNodeComesBackWithinTheQuarantine) {
  TestCluster cluster(1);
  cluster.create(TestCluster::deployment("web", 1));
  cluster.run(9_s);
  const auto pod = cluster.all<Pod>().front();
  cluster.remove(cluster.all<api::Node>().front());
  cluster.run(30_s);
  cluster.node("node-1");
  cluster.run(60_s);
  ASSERT_NE(cluster.get<Pod>(pod), nullptr);
  cluster.remove(cluster.all<api::Node>().back());  // at 100 s: noted at 120 s, not still since 20 s
  cluster.run(55_s);
  EXPECT_NE(cluster.get<Pod>(pod), nullptr);
  cluster.run(6_s);
  EXPECT_EQ(cluster.get<Pod>(pod), nullptr);
}

TEST(PodGarbage, PodsThatLeaveWithoutEverHavingHadANodeAreMarkedFailed) {
  TestCluster cluster;
  auto draft = pod_on("held", "");
  draft->metadata.finalizers = {"example.com/hold"};
  const auto pod = cluster.create(draft);
  ASSERT_TRUE(cluster.remove(pod).has_value());
  cluster.run(18_s);
  EXPECT_EQ(cluster.get<Pod>(pod)->status.phase, api::PodPhase::kPending);
  cluster.run(2_s);
  EXPECT_EQ(cluster.get<Pod>(pod)->status.phase, api::PodPhase::kFailed);
  const std::uint64_t version = cluster.version();
  cluster.run(60_s);
  EXPECT_EQ(cluster.version(), version);  // deleting it again in every round changes nothing
  cluster.edit<Pod>(pod, [](Pod& next) { next.metadata.finalizers.clear(); });
  EXPECT_EQ(cluster.get<Pod>(pod), nullptr);
}

TEST(PodGarbage, PodsThatLeaveANodeOutOfServiceGoAtOnce) {
  TestCluster cluster(2);
  cluster.create(TestCluster::deployment("web", 1));
  cluster.run(9_s);
  const auto pod = cluster.all<Pod>().front();
  const auto node = cluster.server.store().get(
      cluster.server.store().find(Kind::kNode, {}, cluster.get<Pod>(pod)->node_name));
  cluster.hollow.set_heartbeat(cluster.kernel, cluster.server, node->metadata.name, false);
  cluster.run(90_s);  // not ready
  ASSERT_TRUE(cluster.remove(pod).has_value());
  cluster.run(60_s);
  ASSERT_NE(cluster.get<Pod>(pod), nullptr);  // no kubelet ends it
  cluster.edit<api::Node>(node, [](api::Node& next) {
    next.taints.push_back({"node.kubernetes.io/out-of-service", "nodeshutdown", "NoExecute"});
  });
  cluster.run(21_s);
  EXPECT_EQ(cluster.get<Pod>(pod), nullptr);
}

}  // namespace
}  // namespace seatrial::controllers
