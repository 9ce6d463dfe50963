// Deployments and ReplicaSets played on a cluster.
#include <gmock/gmock.h>

#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::Deployment;
using api::Pod;
using api::ReplicaSet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const ReplicaSet& set_of(const std::vector<std::shared_ptr<const ReplicaSet>>& sets, const char* image) {
  for (const auto& rs : sets) {
    if (rs->template_->spec->containers.front().image == api::Symbol(image)) return *rs;
  }
  throw std::out_of_range(image);
}

TEST(Rollout, ADeploymentMakesASetAndTheSetMakesPods) {
  TestCluster cluster;
  const auto d = cluster.create(TestCluster::deployment("web", 3));
  cluster.run(2_s);
  ASSERT_THAT(cluster.all<ReplicaSet>(), SizeIs(1));
  const ReplicaSet& rs = *cluster.all<ReplicaSet>().front();
  EXPECT_EQ(rs.metadata.name.str(), "web-" + std::string(rs.metadata.labels->get("pod-template-hash")));
  EXPECT_EQ(rs.metadata.annotations->get("deployment.kubernetes.io/revision"), "1");
  EXPECT_EQ(rs.metadata.annotations->get("deployment.kubernetes.io/desired-replicas"), "3");
  EXPECT_EQ(rs.metadata.annotations->get("deployment.kubernetes.io/max-replicas"), "4");
  const auto pods = cluster.all<Pod>();
  ASSERT_THAT(pods, SizeIs(3));
  EXPECT_TRUE(pods[0]->spec.same_as(pods[2]->spec));
  EXPECT_EQ(pods[0]->metadata.controller_ref()->uid, rs.metadata.uid);
  EXPECT_THAT(cluster.events("Deployment"), ElementsAre("ScalingReplicaSet Scaled up replica set " +
                                                        rs.metadata.name.str() + " from 0 to 3"));
  std::vector<std::string> created;
  for (const auto& pod : pods) created.push_back("SuccessfulCreate Created pod: " + pod->metadata.name.str());
  EXPECT_THAT(cluster.events("ReplicaSet"), testing::UnorderedElementsAreArray(created));
  const auto stored = cluster.get<Deployment>(d);
  EXPECT_EQ(stored->status.updated_replicas, 3);
  EXPECT_EQ(stored->status.unavailable_replicas, 3);
  EXPECT_EQ(stored->status.observed_generation, 1);
  EXPECT_EQ(stored->metadata.annotations->get("deployment.kubernetes.io/revision"), "1");
  EXPECT_EQ(cluster.condition<Deployment>(d, "Available"), "False MinimumReplicasUnavailable");
  EXPECT_EQ(cluster.condition<Deployment>(d, "Progressing"), "True ReplicaSetUpdated");
}

TEST(Rollout, NothingIsWrittenOnceEverythingIsAsItShouldBe) {
  TestCluster cluster(2);
  const auto d = cluster.create(TestCluster::deployment("web", 3));
  cluster.run(10_s);
  EXPECT_EQ(cluster.condition<Deployment>(d, "Progressing"), "True NewReplicaSetAvailable");
  const std::uint64_t before = cluster.version();
  const std::uint64_t syncs = cluster.manager.syncs();
  for (std::uint32_t i = 0; i < controller_rows().size(); ++i) {
    for (const api::ObjectPtr& object : {d, api::ObjectPtr(cluster.all<ReplicaSet>().front())}) {
      if (std::ranges::count(controller_rows()[i].watches, object->kind) == 0) continue;
      cluster.manager.enqueue(cluster.kernel, cluster.server, i, cluster::sync_key(object->ref()),
                              JournalId::kNone);
    }
  }
  cluster.run(5_s);
  EXPECT_GT(cluster.manager.syncs(), syncs);
  EXPECT_EQ(cluster.version(), before);
}

