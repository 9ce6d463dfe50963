// From a claim to its volume and back: claims of a StatefulSet on a cluster with the EBS CSI driver.
#include <gmock/gmock.h>

#include "sim/api/storage.h"
#include "sim/controllers/volume_math.h"
#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::PersistentVolume;
using api::PersistentVolumeClaim;
using api::Pod;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kClasses = R"(
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: gp3,
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}}, provisioner: ebs.csi.aws.com,
  volumeBindingMode: WaitForFirstConsumer}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: now}, provisioner: kubernetes.io/aws-ebs}
)";

class VolumesTest : public testing::Test {
 protected:
  explicit VolumesTest(bool driver = true) {
    for (const char* const zone : {"a", "b", "c"}) {
      cluster.node(std::string("node-") + zone, zone);
      if (!driver) continue;
      auto csi = std::make_shared<api::CsiNode>();
      csi->metadata.name = std::string("node-") + zone;
      csi->drivers.push_back({"ebs.csi.aws.com", csi->metadata.name, {}, 25});
      cluster.create(csi);
    }
    cluster.apply(kClasses);
    cluster.run(1_s);
  }
  void claim(const std::string& name, const std::string& more = "") {
    cluster.apply(("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: " + name +
                   ", namespace: default}, spec: {accessModes: [ReadWriteOnce], resources: {requests: "
                   "{storage: 1500Mi}}" +
                   more + "}}")
                      .c_str());
  }
  void pod(const std::string& name, const std::string& claim_name) {
    cluster.apply(("{apiVersion: v1, kind: Pod, metadata: {name: " + name +
                   ", namespace: default}, spec: {containers: [{name: c, image: c}], volumes: [{name: data, "
                   "persistentVolumeClaim: {claimName: " +
                   claim_name + "}}]}}")
                      .c_str());
  }
  template <class T>
  std::shared_ptr<const T> named(const char* ns, const std::string& name) const {
    const T* found = cluster.server.store().find<T>(ns, name);
    return found ? api::as<T>(cluster.server.store().get(found->ref())) : nullptr;
  }
  std::shared_ptr<const PersistentVolumeClaim> stored(const std::string& name) const {
    return named<PersistentVolumeClaim>("default", name);
  }
  std::string zone_of(const PersistentVolumeClaim& of) const {
    const auto volume = named<PersistentVolume>("", of.volume_name.str());
    return volume && volume->node_affinity
               ? volume->node_affinity->at(0).match_expressions.at(0).values.at(0).str()
               : "";
  }
  std::string node_of(const std::string& name) const { return named<Pod>("default", name)->node_name.str(); }

  TestCluster cluster;
};
class NoDriver : public VolumesTest {
 protected:
  NoDriver() : VolumesTest(false) {}
};

TEST_F(VolumesTest, AClaimWaitsForItsFirstPodAndGetsAVolumeInItsZone) {
  claim("data");
  cluster.run(30_s);
  EXPECT_EQ(stored("data")->status.phase.str(), "Pending");
  EXPECT_EQ(stored("data")->storage_class_name->str(), "gp3");
  EXPECT_THAT(cluster.events("PersistentVolumeClaim"),
              ElementsAre("WaitForFirstConsumer waiting for first consumer to be created before binding"));
  EXPECT_TRUE(cluster.all<PersistentVolume>().empty());

  pod("first", "data");
  cluster.run(30_s);
  const auto bound = stored("data");
  EXPECT_EQ(bound->status.phase.str(), "Bound");
  EXPECT_EQ(bound->status.capacity.at("storage").str(), "2Gi");
  EXPECT_EQ("node-" + zone_of(*bound), node_of("first"));
  EXPECT_EQ(bound->metadata.annotations->get("volume.kubernetes.io/selected-node"), node_of("first"));
  EXPECT_EQ(bound->volume_name.str(), "pvc-" + bound->metadata.uid.str());
  EXPECT_THAT(
      cluster.events("PersistentVolumeClaim"),
      ElementsAre(StartsWith("WaitForFirstConsumer"), StartsWith("ExternalProvisioning Waiting for a volume"),
                  "Provisioning External provisioner is provisioning volume for claim \"default/data\"",
                  "ProvisioningSucceeded Successfully provisioned volume " + bound->volume_name.str()));
  EXPECT_EQ(named<PersistentVolume>("", bound->volume_name.str())->status.phase.str(), "Bound");
}

