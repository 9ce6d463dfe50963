#include "sim/controllers/deployment_math.h"

#include <numeric>

#include "sim/controllers/deployment_status.h"
#include "tests/controllers/cases.h"

namespace seatrial::controllers {
namespace {

constexpr auto kRolling = api::DeploymentStrategyType::kRollingUpdate;

// Of the Deployment's own fields; tables without the columns have the surge or unavailability of 0.
Fenceposts fenceposts_of(const CaseRow& row) {
  return resolve_fenceposts(int_or_string(row.input_or("maxSurge", 0)),
                            int_or_string(row.input_or("maxUnavailable", nullptr)),
                            number(row, "depReplicas"))
      .value();
}
std::int32_t surge_of(const CaseRow& row) { return fenceposts_of(row).surge; }

TEST(DeploymentMath, ResolvesFencepostsAsKubernetesDoes) {
  for_each_row("resolve-fenceposts", [](const CaseRow& row) {
    const auto posts = resolve_fenceposts(int_or_string(row["maxSurge"]),
                                          int_or_string(row["maxUnavailable"]), number(row, "desired"));
    EXPECT_EQ(!posts, row["error"].get<bool>());
    EXPECT_EQ(posts.value_or(Fenceposts{0, 0}),
              (Fenceposts{number(row, "surge"), number(row, "unavailable")}));
  });
}

TEST(DeploymentMath, TheNewSetGrowsAsFarAsSurgeLeavesRoom) {
  for_each_row("new-rs-new-replicas", [](const CaseRow& row) {
    const auto strategy = row["strategy"] == "Recreate" ? api::DeploymentStrategyType::kRecreate : kRolling;
    EXPECT_TRUE(strategy != kRolling || row["strategy"] == "RollingUpdate") << row["strategy"];
    EXPECT_EQ(new_rs_new_replicas(strategy, number(row, "depReplicas"), number(row, "maxSurge"),
                                  number(row, "allSpecReplicas"), number(row, "newRSReplicas")),
              number(row, "newReplicas"));
  });
}

TEST(DeploymentMath, ReconcilesTheNewSet) {
  for_each_row("reconcile-new-rs", [](const CaseRow& row) {
    const std::int32_t before = number(row, "newSpec");
    const std::int32_t after = reconcile_new(kRolling, number(row, "depReplicas"), surge_of(row),
                                             number(row, "oldSpec") + before, before);
    EXPECT_EQ(after != before, row["scaled"].get<bool>());
    if (optional(row, "newSpecAfter")) {
      EXPECT_EQ(after, number(row, "newSpecAfter"));
    }
  });
}

// Cleans up unhealthy replicas, then scales down what is healthy; the old set's new size.
std::int32_t reconcile_old(std::int32_t desired, std::int32_t max_unavailable, SetSize old_set,
                           SetSize new_set) {
  const std::int32_t min_available = desired - max_unavailable;
  const std::int32_t limit = max_scaled_down(old_set.spec + new_set.spec, min_available, new_set);
  if (old_set.spec == 0 || limit <= 0) return old_set.spec;
  for (const Resize& step : cleanup_unhealthy({&old_set, 1}, limit)) old_set.spec = step.to;
  for (const Resize& step :
       scale_down_old({&old_set, 1}, old_set.available + new_set.available, min_available)) {
    old_set.spec = step.to;
  }
  return old_set.spec;
}

std::int32_t unavailable_of(const CaseRow& row) { return fenceposts_of(row).unavailable; }

TEST(DeploymentMath, ReconcilesOldSets) {
  for_each_row("reconcile-old-rs", [](const CaseRow& row) {
    const SetSize old_set{number(row, "oldSpec"), number(row, "oldAvailable")};
    const std::int32_t after = reconcile_old(number(row, "depReplicas"), unavailable_of(row), old_set,
                                             {number(row, "newSpec"), number(row, "newAvailable")});
    EXPECT_EQ(after != old_set.spec, row["scaled"].get<bool>());
    if (optional(row, "oldSpecAfter")) {
      EXPECT_EQ(after, number(row, "oldSpecAfter"));
    }
  });
}

TEST(DeploymentMath, CleansUpUnhealthyReplicas) {
  for_each_row("cleanup-unhealthy", [](const CaseRow& row) {
    const SetSize old_set{number(row, "oldSpec"), number(row, "oldAvailable")};
    std::int32_t cleaned = 0;
    for (const Resize& step : cleanup_unhealthy({&old_set, 1}, number(row, "maxCleanup")))
      cleaned += step.from - step.to;
    EXPECT_EQ(cleaned, number(row, "cleaned"));
  });
}

TEST(DeploymentMath, ScalesDownOldSetsToWhatMustBeAvailable) {
  for_each_row("scale-down-old-rolling", [](const CaseRow& row) {
    const SetSize old_set{number(row, "oldSpec"), number(row, "oldAvailable")};
    const auto plan =
        scale_down_old({&old_set, 1}, old_set.available, number(row, "depReplicas") - unavailable_of(row));
    EXPECT_EQ(!plan.empty(), row["scaled"].get<bool>());
    if (optional(row, "oldSpecAfter")) {
      ASSERT_FALSE(plan.empty());
      EXPECT_EQ(plan.front().to, number(row, "oldSpecAfter"));
    }
  });
}

TEST(DeploymentMath, OldestSetsShrinkFirst) {
  const std::vector<SetSize> sets = {{5, 0}, {4, 4}, {6, 2}};
  EXPECT_EQ(cleanup_unhealthy(sets, 7), (std::vector<Resize>{{0, 5, 0}, {2, 6, 4}}));
  EXPECT_EQ(scale_down_old(sets, 6, 0), (std::vector<Resize>{{0, 5, 0}, {1, 4, 3}}));
}

TEST(DeploymentMath, AReplicaSetsFractionIsRoundedHalfAwayFromZero) {
  for_each_row("rs-fraction", [](const CaseRow& row) {
    const Scaling scaling{number(row, "depReplicas"), surge_of(row), number(row, "depStatusReplicas"), true};
    EXPECT_EQ(
        replica_set_fraction(scaling, number(row, "rsReplicas"), optional(row, "maxReplicasAnnotation")),
        number(row, "fraction"));
  });
}

TEST(DeploymentMath, SpreadsAChangeOfSizeProportionally) {
  for_each_row("proportional-scale", [](const CaseRow& row) {
    const std::int32_t before = number(row, "prevReplicas");
    const std::int32_t surge_before =
        resolve_fenceposts(int_or_string(row["prevMaxSurge"]), std::nullopt, before).value().surge;
    const Json annotated = row["annotationOverride"].is_null() ? Json::object() : row["annotationOverride"];
    std::vector<ScaledSet> sets;  // oldest first; the row has the newest first
    std::vector<std::int32_t> expected, sizes;
    for (std::size_t i = row["rs"].size(); i-- > 0;) {
      const Json& rs = row["rs"][i];
      const std::int32_t annotation = annotated.value(rs[0].get<std::string>(), before);
      sets.push_back({{rs[1], rs[2]}, annotation, annotation + surge_before, rs[3]});
      sizes.push_back(rs[1]);
      expected.push_back(row["specAfter"][i]);
    }
    const Scaling scaling{number(row, "depReplicas"), surge_of(row), 0, true};
    for (const ScaleStep& step : scale_plan(scaling, sets)) sizes[step.set] = step.to;
    EXPECT_EQ(sizes, expected);
  });
}

// Plays a rollout in which the old set is wholly available at the start, as the controller would with a
// status that is never stale: reconcile the new set, else the old one; when neither moves, pods become
// available.
std::vector<Json> play(const CaseRow& row) {
  const std::int32_t desired = number(row, "replicas");
  const auto posts =
      resolve_fenceposts(int_or_string(row["maxSurge"]), int_or_string(row["maxUnavailable"]), desired);
  const std::string availability = row["availability"];
  EXPECT_TRUE(availability == "never" || availability == "one" || availability == "all") << availability;
  SetSize old_set{desired, desired}, new_set;
  std::vector<Json> steps;
  const auto move = [&](const char* which, SetSize& set, std::int32_t to) {
    if (set.spec == to) return false;
    steps.push_back({which, set.spec, to});
    set.spec = to;
    set.available = std::min(set.available, to);
    return true;
  };
  // The first sync creates the new set at its size and goes on to the old one.
  move("new", new_set, new_rs_new_replicas(kRolling, desired, posts->surge, desired, 0));
  bool created = true;
  while (true) {
    const bool up = !created && move("new", new_set,
                                     reconcile_new(kRolling, desired, posts->surge,
                                                   old_set.spec + new_set.spec, new_set.spec));
    created = false;
    if (up || move("old", old_set, reconcile_old(desired, posts->unavailable, old_set, new_set))) continue;
    if (availability == "never" || new_set.available == new_set.spec) return steps;
    new_set.available = availability == "all" ? new_set.spec : new_set.available + 1;
  }
}

TEST(DeploymentMath, RollsOutStepByStep) {
  for_each_row("rolling-trace", [](const CaseRow& row) { EXPECT_EQ(Json(play(row)), row["steps"]); });
}

DeploymentStatus status_of(const Json& numbers) {
  DeploymentStatus status;
  status.replicas = numbers[0];
  status.updated_replicas = numbers[1];
  status.ready_replicas = numbers[2];
  status.available_replicas = numbers[3];
  return status;
}

TEST(DeploymentStatusTest, IsCompleteWhenEverythingIsUpdatedAndAvailable) {
  for_each_row("deployment-complete", [](const CaseRow& row) {
    api::Deployment d;
    d.replicas = number(row, "desired");
    DeploymentStatus status;
    status.replicas = number(row, "statusReplicas");
    status.updated_replicas = number(row, "updated");
    status.available_replicas = number(row, "available");
    EXPECT_EQ(deployment_complete(d, status), row["complete"].get<bool>());
  });
}

TEST(DeploymentStatusTest, ProgressesWhenACountMovesTheRightWay) {
  for_each_row("deployment-progressing", [](const CaseRow& row) {
    EXPECT_EQ(deployment_progressing(status_of(row["old"]), status_of(row["new"])),
              row["progressing"].get<bool>());
  });
}

TEST(DeploymentStatusTest, TimesOutAfterItsDeadline) {
  for_each_row("deployment-timed-out", [](const CaseRow& row) {
    api::Deployment d;
    d.progress_deadline_seconds = optional(row, "progressDeadlineSeconds");
    DeploymentStatus status;
    const SimTime updated = SimTime::at(Duration::seconds(100));
    status.conditions.push_back(new_condition("Progressing", api::ConditionStatus::kTrue,
                                              row["conditionReason"].get<std::string>(), "", updated));
    EXPECT_EQ(
        deployment_timed_out(d, status, updated + Duration::seconds(row["elapsedSec"].get<std::int64_t>())),
        row["timedOut"].get<bool>());
  });
}

TEST(DeploymentStatusTest, AStuckRolloutIsLookedAtAgainOneSecondAfterItsDeadline) {
  api::Deployment d;
  d.replicas = 1;
  d.progress_deadline_seconds = 600;
  d.status.conditions.push_back(new_condition("Progressing", api::ConditionStatus::kTrue, "ReplicaSetUpdated",
                                              "", SimTime::at(Duration::seconds(10))));
  EXPECT_EQ(requeue_stuck(d, {}, SimTime::at(Duration::millis(40'200))), Duration::millis(570'800));
  EXPECT_EQ(requeue_stuck(d, {}, SimTime::at(Duration::millis(609'500))), Duration());
  d.progress_deadline_seconds.reset();
  EXPECT_EQ(requeue_stuck(d, {}, SimTime::at(Duration::seconds(40))), std::nullopt);
}

TEST(DeploymentStatusTest, AConditionWithUnchangedStatusAndReasonIsLeftAlone) {
  std::vector<api::Condition> conditions;
  const SimTime first = SimTime::at(Duration::seconds(1)), later = SimTime::at(Duration::millis(9'700));
  set_condition(conditions, new_condition("Progressing", api::ConditionStatus::kTrue, "A", "one", first));
  set_condition(conditions, new_condition("Progressing", api::ConditionStatus::kTrue, "A", "two", later));
  EXPECT_EQ(conditions.front().message, "one");
  set_condition(conditions, new_condition("Progressing", api::ConditionStatus::kTrue, "B", "three", later));
  EXPECT_EQ(conditions.front().message, "three");
  EXPECT_EQ(conditions.front().last_transition_time, first);
  EXPECT_EQ(conditions.front().last_update_time, SimTime::at(Duration::seconds(9)));
}

}  // namespace
}  // namespace seatrial::controllers
