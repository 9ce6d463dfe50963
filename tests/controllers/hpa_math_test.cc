#include "sim/controllers/hpa_math.h"

#include <vector>

#include "sim/controllers/hpa_limits.h"
#include "tests/controllers/cases.h"

namespace seatrial::controllers {
namespace {

using namespace literals;

constexpr SimTime kNow = SimTime::at(Duration::seconds(10'000));
constexpr Duration kWindow = Duration::seconds(60);

std::int64_t milli(const Json& value) { return value.get<std::int64_t>(); }

Tolerances tolerance(const CaseRow& row) {
  const auto both = row["tolerance"].get<double>();
  return {both, both};
}

Duration duration(const Json& text) {
  const auto s = text.get<std::string>();
  const std::int64_t number = std::stoll(s);
  return s.back() == 'm' ? Duration::seconds(60 * number) : Duration::seconds(number);
}

// A pod as a row gives it. One that is not ready has never been; a hot one started just now, and became ready
// less than a window before its sample.
api::Pod pod_of(const Json& given) {
  api::Pod pod;
  const bool hot = given["startedWithinCpuInit"].get<bool>(), ready = given["ready"].get<bool>();
  const SimTime started = kNow - (hot ? 30_s : 1_h);
  const auto phase = given["phase"].get<std::string>();
  pod.status.phase = phase == "Running"     ? api::PodPhase::kRunning
                     : phase == "Pending"   ? api::PodPhase::kPending
                     : phase == "Succeeded" ? api::PodPhase::kSucceeded
                                            : api::PodPhase::kFailed;
  EXPECT_TRUE(pod.status.phase != api::PodPhase::kFailed || phase == "Failed") << phase;
  pod.status.start_time = started;
  pod.status.conditions.push_back(
      {"Ready", ready ? api::ConditionStatus::kTrue : api::ConditionStatus::kFalse, {}, {}, {}, started, {}});
  if (given["deleting"].get<bool>()) pod.metadata.deletion_timestamp = kNow;
  return pod;
}

// Whether there is nothing else to compare. The row has the error's text, or just true.
template <class Expected>
bool is_expected_error(const CaseRow& row, const Expected& proposal) {
  if (!row.expects("error")) {
    EXPECT_TRUE(proposal) << proposal.error();
    return !proposal;
  }
  const Json& error = row["error"];
  EXPECT_FALSE(proposal);
  if (!proposal && error.is_string()) {
    EXPECT_EQ(proposal.error(), error.get<std::string>());
  }
  return true;
}

TEST(HpaMath, SizesForAUtilization) {
  for_each_row("hpa-resource-utilization", [](const CaseRow& row) {
    const HpaReadiness readiness{duration(row["cpuInitializationPeriod"]),
                                 duration(row["initialReadinessDelay"])};
    std::vector<PodLoad> loads;
    for (const Json& given : row["pods"]) {
      const auto metric = given["usageMilli"].is_null()
                              ? std::nullopt
                              : std::optional(PodMetric{kNow, kWindow, milli(given["usageMilli"])});
      const PodGroup group = group_of(pod_of(given), metric, true, readiness, kNow);
      loads.push_back({group, group == PodGroup::kCounted ? metric->value : 0, milli(given["requestMilli"])});
    }
    const auto proposal = replicas_for_utilization(number(row, "currentReplicas"),
                                                   number(row, "targetUtilization"), tolerance(row), loads);
    if (is_expected_error(row, proposal)) return;
    EXPECT_EQ(proposal->replicas, number(row, "replicas"));
    EXPECT_EQ(proposal->utilization, number(row, "utilization"));
  });
}

TEST(HpaMath, SizesForAMetricOfPods) {
  for_each_row("hpa-pods-metric", [](const CaseRow& row) {
    std::vector<PodLoad> loads;
    for (const Json& level : row["levels"]) {
      loads.push_back(level.is_null() ? PodLoad{PodGroup::kMissing, 0, 0}
                                      : PodLoad{PodGroup::kCounted, milli(level), 0});
    }
    while (loads.size() < row["currentReplicas"].get<std::size_t>())
      loads.push_back({PodGroup::kMissing, 0, 0});
    const auto proposal = replicas_for_average(number(row, "currentReplicas"), milli(row["targetAverage"]),
                                               tolerance(row), loads);
    if (is_expected_error(row, proposal)) return;
    EXPECT_EQ(proposal->replicas, number(row, "replicas"));
    EXPECT_EQ(proposal->usage, milli(row["reportedUsage"]));
  });
}

TEST(HpaMath, SizesForOneValue) {
  for (const char* const table : {"hpa-object-value", "hpa-external-value"}) {
    for_each_row(table, [](const CaseRow& row) {
      const Proposal proposal =
          replicas_for_value(number(row, "currentReplicas"), milli(row["metric"]), milli(row["target"]),
                             tolerance(row), number(row, "readyPods"));
      EXPECT_EQ(proposal.replicas, number(row, "replicas"));
      EXPECT_EQ(proposal.usage, milli(row["reportedUsage"]));
    });
  }
}

TEST(HpaMath, SizesForOneValueThatIsSharedOut) {
  for (const char* const table : {"hpa-object-averagevalue", "hpa-external-averagevalue"}) {
    for_each_row(table, [](const CaseRow& row) {
      const Proposal proposal = replicas_for_share(number(row, "currentReplicas"), milli(row["metric"]),
                                                   milli(row["targetPerPod"]), tolerance(row));
      EXPECT_EQ(proposal.replicas, number(row, "replicas"));
      EXPECT_EQ(proposal.usage, milli(row["reportedUsage"]));
    });
  }
}

api::HpaScalingRules rules(const Json& policies, const std::string& select) {
  api::HpaScalingRules made;
  made.select_policy = select == "Min"        ? api::ScalingPolicySelect::kMin
                       : select == "Disabled" ? api::ScalingPolicySelect::kDisabled
                                              : api::ScalingPolicySelect::kMax;
  EXPECT_TRUE(select == "Max" || made.select_policy != api::ScalingPolicySelect::kMax) << select;
  made.policies.emplace();
  for (const Json& policy : policies) {
    made.policies->push_back(
        {policy["type"] == "Pods" ? api::HpaScalingPolicyType::kPods : api::HpaScalingPolicyType::kPercent,
         policy["value"].get<std::int32_t>(), policy["periodSeconds"].get<std::int32_t>()});
  }
  return made;
}

std::vector<ScaleEvent> events(const Json& given) {
  std::vector<ScaleEvent> made;
  for (const Json& event : given)
    made.push_back({event["change"].get<std::int32_t>(),
                    kNow - Duration::seconds(event["ageSeconds"].get<std::int64_t>())});
  return made;
}

TEST(HpaLimits, LimitTheRateOfChange) {
  for_each_row("hpa-behavior-rate", [](const CaseRow& row) {
    const auto select = row["selectPolicy"].get<std::string>();
    const api::HpaBehavior behavior{rules(row["scaleUpPolicies"], select),
                                    rules(row["scaleDownPolicies"], select)};
    const Limited limited = limit_by_behavior(
        number(row, "current"), number(row, "desired"), number(row, "min"), number(row, "max"), behavior,
        {events(row["scaleUpEvents"]), events(row["scaleDownEvents"])}, kNow);
    EXPECT_EQ(limited.replicas, number(row, "replicas"));
    EXPECT_EQ(limited.reason, row["scalingLimitedReason"].get<std::string>());
  });
}

TEST(HpaLimits, APolicyLimitsOneStep) {
  for_each_row("hpa-behavior-limit", [](const CaseRow& row) {
    const api::HpaScalingRules made = rules(row["policies"], row["selectPolicy"].get<std::string>());
    if (row.expects("scaleUpLimit")) {
      EXPECT_EQ(scale_up_limit(number(row, "current"), {}, made, kNow), number(row, "scaleUpLimit"));
    }
    if (row.expects("scaleDownLimit")) {
      EXPECT_EQ(scale_down_limit(number(row, "current"), {}, made, kNow), number(row, "scaleDownLimit"));
    }
  });
}

TEST(HpaLimits, TheHighestRecentRecommendationHolds) {
  for_each_row("hpa-stabilize-legacy", [](const CaseRow& row) {
    std::vector<Recommendation> recommendations;
    for (const Json& one : row["recommendations_value_ageSeconds"])
      recommendations.push_back(
          {one[0].get<std::int32_t>(), kNow - Duration::seconds(one[1].get<std::int64_t>())});
    EXPECT_EQ(highest_recent(recommendations, number(row, "desired"),
                             Duration::seconds(row["windowSeconds"].get<std::int64_t>()), kNow),
              number(row, "stabilized"));
  });
}

// 8 replicas that became 10 ten seconds ago: the period of 30 s began with 8.
TEST(HpaLimits, APeriodCountsFromItsStart) {
  const api::HpaScalingRules half =
      rules({{{"type", "Percent"}, {"value", 50}, {"periodSeconds", 30}}}, "Max");
  EXPECT_EQ(scale_down_limit(10, {{{2, kNow - 10_s}}, {}}, half, kNow), 4);
  EXPECT_EQ(scale_down_limit(10, {{{2, kNow - 30_s}}, {}}, half, kNow), 5);
}

TEST(HpaLimits, EachDirectionHasItsWindow) {
  const std::vector<Recommendation> seen{{2, kNow - 20_s}, {9, kNow - 50_s}};
  EXPECT_EQ(stabilized(seen, 5, 7, {}, {}, kNow), 7);     // no windows: as asked
  EXPECT_EQ(stabilized(seen, 5, 7, 30_s, {}, kNow), 5);   // 2 was enough lately, and 7 is wanted: no change
  EXPECT_EQ(stabilized(seen, 10, 3, {}, 60_s, kNow), 9);  // down no further than to 9
  EXPECT_EQ(stabilized(seen, 10, 3, {}, 40_s, kNow), 3);  // which is too long ago
}

TEST(HpaLimits, WithoutBehaviorASizeDoublesAtMost) {
  EXPECT_EQ(limit_by_rules_of_old(2, 18, 1, 10).replicas, 4);
  EXPECT_STREQ(limit_by_rules_of_old(2, 18, 1, 10).reason, "ScaleUpLimit");
  EXPECT_EQ(limit_by_rules_of_old(8, 18, 1, 10).replicas, 10);
  EXPECT_STREQ(limit_by_rules_of_old(8, 18, 1, 10).reason, "TooManyReplicas");
  EXPECT_STREQ(limit_by_rules_of_old(8, 1, 2, 10).reason, "TooFewReplicas");
  EXPECT_STREQ(limit_by_rules_of_old(8, 8, 2, 10).reason, "DesiredWithinRange");
}

TEST(HpaMath, EachDirectionHasItsTolerance) {
  api::HorizontalPodAutoscaler hpa;
  EXPECT_TRUE(tolerances_of(hpa).within(1.1));
  EXPECT_FALSE(tolerances_of(hpa).within(1.11));
  hpa.behavior.emplace();
  hpa.behavior->scale_up.emplace().tolerance = *api::Quantity::parse("0.0005");
  hpa.behavior->scale_down.emplace().tolerance = *api::Quantity::parse("500m");
  EXPECT_FALSE(tolerances_of(hpa).within(1.001));
  EXPECT_TRUE(tolerances_of(hpa).within(1.0004));
  EXPECT_TRUE(tolerances_of(hpa).within(0.5));
}

TEST(HpaMath, ARequestIsThatOfAllContainersAndSidecars) {
  api::Pod pod;
  pod.metadata.name = "web-1";
  api::PodSpec spec;
  for (const char* const name : {"web", "log"}) {
    spec.containers.emplace_back();
    spec.containers.back().name = name;
    spec.containers.back().resources.requests = {{"cpu", api::Quantity::from_milli(100)}};
  }
  spec.init_containers.emplace_back();  // runs before the others: does not count
  spec.init_containers.emplace_back();
  spec.init_containers.back().name = "mesh";
  spec.init_containers.back().restart_policy = api::RestartPolicy::kAlways;
  spec.init_containers.back().resources.requests = {{"cpu", api::Quantity::from_milli(50)}};
  pod.spec = std::move(spec);
  EXPECT_EQ(request_of(pod, "cpu", {}).value(), 250);
  EXPECT_EQ(request_of(pod, "cpu", "log").value(), 100);
  EXPECT_EQ(request_of(pod, "memory", {}).error(),
            "missing request for memory in container web of Pod web-1");
  EXPECT_EQ(request_of(pod, "cpu", "db").error(), "container db not found in Pod web-1");
}

}  // namespace
}  // namespace seatrial::controllers