TEST_F(VolumesTest, AnImmediateClaimIsProvisionedWithoutAPodAndItsPodGoesThere) {
  claim("data", ", storageClassName: now");
  cluster.run(30_s);
  const auto bound = stored("data");
  EXPECT_EQ(bound->status.phase.str(), "Bound");
  EXPECT_EQ(bound->metadata.annotations->get("pv.kubernetes.io/migrated-to"), "ebs.csi.aws.com");
  pod("first", "data");
  cluster.run(5_s);
  EXPECT_EQ(node_of("first"), "node-" + zone_of(*bound));
}

TEST_F(NoDriver, NothingProvisions) {
  claim("data", ", storageClassName: now");
  claim("none", ", storageClassName: ''");
  claim("other", ", storageClassName: missing");
  cluster.run(60_s);
  EXPECT_EQ(stored("data")->status.phase.str(), "Pending");
  const auto events = cluster.events("PersistentVolumeClaim");
  EXPECT_THAT(events, Contains(StartsWith("ExternalProvisioning")));
  EXPECT_THAT(events, Contains("FailedBinding no persistent volumes available for this claim and no storage "
                               "class is set"));
  EXPECT_THAT(events, Contains("ProvisioningFailed storageclass.storage.k8s.io \"missing\" not found"));
}

TEST_F(NoDriver, TheSmallestVolumeThatDoesIsBound) {
  for (const auto& [name, size] : {std::pair("small", "1Gi"), {"large", "100Gi"}, {"fitting", "2Gi"}}) {
    cluster.apply((std::string("{apiVersion: v1, kind: PersistentVolume, metadata: {name: ") + name +
                   "}, spec: {capacity: {storage: " + size +
                   "}, accessModes: [ReadWriteOnce], nfs: {server: s, path: /}}}")
                      .c_str());
  }
  cluster.run(5_s);
  claim("data", ", storageClassName: ''");
  cluster.run(5_s);
  EXPECT_EQ(stored("data")->volume_name.str(), "fitting");
  EXPECT_EQ(stored("data")->status.phase.str(), "Bound");
  EXPECT_EQ(named<PersistentVolume>("", "large")->status.phase.str(), "Available");
  cluster.remove(stored("data"));
  cluster.run(30_s);
  EXPECT_EQ(stored("data"), nullptr);
  EXPECT_EQ(named<PersistentVolume>("", "fitting")->status.phase.str(), "Released");  // Retain
}

TEST_F(VolumesTest, AClaimInUseStaysUntilItsPodIsGoneAndItsVolumeGoesWithIt) {
  claim("data");
  pod("first", "data");
  cluster.run(30_s);
  const std::string volume = stored("data")->volume_name.str();
  cluster.remove(stored("data"));
  cluster.run(30_s);
  ASSERT_NE(stored("data"), nullptr);
  EXPECT_TRUE(stored("data")->metadata.deletion_timestamp.has_value());
  cluster.remove(named<Pod>("default", "first"));
  cluster.run(60_s);
  EXPECT_EQ(stored("data"), nullptr);
  EXPECT_EQ(named<PersistentVolume>("", volume), nullptr);
}

constexpr const char* kSet = R"(
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: default}
spec:
  replicas: 3
  serviceName: db
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Delete}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1", volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
  - {metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}}
)";

TEST_F(VolumesTest, PodsOfAStatefulSetGetClaimsAndStayInTheZonesOfTheirVolumes) {
  cluster.apply(kSet);
  cluster.run(120_s);
  for (const char* const ordinal : {"0", "1", "2"}) {
    const auto of_pod = stored(std::string("data-db-") + ordinal);
    ASSERT_NE(of_pod, nullptr);
    EXPECT_EQ(of_pod->status.phase.str(), "Bound");
    EXPECT_EQ(of_pod->metadata.labels->get("app"), "db");
    EXPECT_EQ(node_of(std::string("db-") + ordinal), "node-" + zone_of(*of_pod));
  }
  EXPECT_THAT(cluster.events("StatefulSet"),
              Contains("SuccessfulCreate create Claim data-db-0 Pod db-0 in StatefulSet db success"));
  const std::string before = node_of("db-1");
  cluster.remove(named<Pod>("default", "db-1"));
  cluster.run(60_s);
  EXPECT_EQ(node_of("db-1"), before);

  cluster.scale(named<api::StatefulSet>("default", "db"), 2);
  cluster.run(120_s);
  EXPECT_EQ(stored("data-db-2"), nullptr);
  EXPECT_NE(stored("data-db-1"), nullptr);
}