// Past its deadline a Deployment that was complete once does not time out: its controller looks at it again
// and again, through the rate limiter of its queue.
TEST(Rollout, DeploymentsThatMissPodsAreLookedAtTenTimesASecondAllTogether) {
  TestCluster cluster(1);
  for (const char* const name : {"one", "two", "three"}) cluster.create(TestCluster::deployment(name, 1));
  cluster.run(610_s);
  cluster.edit<api::Node>(cluster.all<api::Node>().front(),
                          [](api::Node& node) { node.unschedulable = true; });
  for (const auto& pod : cluster.all<Pod>()) cluster.remove(pod);
  cluster.run(60_s);  // the burst of 100 is over
  const std::uint64_t before = cluster.manager.syncs();
  cluster.run(10_s);
  EXPECT_THAT(cluster.manager.syncs() - before, testing::AllOf(testing::Ge(99U), testing::Le(101U)));
}

TEST(Rollout, TheFirstThreeStepsComeBeforeAnyNewPod) {
  TestCluster cluster(6);
  const auto d = cluster.create(TestCluster::deployment("web", 10));
  cluster.run(5_s);
  cluster.set_image(d, "web:1.4");
  cluster.run(200_ms);
  const std::string old_name = set_of(cluster.all<ReplicaSet>(), "web:1.3").metadata.name.str();
  const std::string new_name = set_of(cluster.all<ReplicaSet>(), "web:1.4").metadata.name.str();
  EXPECT_THAT(cluster.events("Deployment"),
              ElementsAre("ScalingReplicaSet Scaled up replica set " + old_name + " from 0 to 10",
                          "ScalingReplicaSet Scaled up replica set " + new_name + " from 0 to 3",
                          "ScalingReplicaSet Scaled down replica set " + old_name + " from 10 to 8",
                          "ScalingReplicaSet Scaled up replica set " + new_name + " from 3 to 5"));
  cluster.run(20_s);
  EXPECT_EQ(set_of(cluster.all<ReplicaSet>(), "web:1.3").replicas, 0);
  const auto done = cluster.get<Deployment>(d);
  EXPECT_EQ(done->status.available_replicas, 10);
  EXPECT_EQ(done->status.updated_replicas, 10);
  EXPECT_EQ(done->metadata.annotations->get("deployment.kubernetes.io/revision"), "2");
  EXPECT_EQ(cluster.condition<Deployment>(d, "Progressing"), "True NewReplicaSetAvailable");
}

TEST(Rollout, GoingBackReusesTheOldSetAndRemembersItsRevision) {
  TestCluster cluster(3);
  const auto d = cluster.create(TestCluster::deployment("web", 3));
  cluster.run(5_s);
  cluster.set_image(d, "web:1.4");
  cluster.run(10_s);
  cluster.set_image(d, "web:1.3");
  cluster.run(10_s);
  ASSERT_THAT(cluster.all<ReplicaSet>(), SizeIs(2));
  const ReplicaSet& first = set_of(cluster.all<ReplicaSet>(), "web:1.3");
  EXPECT_EQ(first.replicas, 3);
  EXPECT_EQ(first.metadata.annotations->get("deployment.kubernetes.io/revision"), "3");
  EXPECT_EQ(first.metadata.annotations->get("deployment.kubernetes.io/revision-history"), "1");
  EXPECT_EQ(cluster.get<Deployment>(d)->metadata.annotations->get("deployment.kubernetes.io/revision"), "3");
  EXPECT_EQ(cluster.get<Deployment>(d)->status.available_replicas, 3);
}

TEST(Rollout, ScalingReachesThePods) {
  TestCluster cluster(3);
  const auto d = cluster.create(TestCluster::deployment("web", 2));
  cluster.run(5_s);
  cluster.scale(d, 6);
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(6));
  EXPECT_EQ(
      cluster.all<ReplicaSet>().front()->metadata.annotations->get("deployment.kubernetes.io/max-replicas"),
      "8");
  cluster.scale(d, 0);
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(0));
  EXPECT_EQ(cluster.get<Deployment>(d)->status.replicas, 0);
  EXPECT_EQ(cluster.get<Deployment>(d)->status.terminating_replicas, 0);
}

