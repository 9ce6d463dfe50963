#include "sim/controllers/statefulset_math.h"

#include <gmock/gmock.h>

#include "tests/controllers/cases.h"

namespace seatrial::controllers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Replica replica(std::int32_t ordinal, const char* revision, bool available = true) {
  Replica r;
  r.ordinal = ordinal;
  r.created = true;
  r.ready = r.available = available;
  r.revision = revision;
  return r;
}

TEST(StatefulSetMath, MaxUnavailableIsRoundedDownAndAtLeastOne) {
  for_each_row("statefulset-max-unavailable", [](const CaseRow& row) {
    EXPECT_EQ(stateful_set_max_unavailable(int_or_string(row["maxUnavailable"]), number(row, "replicas")),
              number(row, "resolved"));
  });
}

TEST(StatefulSetMath, AnOrdinalIsTheNumberBehindTheSetsName) {
  EXPECT_EQ(ordinal_of("db-0", "db"), 0);
  EXPECT_EQ(ordinal_of("db-12", "db"), 12);
  EXPECT_EQ(ordinal_of("a-1-2", "a-1"), 2);
  for (const char* other : {"db", "db-", "db-x", "db-1x", "db--1", "db-99999999999", "dc-1", "db-1-2"}) {
    EXPECT_EQ(ordinal_of(other, "db"), std::nullopt) << other;
  }
}

TEST(StatefulSetMath, PodsBelowThePartitionAreMadeFromTheCurrentRevision) {
  api::StatefulSet set;
  set.update_strategy = api::UpdateStrategyType::kRollingUpdate;
  set.ordinals_start = 5;
  set.rolling_update = api::RollingUpdateStatefulSet{2, {}};
  EXPECT_TRUE(needs_current_revision(set, 6));
  EXPECT_FALSE(needs_current_revision(set, 7));
  set.rolling_update.reset();
  set.status.current_replicas = 1;
  EXPECT_TRUE(needs_current_revision(set, 5));
  EXPECT_FALSE(needs_current_revision(set, 6));
  set.update_strategy = api::UpdateStrategyType::kOnDelete;
  EXPECT_FALSE(needs_current_revision(set, 5));
}

TEST(StatefulSetMath, OrderedReadyWaitsForAPodThatIsNotAvailable) {
  Replica unavailable = replica(0, "a", false), terminating = replica(0, "a"), missing,
          unnamed = replica(0, "a");
  terminating.terminating = true;
  unnamed.named = false;
  EXPECT_EQ(step_of(unavailable, true), ReplicaStep::kWait);
  EXPECT_EQ(step_of(unavailable, false), ReplicaStep::kNothing);
  EXPECT_EQ(step_of(terminating, true), ReplicaStep::kWait);
  EXPECT_EQ(step_of(terminating, false), ReplicaStep::kNothing);
  EXPECT_EQ(step_of(missing, true), ReplicaStep::kCreate);
  EXPECT_EQ(step_of(unnamed, true), ReplicaStep::kRename);
  EXPECT_EQ(step_of(replica(0, "a"), true), ReplicaStep::kNothing);
}

TEST(StatefulSetMath, AFinishedPodIsDeletedUnlessItIsGoingAlready) {
  Replica finished = replica(0, "a", false);
  finished.finished = true;
  EXPECT_EQ(step_of(finished, false), ReplicaStep::kDelete);
  finished.terminating = true;
  EXPECT_EQ(step_of(finished, false), ReplicaStep::kWait);
}

TEST(StatefulSetMath, ACondemnedPodThatIsNotAvailableGoesOnlyIfItIsTheFirst) {
  const std::vector<Replica> replicas{replica(0, "a")};
  const std::vector<Replica> condemned{replica(3, "a", false), replica(2, "a"), replica(1, "a", false)};
  EXPECT_EQ(first_unhealthy(replicas, condemned), 1);
  EXPECT_EQ(condemned_step(condemned[0], 1, true), ReplicaStep::kWait);
  EXPECT_EQ(condemned_step(condemned[0], 1, false), ReplicaStep::kDelete);
  EXPECT_EQ(condemned_step(condemned[1], 1, true), ReplicaStep::kDelete);
  EXPECT_EQ(condemned_step(condemned[2], 1, true), ReplicaStep::kDelete);
}

TEST(StatefulSetMath, AnUpdateTakesTheHighestPodAndStopsAtOneThatIsNotAvailable) {
  std::vector<Replica> pods{replica(0, "old"), replica(1, "old"), replica(2, "new")};
  EXPECT_THAT(pods_to_update(pods, 0, "new", {}), ElementsAre(1));
  EXPECT_THAT(pods_to_update(pods, 2, "new", {}), IsEmpty());
  pods[2].available = false;
  EXPECT_THAT(pods_to_update(pods, 0, "new", {}), IsEmpty());
  pods[2].revision = "old";  // not available and not updated: it goes
  EXPECT_THAT(pods_to_update(pods, 0, "new", {}), ElementsAre(2));
  pods[2].terminating = true;
  EXPECT_THAT(pods_to_update(pods, 0, "new", {}), IsEmpty());
}

TEST(StatefulSetMath, MaxUnavailableCountsThoseThatAreUnavailableAlready) {
  std::vector<Replica> pods{replica(0, "old"), replica(1, "old", false), replica(2, "old"), replica(3, "old"),
                            replica(4, "old")};
  EXPECT_THAT(pods_to_update(pods, 0, "new", 3), ElementsAre(4, 3));
  EXPECT_THAT(pods_to_update(pods, 4, "new", 3), ElementsAre(4));
  EXPECT_THAT(pods_to_update(pods, 0, "new", 1), IsEmpty());
}

TEST(StatefulSetMath, TheUpdatesRevisionBecomesCurrentWhenAllAreUpdatedAndReady) {
  api::StatefulSet set;
  set.replicas = 2;
  set.update_strategy = api::UpdateStrategyType::kRollingUpdate;
  std::vector<Replica> pods{replica(0, "new"), replica(1, "new", false)};
  const StatefulSetRevisions revisions{"old", "new", 0};
  api::StatefulSet::Status status = calculate_status(set, revisions, pods, {}, 0);
  EXPECT_EQ(status.current_revision.str(), "old");
  EXPECT_EQ(status.current_replicas, 0);
  EXPECT_EQ(status.ready_replicas, 1);
  pods[1] = replica(1, "new");
  status = calculate_status(set, revisions, pods, {}, 0);
  EXPECT_EQ(status.current_revision.str(), "new");
  EXPECT_EQ(status.current_replicas, 2);
  set.update_strategy = api::UpdateStrategyType::kOnDelete;
  EXPECT_EQ(calculate_status(set, revisions, pods, {}, 0).current_revision.str(), "old");
}

}  // namespace
}  // namespace seatrial::controllers
