// DaemonSets played on a cluster.
#include <gmock/gmock.h>

#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::ControllerRevision;
using api::DaemonSet;
using api::Pod;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::shared_ptr<DaemonSet> agent() {
  auto set = std::make_shared<DaemonSet>();
  set->metadata.name = "agent";
  set->metadata.namespace_ = "default";
  set->selector.match_labels = {{"app", "agent"}};
  set->template_ = TestCluster::deployment("agent", 1)->template_;
  return set;
}

void set_image(TestCluster& cluster, const api::ObjectPtr& set, const char* image) {
  cluster.edit<DaemonSet>(
      set, [&](DaemonSet& next) { next.template_.edit().spec.edit().containers.front().image = image; });
}

// NODE IMAGE of each pod that is not terminating, in order of the nodes.
std::vector<std::string> pods_of(const TestCluster& cluster) {
  std::vector<std::string> pods;
  for (const auto& pod : cluster.all<Pod>()) {
    if (pod->metadata.deletion_timestamp) continue;
    pods.push_back(pod->node_name.str() + " " + pod->spec->containers.front().image.str());
  }
  std::ranges::sort(pods);
  return pods;
}

void fail_pod(TestCluster& cluster, const Pod& pod) {
  auto failed = std::make_shared<Pod>(pod);
  failed->status.phase = api::PodPhase::kFailed;
  ApiRequest request;
  request.verb = Verb::kPatchStatus;
  request.object = failed;
  ASSERT_TRUE(cluster.server.execute(cluster.kernel, request).has_value());
}

TEST(DaemonSets, EachNodeGetsOnePod) {
  TestCluster cluster(3);
  const auto set = cluster.create(agent());
  cluster.run(3_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("node-1 web:1.3", "node-2 web:1.3", "node-3 web:1.3"));
  const auto stored = cluster.get<DaemonSet>(set);
  EXPECT_EQ(stored->status.desired_number_scheduled, 3);
  EXPECT_EQ(stored->status.number_available, 3);
  EXPECT_EQ(stored->status.updated_number_scheduled, 3);
  EXPECT_EQ(stored->status.observed_generation, 1);
  ASSERT_THAT(cluster.all<ControllerRevision>(), SizeIs(1));
  const ControllerRevision& revision = *cluster.all<ControllerRevision>().front();
  const std::string hash(cluster.all<Pod>().front()->metadata.labels->get("controller-revision-hash"));
  EXPECT_EQ(revision.metadata.name.str(), "agent-" + hash);
  std::vector<std::string> created;
  for (const auto& pod : cluster.all<Pod>())
    created.push_back("SuccessfulCreate Created pod: " + pod->metadata.name.str());
  EXPECT_THAT(cluster.events("DaemonSet"), testing::UnorderedElementsAreArray(created));
}

TEST(DaemonSets, NothingIsWrittenOnceEverythingIsAsItShouldBe) {
  TestCluster cluster(2);
  const auto set = cluster.create(agent());
  cluster.run(10_s);
  const std::uint64_t before = cluster.version();
  const std::uint64_t syncs = cluster.manager.syncs();
  cluster.manager.enqueue(cluster.kernel, cluster.server, cluster.manager.controller("daemonset-controller"),
                          cluster::sync_key(set->ref()), JournalId::kNone);
  cluster.run(5_s);
  EXPECT_GT(cluster.manager.syncs(), syncs);
  EXPECT_EQ(cluster.version(), before);
}

TEST(DaemonSets, ANewNodeGetsItsPod) {
  TestCluster cluster(1);
  cluster.create(agent());
  cluster.run(3_s);
  cluster.node("node-9");
  cluster.run(3_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("node-1 web:1.3", "node-9 web:1.3"));
}

TEST(DaemonSets, ANodeThatLosesItsLabelLosesItsPod) {
  TestCluster cluster(2);
  const auto wanted = agent();
  wanted->template_.edit().spec.edit().node_selector = {{"kubernetes.io/hostname", "node-2"}};
  cluster.create(wanted);
  cluster.run(3_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("node-2 web:1.3"));
  cluster.edit<api::Node>(cluster.all<api::Node>()[1], [](api::Node& node) {
    node.metadata.labels.edit().set("kubernetes.io/hostname", "other");
  });
  cluster.run(3_s);
  EXPECT_THAT(cluster.all<Pod>(), IsEmpty());
}

TEST(DaemonSets, AnUpdateTakesAtMostMaxUnavailableNodesAtOnce) {
  TestCluster cluster(5);
  const auto wanted = agent();
  wanted->max_unavailable = api::IntOrString{2, {}};
  const auto set = cluster.create(wanted);
  cluster.run(3_s);
  set_image(cluster, set, "web:1.4");
  std::int32_t least = 5;
  for (int i = 0; i < 100; ++i) {
    cluster.run(100_ms);
    least = std::min(least, cluster.get<DaemonSet>(set)->status.number_available);
  }
  EXPECT_EQ(least, 3);
  EXPECT_THAT(pods_of(cluster), ElementsAre("node-1 web:1.4", "node-2 web:1.4", "node-3 web:1.4",
                                            "node-4 web:1.4", "node-5 web:1.4"));
}

