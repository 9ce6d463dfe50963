// What claims and volumes have to say of where a pod goes: texts, limits, and what brings a pod back.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/manifests.h"
#include "sim/api/storage.h"
#include "tests/scheduler/cluster_fixture.h"

namespace seatrial::scheduler {
namespace {

using namespace literals;
using testing::HasSubstr;
using testing::StartsWith;

class Claims : public testing::Test {
 protected:
  Claims() {
    cluster.create(TestCluster::make_node("node-a", "a"));
    cluster.create(TestCluster::make_node("node-b", "b"));
    apply(
        "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: gp3}, provisioner: "
        "ebs.csi.aws.com, volumeBindingMode: WaitForFirstConsumer}");
    cluster.run_until(500_ms);
  }
  void apply(const std::string& text) {
    const api::Manifests read = api::parse_manifests(text, "test.yaml");
    ASSERT_TRUE(read.problems.empty()) << read.problems.front().str();
    for (const auto& manifest : read.objects) {
      cluster::ApiRequest request;
      request.object = manifest.object;
      const auto result = cluster.api.execute(cluster.kernel, request);
      ASSERT_TRUE(result.has_value()) << result.error().message;
    }
  }
  void pass(Duration time) { cluster.run_until(cluster.kernel.now().since_start() + time); }

  void claim(const std::string& name, const std::string& spec = "", const char* mode = "ReadWriteOnce") {
    apply(
        fmt::format("{{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {{name: {}, namespace: "
                    "default}}, spec: {{accessModes: [{}], resources: {{requests: {{storage: 1Gi}}}}{}}}}}",
                    name, mode, spec));
  }
  void volume(const std::string& name, const std::string& zone, const char* labels = "") {
    apply(fmt::format(
        "{{apiVersion: v1, kind: PersistentVolume, metadata: {{name: {}, labels: {{{}}}}}, spec: {{capacity: "
        "{{storage: 1Gi}}, accessModes: [ReadWriteOnce], csi: {{driver: ebs.csi.aws.com, volumeHandle: "
        "vol-{}}}{}}}}}",
        name, labels, name,
        zone.empty() ? ""
                     : ", nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: "
                       "topology.kubernetes.io/zone, operator: In, values: [" +
                           zone + "]}]}]}}"));
  }
  // As the binder leaves it.
  void bind(const std::string& name, const std::string& to) {
    auto next = std::make_shared<api::PersistentVolumeClaim>(
        *cluster.api.store().find<api::PersistentVolumeClaim>("default", name));
    next->volume_name = to;
    next->metadata.annotations.edit().set("pv.kubernetes.io/bind-completed", "yes");
    cluster.update(next);
  }
  void use(const std::string& pod_name, std::vector<api::Symbol> claims) {
    pass(100_ms);
    auto pod = TestCluster::make_pod(pod_name);
    pod->spec.edit().volume_claims = std::move(claims);
    cluster.create(pod);
    pass(1_s);
  }