TEST(Rollout, APausedDeploymentScalesButDoesNotRollOut) {
  TestCluster cluster(3);
  const auto d = cluster.create(TestCluster::deployment("web", 2));
  cluster.run(5_s);
  cluster.edit<Deployment>(d, [](Deployment& next) { next.paused = true; });
  cluster.run(1_s);
  EXPECT_EQ(cluster.condition<Deployment>(d, "Progressing"), "Unknown DeploymentPaused");
  cluster.set_image(d, "web:1.4");
  cluster.scale(d, 3);
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<ReplicaSet>(), SizeIs(1));
  EXPECT_EQ(cluster.all<ReplicaSet>().front()->replicas, 3);
  cluster.edit<Deployment>(d, [](Deployment& next) { next.paused = false; });
  cluster.run(100_ms);
  cluster.run(20_s);
  EXPECT_EQ(set_of(cluster.all<ReplicaSet>(), "web:1.4").replicas, 3);
  EXPECT_EQ(cluster.condition<Deployment>(d, "Progressing"), "True NewReplicaSetAvailable");
}

TEST(Rollout, RecreateWaitsForTheLastOldPod) {
  TestCluster cluster(3);
  auto draft = TestCluster::deployment("web", 3);
  draft->strategy = api::DeploymentStrategyType::kRecreate;
  draft->max_surge.reset();
  draft->max_unavailable.reset();
  const auto d = cluster.create(draft);
  cluster.run(5_s);
  cluster.set_image(d, "web:1.4");
  cluster.run(300_ms);
  EXPECT_THAT(cluster.all<ReplicaSet>(), SizeIs(1));
  cluster.run(10_s);
  EXPECT_EQ(set_of(cluster.all<ReplicaSet>(), "web:1.4").replicas, 3);
  EXPECT_EQ(cluster.get<Deployment>(d)->status.available_replicas, 3);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(3));
}

TEST(Rollout, AStuckRolloutIsReportedAfterItsDeadline) {
  TestCluster cluster;  // without nodes no pod gets ready
  auto draft = TestCluster::deployment("web", 1);
  draft->progress_deadline_seconds = 5;
  const auto d = cluster.create(draft);
  cluster.run(5_s);
  EXPECT_EQ(cluster.condition<Deployment>(d, "Progressing"), "True ReplicaSetUpdated");
  cluster.run(2_s);
  EXPECT_EQ(cluster.condition<Deployment>(d, "Progressing"), "False ProgressDeadlineExceeded");
}

TEST(Rollout, HistoryBeyondTheLimitIsDeleted) {
  TestCluster cluster(2);
  auto draft = TestCluster::deployment("web", 1, "web:1");
  draft->revision_history_limit = 1;
  const auto d = cluster.create(draft);
  for (const char* image : {"web:2", "web:3", "web:4"}) {
    cluster.run(5_s);
    cluster.set_image(d, image);
  }
  cluster.run(10_s);
  EXPECT_THAT(cluster.all<ReplicaSet>(), SizeIs(2));
  EXPECT_EQ(set_of(cluster.all<ReplicaSet>(), "web:3").replicas, 0);
}

TEST(Rollout, DeletionReachesSetsAndPods) {
  TestCluster cluster(2);
  const auto d = cluster.create(TestCluster::deployment("web", 3));
  cluster.run(5_s);
  ASSERT_TRUE(cluster.remove(d).has_value());
  EXPECT_EQ(cluster.get<Deployment>(d), nullptr);
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<ReplicaSet>(), SizeIs(0));
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(0));
}

