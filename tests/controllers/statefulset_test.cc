// StatefulSets played on a cluster.
#include <gmock/gmock.h>

#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::ControllerRevision;
using api::Pod;
using api::StatefulSet;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::shared_ptr<StatefulSet> database(std::int32_t replicas) {
  auto set = std::make_shared<StatefulSet>();
  set->metadata.name = "db";
  set->metadata.namespace_ = "default";
  set->replicas = replicas;
  set->service_name = "db-headless";
  set->selector.match_labels = {{"app", "db"}};
  set->template_ = TestCluster::deployment("db", 1)->template_;
  return set;
}

void set_image(TestCluster& cluster, const api::ObjectPtr& set, const char* image) {
  cluster.edit<StatefulSet>(
      set, [&](StatefulSet& next) { next.template_.edit().spec.edit().containers.front().image = image; });
}

// NAME IMAGE of each pod that is not terminating, in order of their names.
std::vector<std::string> pods_of(const TestCluster& cluster) {
  std::vector<std::string> pods;
  for (const auto& pod : cluster.all<Pod>()) {
    if (pod->metadata.deletion_timestamp) continue;
    pods.push_back(pod->metadata.name.str() + " " + pod->spec->containers.front().image.str());
  }
  std::ranges::sort(pods);
  return pods;
}

api::ObjectPtr pod_named(const TestCluster& cluster, const char* name) {
  for (const auto& pod : cluster.all<Pod>()) {
    if (pod->metadata.name == api::Symbol(name)) return pod;
  }
  return nullptr;
}

TEST(StatefulSets, MakeOnePodAfterTheOther) {
  TestCluster cluster(3);
  const auto set = cluster.create(database(3));
  cluster.run(500_ms);
  ASSERT_THAT(pods_of(cluster), ElementsAre("db-0 web:1.3"));
  cluster.run(5_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("db-0 web:1.3", "db-1 web:1.3", "db-2 web:1.3"));
  EXPECT_THAT(cluster.events("StatefulSet"),
              ElementsAre("SuccessfulCreate Create Pod db-0 in StatefulSet db successful",
                          "SuccessfulCreate Create Pod db-1 in StatefulSet db successful",
                          "SuccessfulCreate Create Pod db-2 in StatefulSet db successful"));
}

TEST(StatefulSets, APodKnowsItsNameAndItsRevision) {
  TestCluster cluster(1);
  const auto set = cluster.create(database(1));
  cluster.run(3_s);
  const auto pod = api::as<Pod>(pod_named(cluster, "db-0"));
  ASSERT_NE(pod, nullptr);
  ASSERT_THAT(cluster.all<ControllerRevision>(), SizeIs(1));
  const ControllerRevision& revision = *cluster.all<ControllerRevision>().front();
  EXPECT_EQ(pod->metadata.labels->get("statefulset.kubernetes.io/pod-name"), "db-0");
  EXPECT_EQ(pod->metadata.labels->get("apps.kubernetes.io/pod-index"), "0");
  EXPECT_EQ(pod->metadata.labels->get("controller-revision-hash"), revision.metadata.name.view());
  EXPECT_EQ(pod->spec->hostname.str(), "db-0");
  EXPECT_EQ(pod->spec->subdomain.str(), "db-headless");
  EXPECT_EQ(revision.metadata.name.str(),
            "db-" + std::string(revision.metadata.labels->get("controller.kubernetes.io/hash")));
  EXPECT_EQ(revision.metadata.controller_ref()->uid, set->metadata.uid);
  EXPECT_EQ(revision.revision, 1);
  EXPECT_EQ(cluster.get<StatefulSet>(set)->status.current_revision, revision.metadata.name);
}

TEST(StatefulSets, NothingIsWrittenOnceEverythingIsAsItShouldBe) {
  TestCluster cluster(2);
  const auto set = cluster.create(database(2));
  cluster.run(10_s);
  EXPECT_EQ(cluster.get<StatefulSet>(set)->status.available_replicas, 2);
  const std::uint64_t before = cluster.version();
  const std::uint64_t syncs = cluster.manager.syncs();
  cluster.manager.enqueue(cluster.kernel, cluster.server,
                          cluster.manager.controller("statefulset-controller"), cluster::sync_key(set->ref()),
                          JournalId::kNone);
  cluster.run(5_s);
  EXPECT_GT(cluster.manager.syncs(), syncs);
  EXPECT_EQ(cluster.version(), before);
}

TEST(StatefulSets, ShrinkFromTheHighestOrdinalOneByOne) {
  TestCluster cluster(3);
  const auto set = cluster.create(database(3));
  cluster.run(6_s);
  cluster.scale(set, 1);
  cluster.run(200_ms);
  EXPECT_THAT(pods_of(cluster), ElementsAre("db-0 web:1.3", "db-1 web:1.3"));
  cluster.run(3_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("db-0 web:1.3"));
  EXPECT_EQ(cluster.get<StatefulSet>(set)->status.replicas, 1);
}

TEST(StatefulSets, ParallelOnesGrowAndShrinkAtOnce) {
  TestCluster cluster(3);
  const auto wanted = database(6);
  wanted->pod_management_policy = api::PodManagementPolicyType::kParallel;
  const auto set = cluster.create(wanted);
  cluster.run(200_ms);
  EXPECT_THAT(pods_of(cluster), SizeIs(6));
  cluster.run(3_s);
  cluster.scale(set, 2);
  cluster.run(200_ms);
  EXPECT_THAT(pods_of(cluster), ElementsAre("db-0 web:1.3", "db-1 web:1.3"));
}