  TestCluster cluster;
};

TEST_F(Claims, AMissingClaimHoldsItsPodBackUntilItIsThere) {
  use("web", {"data"});
  EXPECT_EQ(cluster.node_of("web"), "");
  EXPECT_EQ(cluster.why_unscheduled("web"),
            "0/2 nodes are available: persistentvolumeclaim \"data\" not found. no new claims to deallocate, "
            "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.");
  EXPECT_EQ(cluster.scheduler.queue().unschedulable_size(), 1u);
  volume("pv", "b");
  claim("data", ", volumeName: pv");
  bind("data", "pv");
  pass(5_s);
  EXPECT_EQ(cluster.node_of("web"), "node-b");
}

TEST_F(Claims, AnUnboundImmediateClaimIsWaitedFor) {
  claim("data");
  use("web", {"data"});
  EXPECT_THAT(cluster.why_unscheduled("web"),
              StartsWith("0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. "));
}

TEST_F(Claims, ABoundVolumeHoldsItsPodsInItsZone) {
  volume("pv", "nowhere");
  claim("data");
  bind("data", "pv");
  use("web", {"data"});
  EXPECT_THAT(
      cluster.why_unscheduled("web"),
      StartsWith("0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity. "));
}

TEST_F(Claims, AVolumeThatIsGoneIsSaidToBe) {
  claim("data");
  bind("data", "pv");
  use("web", {"data"});
  EXPECT_THAT(cluster.why_unscheduled("web"), HasSubstr("persistentvolume \"pv\" not found"));
}

TEST_F(Claims, AZoneLabelOfAVolumeHoldsItsPods) {
  volume("pv", "", "topology.kubernetes.io/zone: b__c");
  claim("data");
  bind("data", "pv");
  use("web", {"data"});
  EXPECT_EQ(cluster.node_of("web"), "node-b");
  volume("far", "", "topology.kubernetes.io/zone: c");
  claim("more");
  bind("more", "far");
  use("other", {"more"});
  EXPECT_THAT(cluster.why_unscheduled("other"), HasSubstr("2 node(s) had no available volume zone"));
}

TEST_F(Claims, TheSchedulerSaysWhichNodeAndWaitsForTheVolume) {
  claim("data", ", storageClassName: gp3");
  use("web", {"data"});
  pass(3_s);
  const auto* const stored = cluster.api.store().find<api::PersistentVolumeClaim>("default", "data");
  const std::string node(stored->metadata.annotations->get("volume.kubernetes.io/selected-node"));
  EXPECT_THAT(node, StartsWith("node-"));
  EXPECT_EQ(cluster.node_of("web"), "");
  volume("pv", node.substr(5));
  bind("data", "pv");
  pass(2_s);
  EXPECT_EQ(cluster.node_of("web"), node);
}

TEST_F(Claims, AProvisionerThatCannotMakesTheSchedulerChooseAgain) {
  claim("data", ", storageClassName: gp3");
  use("web", {"data"});
  pass(2_s);
  auto next = std::make_shared<api::PersistentVolumeClaim>(
      *cluster.api.store().find<api::PersistentVolumeClaim>("default", "data"));
  next->metadata.annotations = api::LabelMap();
  cluster.update(next);
  pass(1_s);
  EXPECT_THAT(cluster.events("FailedScheduling"),
              testing::ElementsAre("running PreBind plugin \"VolumeBinding\": binding volumes: provisioning "
                                   "failed for PVC \"data\""));
}

TEST_F(Claims, AClassMayAllowOneZoneOnly) {
  apply(
      "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: b}, provisioner: "
      "ebs.csi.aws.com, volumeBindingMode: WaitForFirstConsumer, allowedTopologies: "
      "[{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [c]}]}]}");
  claim("data", ", storageClassName: b");
  use("web", {"data"});
  EXPECT_THAT(cluster.why_unscheduled("web"),
              HasSubstr("2 node(s) didn't find available persistent volumes to bind"));
}

TEST_F(Claims, ReadWriteOncePodIsForOnePodAtATime) {
  volume("pv", "a");
  claim("data", "", "ReadWriteOncePod");
  bind("data", "pv");
  use("first", {"data"});
  EXPECT_EQ(cluster.node_of("first"), "node-a");
  use("second", {"data"});
  EXPECT_THAT(
      cluster.why_unscheduled("second"),
      HasSubstr("2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode "
                "already in-use by another pod"));
  cluster.remove(cluster.pod("first").ref());
  pass(3_s);
  EXPECT_EQ(cluster.node_of("second"), "node-a");
}

TEST_F(Claims, ANodeTakesAsManyVolumesAsItsDriverSays) {
  apply(
      "{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: node-a}, spec: {drivers: [{name: "
      "ebs.csi.aws.com, nodeID: i-1, allocatable: {count: 2}}]}}");
  for (const char* const name : {"one", "two", "three"}) {
    volume(name, "a");
    claim(name);
    bind(name, name);
  }
  use("first", {"one", "two"});
  use("second", {"two"});  // attached already
  EXPECT_EQ(cluster.node_of("second"), "node-a");
  use("third", {"three"});
  EXPECT_THAT(cluster.why_unscheduled("third"), HasSubstr("1 node(s) exceed max volume count"));
  cluster.remove(cluster.pod("first").ref());
  pass(3_s);
  EXPECT_EQ(cluster.node_of("third"), "node-a");
}

}  // namespace
}  // namespace seatrial::scheduler