TEST_F(VolumesTest, APodWaitsUntilItsClaimThatIsBeingDeletedIsGone) {
  cluster.apply(kSet);
  cluster.run(120_s);
  const auto before = stored("data-db-1");
  cluster.remove(before);
  cluster.run(1_s);
  ASSERT_NE(stored("data-db-1"), nullptr);  // in use
  cluster.remove(named<Pod>("default", "db-1"));
  cluster.run(60_s);
  ASSERT_NE(stored("data-db-1"), nullptr);
  EXPECT_NE(stored("data-db-1")->metadata.uid, before->metadata.uid);
  EXPECT_NE(node_of("db-1"), "");
  EXPECT_THAT(cluster.events("StatefulSet"),
              Contains("FailedCreate Create Pod db-1 in StatefulSet db failed error: pvc data-db-1 is being "
                       "deleted"));
}

TEST_F(VolumesTest, ClaimsFollowTheRetentionPolicy) {
  cluster.apply(kSet);
  cluster.run(120_s);
  EXPECT_TRUE(stored("data-db-0")->metadata.owner_references.empty());
  const auto set = named<api::StatefulSet>("default", "db");
  const auto when_deleted = [&](api::PersistentVolumeClaimRetentionPolicyType type) {
    cluster.edit<api::StatefulSet>(set, [&](api::StatefulSet& next) { next.claims_when_deleted = type; });
    cluster.run(2_s);
  };
  when_deleted(api::PersistentVolumeClaimRetentionPolicyType::kDelete);
  ASSERT_THAT(stored("data-db-2")->metadata.owner_references, SizeIs(1));
  EXPECT_EQ(stored("data-db-2")->metadata.controller_ref()->uid, set->metadata.uid);
  when_deleted(api::PersistentVolumeClaimRetentionPolicyType::kRetain);
  EXPECT_TRUE(stored("data-db-2")->metadata.owner_references.empty());
  when_deleted(api::PersistentVolumeClaimRetentionPolicyType::kDelete);
  cluster.remove(set);
  cluster.run(60_s);
  for (const char* const name : {"data-db-0", "data-db-1", "data-db-2"}) EXPECT_EQ(stored(name), nullptr);
}

TEST(VolumeMath, ClaimsOfAStatefulSetGetNeighbouringZones) {
  const std::vector<api::Symbol> zones = {"a", "b", "c"};
  std::vector<std::string> found;
  for (const char* const name : {"data-web-0", "data-web-1", "data-web-2"})
    found.push_back(zone_for_claim(name, zones).str());
  EXPECT_THAT(found, testing::UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(zone_for_claim("logs-web-1", zones), zone_for_claim("data-web-1", zones));
  // FNV-1 of "" is 2166136261, which leaves 1.
  EXPECT_EQ(zone_for_claim("", zones).str(), "b");
  // FNV-1 of "a" is 0x050c5d7e = 84696446, which leaves 2.
  EXPECT_EQ(zone_for_claim("a", zones).str(), "c");
  EXPECT_EQ(zone_for_claim("data-a-1", zones).str(), "a");
}

TEST(VolumeMath, AClassMayAllowSomeZonesOnly) {
  api::StorageClass storage_class;
  EXPECT_EQ(allowed_zones(storage_class, {"a", "b"}).size(), 2u);
  storage_class.allowed_topologies = {{{{"topology.ebs.csi.aws.com/zone", {"b", "c"}}}}};
  EXPECT_THAT(allowed_zones(storage_class, {"a", "b"}), ElementsAre(api::Symbol("b")));
}

TEST(VolumeMath, VolumesAreOfWholeGibibytes) {
  EXPECT_EQ(whole_gibibytes(*api::Quantity::parse("1500Mi")).str(), "2Gi");
  EXPECT_EQ(whole_gibibytes(*api::Quantity::parse("1")).str(), "1Gi");
  EXPECT_EQ(whole_gibibytes(*api::Quantity::parse("8Gi")).str(), "8Gi");
}

}  // namespace
}  // namespace seatrial::controllers