TEST(StatefulSets, OrdinalsMayStartLater) {
  TestCluster cluster(3);
  const auto wanted = database(2);
  wanted->ordinals_start = 5;
  cluster.create(wanted);
  cluster.run(5_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("db-5 web:1.3", "db-6 web:1.3"));
}

TEST(StatefulSets, OrdinalsBelowThePartitionKeepTheirRevision) {
  TestCluster cluster(3);
  const auto wanted = database(3);
  wanted->rolling_update = api::RollingUpdateStatefulSet{2, {}};
  const auto set = cluster.create(wanted);
  cluster.run(6_s);
  set_image(cluster, set, "web:1.4");
  cluster.run(6_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("db-0 web:1.3", "db-1 web:1.3", "db-2 web:1.4"));
  ASSERT_TRUE(cluster.remove(pod_named(cluster, "db-0")).has_value());
  ASSERT_TRUE(cluster.remove(pod_named(cluster, "db-2")).has_value());
  cluster.run(6_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("db-0 web:1.3", "db-1 web:1.3", "db-2 web:1.4"));
  const auto status = cluster.get<StatefulSet>(set)->status;
  EXPECT_EQ(status.current_replicas, 2);
  EXPECT_EQ(status.updated_replicas, 1);
  EXPECT_NE(status.current_revision, status.update_revision);
}

TEST(StatefulSets, AnEarlierTemplateGetsItsRevisionBackWithANewNumber) {
  TestCluster cluster(2);
  const auto set = cluster.create(database(1));
  cluster.run(3_s);
  const api::Symbol first = cluster.get<StatefulSet>(set)->status.update_revision;
  for (const char* image : {"web:1.4", "web:1.3"}) {
    set_image(cluster, set, image);
    cluster.run(4_s);
  }
  EXPECT_EQ(cluster.get<StatefulSet>(set)->status.current_revision, first);
  std::vector<std::int64_t> numbers;
  for (const auto& revision : cluster.all<ControllerRevision>()) numbers.push_back(revision->revision);
  EXPECT_THAT(numbers, UnorderedElementsAre(2, 3));
}

TEST(StatefulSets, HistoryBeyondTheLimitGoes) {
  TestCluster cluster(2);
  const auto wanted = database(1);
  wanted->revision_history_limit = 1;
  const auto set = cluster.create(wanted);
  for (const char* image : {"web:1.4", "web:1.5", "web:1.6"}) {
    cluster.run(4_s);
    set_image(cluster, set, image);
  }
  cluster.run(4_s);
  std::vector<std::int64_t> numbers;
  for (const auto& revision : cluster.all<ControllerRevision>()) numbers.push_back(revision->revision);
  EXPECT_THAT(numbers, UnorderedElementsAre(3, 4));
}

TEST(StatefulSets, AFailedPodIsDeletedAndComesAgain) {
  TestCluster cluster(2);
  cluster.create(database(1));
  cluster.run(3_s);
  const auto before = pod_named(cluster, "db-0");
  auto failed = std::make_shared<Pod>(static_cast<const Pod&>(*before));
  failed->status.phase = api::PodPhase::kFailed;
  ApiRequest request;
  request.verb = Verb::kPatchStatus;
  request.object = failed;
  ASSERT_TRUE(cluster.server.execute(cluster.kernel, request).has_value());
  cluster.run(3_s);
  const auto after = pod_named(cluster, "db-0");
  ASSERT_NE(after, nullptr);
  EXPECT_NE(after->metadata.uid, before->metadata.uid);
  EXPECT_TRUE(api::is_pod_ready(static_cast<const Pod&>(*after)));
}

TEST(StatefulSets, OrphanedPodsAndRevisionsAreAdopted) {
  TestCluster cluster(2);
  const auto first = cluster.create(database(2));
  cluster.run(5_s);
  ASSERT_TRUE(cluster.remove(first, cluster::Propagation::kOrphan).has_value());
  cluster.run(2_s);
  const auto pods = cluster.all<Pod>();
  ASSERT_THAT(pods, SizeIs(2));
  EXPECT_EQ(pods.front()->metadata.controller_ref(), nullptr);
  const auto second = cluster.create(database(2));
  cluster.run(3_s);
  ASSERT_THAT(cluster.all<Pod>(), SizeIs(2));
  EXPECT_EQ(cluster.all<Pod>().front()->metadata.uid, pods.front()->metadata.uid);
  EXPECT_EQ(cluster.all<Pod>().front()->metadata.controller_ref()->uid, second->metadata.uid);
  ASSERT_THAT(cluster.all<ControllerRevision>(), SizeIs(1));
  EXPECT_EQ(cluster.all<ControllerRevision>().front()->metadata.controller_ref()->uid, second->metadata.uid);
}

TEST(StatefulSets, DeletingOneDeletesItsPodsAndRevisions) {
  TestCluster cluster(2);
  const auto set = cluster.create(database(2));
  cluster.run(5_s);
  ASSERT_TRUE(cluster.remove(set).has_value());
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
  EXPECT_THAT(cluster.all<ControllerRevision>(), IsEmpty());
}

}  // namespace
}  // namespace seatrial::controllers