TEST(Rollout, ForegroundDeletionKeepsTheOwnerUntilItsPodsAreGone) {
  TestCluster cluster(2);
  const auto d = cluster.create(TestCluster::deployment("web", 2));
  cluster.run(5_s);
  ASSERT_TRUE(cluster.remove(d, cluster::Propagation::kForeground).has_value());
  cluster.run(200_ms);
  EXPECT_NE(cluster.get<Deployment>(d), nullptr);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(2));
  cluster.run(5_s);
  EXPECT_EQ(cluster.get<Deployment>(d), nullptr);
  EXPECT_THAT(cluster.all<ReplicaSet>(), SizeIs(0));
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(0));
}

TEST(Rollout, OrphansAreAdoptedByTheNextDeployment) {
  TestCluster cluster(2);
  const auto d = cluster.create(TestCluster::deployment("web", 2));
  cluster.run(5_s);
  ASSERT_TRUE(cluster.remove(d, cluster::Propagation::kOrphan).has_value());
  cluster.run(1_s);
  EXPECT_EQ(cluster.get<Deployment>(d), nullptr);
  ASSERT_THAT(cluster.all<ReplicaSet>(), SizeIs(1));
  EXPECT_EQ(cluster.all<ReplicaSet>().front()->metadata.controller_ref(), nullptr);
  const auto again = cluster.create(TestCluster::deployment("web", 2));
  cluster.run(2_s);
  ASSERT_THAT(cluster.all<ReplicaSet>(), SizeIs(1));
  EXPECT_EQ(cluster.all<ReplicaSet>().front()->metadata.controller_ref()->uid, again->metadata.uid);
  EXPECT_EQ(cluster.get<Deployment>(again)->status.available_replicas, 2);
  EXPECT_EQ(cluster.condition<Deployment>(again, "Progressing"), "True NewReplicaSetAvailable");
}

TEST(Rollout, APodThatLeavesTheSelectorIsReleasedAndReplaced) {
  TestCluster cluster(2);
  cluster.create(TestCluster::deployment("web", 2));
  cluster.run(5_s);
  const auto pod = cluster.all<Pod>().front();
  cluster.edit<Pod>(pod, [](Pod& next) { next.metadata.labels = api::LabelMap{{"app", "debug"}}; });
  cluster.run(5_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(3));
  EXPECT_EQ(cluster.get<Pod>(pod)->metadata.controller_ref(), nullptr);
}

TEST(Rollout, AThousandPodsAreCreatedAtTwentyASecondAfterABurst) {
  TestCluster cluster(100);
  const auto d = cluster.create(TestCluster::deployment("web", 1000));
  cluster.run(30_s);
  EXPECT_NEAR(static_cast<double>(cluster.all<Pod>().size()), 620.0, 40.0);
  cluster.run(30_s);
  EXPECT_EQ(cluster.get<Deployment>(d)->status.available_replicas, 1000);
}

TEST(Rollout, ARefusedPodIsReportedOnSetAndDeployment) {
  TestCluster cluster(2);
  auto quota = std::make_shared<api::ResourceQuota>();
  quota->metadata.name = "quota";
  quota->metadata.namespace_ = "default";
  quota->hard = {{"pods", api::Quantity::from_value(2)}};
  cluster.create(quota);
  cluster.run(1_s);
  const auto d = cluster.create(TestCluster::deployment("web", 3));
  cluster.run(2_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(2));
  const auto rs = cluster.all<ReplicaSet>().front();
  EXPECT_EQ(cluster.condition<ReplicaSet>(rs, "ReplicaFailure"), "True FailedCreate");
  EXPECT_EQ(cluster.condition<Deployment>(d, "ReplicaFailure"), "True FailedCreate");
  EXPECT_THAT(
      cluster.events("ReplicaSet"),
      testing::Contains(HasSubstr("is forbidden: exceeded quota: quota, requested: pods=1, used: pods=2, "
                                  "limited: pods=2")));
}

}  // namespace
}  // namespace seatrial::controllers