TEST(DaemonSets, WithSurgeEveryNodeKeepsAReadyPod) {
  TestCluster cluster(4);
  const auto wanted = agent();
  wanted->max_unavailable = api::IntOrString{0, {}};
  wanted->max_surge = api::IntOrString{0, "50%"};
  const auto set = cluster.create(wanted);
  cluster.run(3_s);
  set_image(cluster, set, "web:1.4");
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    cluster.run(100_ms);
    most = std::max(most, pods_of(cluster).size());
    std::set<std::string> served;
    for (const auto& pod : cluster.all<Pod>()) {
      if (!pod->metadata.deletion_timestamp && is_pod_ready(*pod)) served.insert(pod->node_name.str());
    }
    ASSERT_THAT(served, SizeIs(4));
  }
  EXPECT_EQ(most, 6u);
  EXPECT_THAT(pods_of(cluster),
              ElementsAre("node-1 web:1.4", "node-2 web:1.4", "node-3 web:1.4", "node-4 web:1.4"));
}

TEST(DaemonSets, MinReadySecondsDelayAvailability) {
  TestCluster cluster(3);
  const auto wanted = agent();
  wanted->min_ready_seconds = 3;
  const auto set = cluster.create(wanted);
  const auto becomes = [&](std::int32_t api::DaemonSet::Status::* number) {
    while (cluster.get<DaemonSet>(set)->status.*number < 3) cluster.run(10_ms);
    return cluster.kernel.now();
  };
  const SimTime ready = becomes(&api::DaemonSet::Status::number_ready);
  const SimTime available = becomes(&api::DaemonSet::Status::number_available);
  EXPECT_NEAR((available - ready).to_seconds(), 3.0, 0.1);
}

TEST(DaemonSets, OnDeleteWaitsForTheDeletion) {
  TestCluster cluster(2);
  const auto wanted = agent();
  wanted->update_strategy = api::UpdateStrategyType::kOnDelete;
  const auto set = cluster.create(wanted);
  cluster.run(3_s);
  set_image(cluster, set, "web:1.4");
  cluster.run(3_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("node-1 web:1.3", "node-2 web:1.3"));
  const auto pods = cluster.all<Pod>();
  const auto on_first =
      std::ranges::find(pods, api::Symbol("node-1"), [](const auto& p) { return p->node_name; });
  ASSERT_TRUE(cluster.remove(*on_first).has_value());
  cluster.run(3_s);
  EXPECT_THAT(pods_of(cluster), ElementsAre("node-1 web:1.4", "node-2 web:1.3"));
}

TEST(DaemonSets, OrphansAreAdoptedAndNoPodsAreMadeBesideThem) {
  TestCluster cluster(3);
  const auto first = cluster.create(agent());
  cluster.run(3_s);
  cluster.remove(first, cluster::Propagation::kOrphan);
  cluster.run(3_s);
  const auto orphans = cluster.all<Pod>();
  ASSERT_THAT(orphans, SizeIs(3));
  EXPECT_EQ(orphans.front()->metadata.controller_ref(), nullptr);
  cluster.create(agent());
  cluster.run(3_s);
  EXPECT_THAT(cluster.all<Pod>(), SizeIs(3));
  EXPECT_NE(cluster.get<Pod>(orphans.front())->metadata.controller_ref(), nullptr);
  EXPECT_THAT(cluster.events("DaemonSet"), Not(Contains(testing::StartsWith("SuccessfulDelete"))));
}

// The second failure comes after the back-off of the first (1 s), the third within that of the second (2 s).
TEST(DaemonSets, AFailedPodIsReplacedAfterABackOffThatDoubles) {
  TestCluster cluster(1);
  cluster.create(agent());
  cluster.run(3_s);
  for (int i = 0; i < 2; ++i) {
    const auto failing = cluster.all<Pod>().front();
    fail_pod(cluster, *failing);
    cluster.run(1600_ms);
    ASSERT_THAT(cluster.all<Pod>(), SizeIs(1));
    EXPECT_NE(cluster.all<Pod>().front()->metadata.uid, failing->metadata.uid);
    EXPECT_THAT(cluster.events("DaemonSet"),
                Contains("FailedDaemonPod Found failed daemon pod default/" + failing->metadata.name.str() +
                         " on node node-1, will try to kill it"));
  }
  const auto third = cluster.all<Pod>().front();
  fail_pod(cluster, *third);
  cluster.run(200_ms);
  EXPECT_EQ(cluster.all<Pod>().front()->metadata.uid, third->metadata.uid);
  cluster.run(2_s);
  ASSERT_THAT(cluster.all<Pod>(), SizeIs(1));
  EXPECT_NE(cluster.all<Pod>().front()->metadata.uid, third->metadata.uid);
}

TEST(DaemonSets, HistoryBeyondTheLimitGoes) {
  TestCluster cluster(1);
  const auto wanted = agent();
  wanted->revision_history_limit = 1;
  const auto set = cluster.create(wanted);
  for (const char* image : {"web:1.4", "web:1.5", "web:1.3"}) {
    cluster.run(4_s);
    set_image(cluster, set, image);
  }
  cluster.run(4_s);
  std::vector<std::int64_t> numbers;
  for (const auto& revision : cluster.all<ControllerRevision>()) numbers.push_back(revision->revision);
  EXPECT_THAT(numbers, UnorderedElementsAre(3, 4));
}

}  // namespace
}  // namespace seatrial::controllers
