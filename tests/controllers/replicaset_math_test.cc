#include "sim/controllers/replicaset_math.h"

#include "sim/controllers/pod_ranking.h"
#include "tests/controllers/cases.h"

namespace seatrial::controllers {
namespace {

const SimTime kNow = SimTime::at(Duration::seconds(100'000'000));

std::optional<SimTime> before_now(const Json& age) {
  if (age.is_null()) return std::nullopt;
  return kNow - Duration::seconds(static_cast<std::int64_t>(age.get<double>()));
}

int phase_rank(const Json& phase) {
  static const std::map<std::string, int> ranks{{"Pending", 0}, {"Unknown", 1}, {"Running", 2}};
  return ranks.at(phase);
}

PodRank rank_of(const Json& pod) {
  PodRank r;
  r.assigned = pod.at("node") != "";
  r.phase = phase_rank(pod.at("phase"));
  r.ready = pod.at("ready");
  r.ready_since = before_now(pod.at("readyAge"));
  r.created = before_now(pod.at("createdAge"));
  r.rank = pod.at("rank");
  r.restarts = pod.at("restarts");
  r.sidecar_restarts = pod.at("side");
  r.cost = pod.at("cost");
  return r;
}

void expect_ranks(const CaseRow& row) {
  const PodRank first = rank_of(row["first"]), second = rank_of(row["second"]);
  EXPECT_EQ(goes_first(first, second, kNow), row["firstLess"].get<bool>());
  EXPECT_EQ(goes_first(second, first, kNow), row["secondLess"].get<bool>());
}

TEST(PodRanking, FollowsTheOrderOfKubernetes) { for_each_row("pod-deletion-rank", expect_ranks); }
TEST(PodRanking, AgesOfOneBucketAreEqual) { for_each_row("pod-deletion-rank-equal", expect_ranks); }

TEST(PodRanking, WithinABucketTheSmallerUidGoesFirst) {
  PodRank a, b;
  a.assigned = b.assigned = a.ready = b.ready = true;
  a.ready_since = kNow - Duration::seconds(24);
  b.ready_since = kNow - Duration::seconds(20);
  a.uid = {1, 1};
  b.uid = {2, 1};
  EXPECT_TRUE(goes_first(a, b, kNow));
  EXPECT_FALSE(goes_first(b, a, kNow));
  b.ready_since = kNow - Duration::seconds(11);
  EXPECT_TRUE(goes_first(b, a, kNow));
}

api::Pod pod_of(const Json& description, std::uint32_t index) {
  api::Pod pod;
  pod.index = index;
  pod.metadata.name = description.at("name").get<std::string>();
  pod.metadata.uid = {index + 1, 0};
  pod.node_name = description.at("node").get<std::string>();
  const api::PodPhase phases[] = {api::PodPhase::kPending, api::PodPhase::kUnknown, api::PodPhase::kRunning};
  pod.status.phase = phases[phase_rank(description.at("phase"))];
  pod.metadata.creation_timestamp = before_now(description.at("createdAge")).value_or(SimTime());
  if (description.at("ready").get<bool>()) {
    const SimTime since = before_now(description.at("readyAge")).value_or(SimTime());
    pod.status.conditions.push_back({"Ready", api::ConditionStatus::kTrue, {}, {}, {}, since, {}});
  }
  return pod;
}

TEST(PodRanking, ChoosesThePodsToDelete) {
  for_each_row("pods-to-delete", [](const CaseRow& row) {
    std::vector<api::Pod> pods, others;
    for (const Json& description : row["pods"])
      pods.push_back(pod_of(description, static_cast<std::uint32_t>(pods.size())));
    for (const Json& node : row["relatedPodNodes"]) {
      others.emplace_back();
      others.back().node_name = node.get<std::string>();
    }
    std::vector<const api::Pod*> own, related;
    for (const api::Pod& pod : pods) own.push_back(&pod);
    for (const api::Pod& pod : others) related.push_back(&pod);
    std::vector<std::string> deleted;
    for (const api::Pod* pod :
         pods_to_delete(own, related, static_cast<std::size_t>(number(row, "count")), kNow)) {
      deleted.push_back(pod->metadata.name.str());
    }
    EXPECT_EQ(Json(deleted), row["deleted"]);
  });
}

TEST(PodRanking, RanksAThousandPodsTheSameWhateverTheirOrder) {
  std::vector<api::Pod> pods(1000);
  for (std::uint32_t i = 0; i < pods.size(); ++i) {
    pods[i].index = i;
    pods[i].metadata.uid = {i * 2654435761U, i};
    pods[i].node_name = "node-" + std::to_string(i % 7);
    pods[i].status.phase = api::PodPhase::kRunning;
  }
  std::vector<const api::Pod*> order;
  for (const api::Pod& pod : pods) order.push_back(&pod);
  const auto one = pods_to_delete(order, order, 300, kNow);
  std::ranges::reverse(order);
  EXPECT_EQ(pods_to_delete(order, order, 300, kNow), one);
}

TEST(SlowStartTest, StopsAfterTheFirstBatchWithAFailure) {
  for_each_row("slow-start-batch", [](const CaseRow& row) {
    SlowStart slow_start(number(row, "count"));
    const std::int32_t good = number(row, "callsThatSucceed");
    while (const std::int32_t batch = slow_start.batch()) {
      slow_start.done(std::clamp(slow_start.calls() + batch - good, 0, batch));
    }
    EXPECT_EQ(slow_start.successes(), number(row, "successes"));
    EXPECT_EQ(slow_start.calls(), number(row, "calls"));
    EXPECT_EQ(slow_start.failed(), row["error"].get<bool>());
  });
}

TEST(SlowStartTest, DoublesItsBatches) {
  SlowStart slow_start(10);
  std::vector<std::int32_t> batches;
  while (const std::int32_t batch = slow_start.batch()) {
    batches.push_back(batch);
    slow_start.done(0);
  }
  EXPECT_EQ(batches, (std::vector<std::int32_t>{1, 2, 4, 3}));
}

TEST(PodCounterTest, APodIsAvailableAfterMinReadySecondsFromAWholeSecond) {
  api::Pod pod;
  pod.metadata.labels = api::LabelMap{{"app", "web"}, {"extra", "1"}};
  pod.status.conditions.push_back(
      {"Ready", api::ConditionStatus::kTrue, {}, {}, {}, SimTime::at(Duration::seconds(12)), {}});
  const api::LabelMap labels{{"app", "web"}};
  PodCounter early(labels, 3, SimTime::at(Duration::millis(14'900)));
  early.add_active(pod);
  EXPECT_EQ(early.counts().ready, 1);
  EXPECT_EQ(early.counts().fully_labeled, 1);
  EXPECT_EQ(early.counts().available, 0);
  EXPECT_EQ(early.counts().next_available, SimTime::at(Duration::seconds(15)));
  PodCounter late(labels, 3, SimTime::at(Duration::seconds(15)));
  late.add_active(pod);
  EXPECT_EQ(late.counts().available, 1);
}

}  // namespace
}  // namespace seatrial::controllers
