#include "sim/controllers/node_lifecycle_math.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seatrial::controllers {
namespace {

using namespace literals;
using api::ConditionStatus;
using api::Taint;
using ::testing::ElementsAre;

TEST(NodeLifecycleMath, ASilentNodeIsGivenUpInTheTenthRoundAfterItsHeartbeatWasSeen) {
  EXPECT_EQ(given_up_at(SimTime::at(12_s + 300_ms)), SimTime::at(65_s));
  EXPECT_EQ(given_up_at(SimTime::at(15_s)), SimTime::at(65_s));
  EXPECT_EQ(last_round(SimTime::at(-1_s)), SimTime::at(-5_s));
  EXPECT_EQ(next_round(SimTime::at(-1_s)), SimTime::at(0_s));
}

api::Node node_with(ConditionStatus ready, std::vector<Taint> taints = {}) {
  api::Node node;
  node.conditions.push_back({"Ready", ready, {}, {}, {}, {}, {}});
  node.taints = std::move(taints);
  return node;
}

std::vector<std::string> texts(const std::vector<Taint>& taints) {
  std::vector<std::string> found;
  for (const Taint& t : taints) found.push_back(t.key.str() + ":" + t.effect.str());
  return found;
}

TEST(NodeLifecycleMath, ConditionsAndCordonsBecomeTaintsAndOtherTaintsStay) {
  const Taint own{"dedicated", "gpu", "NoSchedule", {}};
  const Taint stale{"node.kubernetes.io/not-ready", {}, "NoSchedule", {}};
  api::Node node = node_with(ConditionStatus::kUnknown, {own, stale});
  node.unschedulable = true;
  EXPECT_THAT(texts(with_condition_taints(node)),
              ElementsAre("dedicated:NoSchedule", "node.kubernetes.io/unreachable:NoSchedule",
                          "node.kubernetes.io/unschedulable:NoSchedule"));
  const api::Node healthy = node_with(ConditionStatus::kTrue, {own});
  EXPECT_EQ(with_condition_taints(healthy), healthy.taints);
}

TEST(NodeLifecycleMath, NotReadyAndUnreachableExcludeEachOther) {
  const Taint not_ready{"node.kubernetes.io/not-ready", {}, "NoExecute", {}};
  const api::Node node = node_with(ConditionStatus::kUnknown, {not_ready});
  const auto taints = with_no_execute_taint(node, SimTime::at(7_s + 900_ms));
  EXPECT_THAT(texts(taints), ElementsAre("node.kubernetes.io/unreachable:NoExecute"));
  EXPECT_EQ(taints.front().time_added, SimTime::at(7_s));
  EXPECT_THAT(without_no_execute_taint(node), ElementsAre());
}

TEST(NodeLifecycleMath, AZoneIsPartlyDownFromThreeNodesAnd55PerCent) {
  EXPECT_EQ(zone_state({0, 1}), ZoneState::kFull);
  EXPECT_EQ(zone_state({0, 0}), ZoneState::kNormal);
  EXPECT_EQ(zone_state({1, 2}), ZoneState::kNormal);  // two only
  EXPECT_EQ(zone_state({45, 55}), ZoneState::kPartial);
  EXPECT_EQ(zone_state({46, 54}), ZoneState::kNormal);
}

TEST(NodeLifecycleMath, TaintsComeEveryTenSecondsSlowlyInLargeHalfDeadZonesAndNotInSmallOnes) {
  EXPECT_EQ(taint_interval(ZoneState::kNormal, {9, 1}), 10_s);
  EXPECT_EQ(taint_interval(ZoneState::kFull, {0, 10}), 10_s);
  EXPECT_EQ(taint_interval(ZoneState::kPartial, {20, 31}), 100_s);
  EXPECT_EQ(taint_interval(ZoneState::kPartial, {20, 30}), Duration::max());
}

}  // namespace
}  // namespace seatrial::controllers
