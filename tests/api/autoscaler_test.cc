// HorizontalPodAutoscaler: defaults, validation, and autoscaling/v1.
#include "sim/api/autoscaling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/api/objects.h"

namespace seatrial::api {
namespace {

using testing::HasSubstr;

std::string autoscaler(const std::string& spec, const std::string& version = "autoscaling/v2") {
  return "apiVersion: " + version +
         "\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n"
         "  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n" +
         spec;
}
std::shared_ptr<const HorizontalPodAutoscaler> read(const std::string& text) {
  return as<HorizontalPodAutoscaler>(object_of(text));
}

TEST(Autoscaler, IsDefaulted) {
  const auto h = read(autoscaler("  maxReplicas: 5\n  behavior: {scaleDown: {selectPolicy: Min}}\n"));
  ASSERT_NE(h, nullptr);
  EXPECT_EQ(h->min_replicas, 1);
  ASSERT_EQ(h->metrics.size(), 1u);
  EXPECT_EQ(h->metrics[0].source()->name.str(), "cpu");
  EXPECT_EQ(h->metrics[0].source()->target.average_utilization, 80);
  const HpaScalingRules &up = *h->behavior->scale_up, &down = *h->behavior->scale_down;
  EXPECT_EQ(up.stabilization_window_seconds, 0);
  EXPECT_EQ(up.policies, (std::vector<HpaScalingPolicy>{{HpaScalingPolicyType::kPods, 4, 15},
                                                        {HpaScalingPolicyType::kPercent, 100, 15}}));
  EXPECT_EQ(down.stabilization_window_seconds, std::nullopt);  // the controller's
  EXPECT_EQ(down.select_policy, ScalingPolicySelect::kMin);
  EXPECT_EQ(down.policies, (std::vector<HpaScalingPolicy>{{HpaScalingPolicyType::kPercent, 100, 15}}));
  EXPECT_FALSE(read(autoscaler("  maxReplicas: 5\n"))->behavior);  // the rules of old
}

TEST(Autoscaler, IsPrintedAsItWasWritten) {
  const auto h = read(autoscaler(
      "  maxReplicas: 5\n  metrics:\n"
      "  - {type: ContainerResource, containerResource: {name: memory, container: web, target: {type: "
      "AverageValue, averageValue: 500Mi}}}\n"
      "  - {type: Object, object: {describedObject: {kind: Service, name: web}, metric: {name: rate, "
      "selector: "
      "{matchLabels: {path: a}}}, target: {type: Value, value: 2k}}}\n"));
  const nlohmann::ordered_json json = info(*h).encode(*h);
  const auto& metrics = json["spec"]["metrics"];
  EXPECT_EQ(metrics[0]["containerResource"]["target"]["averageValue"], "500Mi");
  EXPECT_EQ(metrics[0]["containerResource"]["container"], "web");
  EXPECT_EQ(metrics[1]["object"]["metric"]["selector"]["matchLabels"]["path"], "a");
  EXPECT_EQ(metrics[1]["object"]["describedObject"]["kind"], "Service");
  EXPECT_FALSE(metrics[1]["object"].contains("current"));
  EXPECT_EQ(read(json.dump())->metrics, h->metrics);
}

struct RefusedRow {
  const char* name;
  const char* spec;
  const char* message;
};
class RefusesAutoscaler : public testing::TestWithParam<RefusedRow> {};
TEST_P(RefusesAutoscaler, InTheWordsOfTheApiServer) {
  EXPECT_THAT(problems_of(autoscaler(GetParam().spec)), HasSubstr(GetParam().message));
}
INSTANTIATE_TEST_SUITE_P(
    Autoscaler, RefusesAutoscaler,
    testing::Values(
        RefusedRow{"NoMaximum", "  minReplicas: 2\n",
                   "spec.maxReplicas: Invalid value: 0: must be greater than 0\n"},
        RefusedRow{"MinimumAboveMaximum", "  minReplicas: 5\n  maxReplicas: 4\n",
                   "f.yaml:7:16: spec.maxReplicas: Invalid value: 4: must be greater than or equal to "
                   "`minReplicas`\n"},
        RefusedRow{"MinimumOfZero", "  minReplicas: 0\n  maxReplicas: 4\n",
                   "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1\n"},
        RefusedRow{"MinimumOfZeroByPodsOnly", "  minReplicas: 0\n  maxReplicas: 4\n",
                   "spec.metrics: Forbidden: must specify at least one Object or External metric to support "
                   "scaling to zero replicas\n"},
        RefusedRow{"UnknownField", "  maxReplicas: 4\n  targetCPUUtilizationPercentage: 50\n",
                   "unknown field \"spec.targetCPUUtilizationPercentage\"\n"},
        RefusedRow{"UnknownMetric", "  maxReplicas: 4\n  metrics: [{type: Node}]\n",
                   "spec.metrics[0].type: Unsupported value: \"Node\": supported values: "
                   "\"ContainerResource\", \"External\", \"Object\", \"Pods\", \"Resource\"\n"},
        RefusedRow{"MetricWithoutSource", "  maxReplicas: 4\n  metrics: [{type: Pods}]\n",
                   "spec.metrics[0].pods: Required value: must populate information for the given metric "
                   "source\n"},
        RefusedRow{"TwoSources",
                   "  maxReplicas: 4\n  metrics: [{type: Resource, resource: {name: cpu, target: {type: "
                   "Utilization, averageUtilization: 50}}, pods: {metric: {name: a}, target: {type: "
                   "AverageValue, averageValue: 1}}}]\n",
                   "spec.metrics[0].pods: Forbidden: must populate the given metric source only\n"},
        RefusedRow{"NoTarget",
                   "  maxReplicas: 4\n  metrics: [{type: Resource, resource: {name: cpu, target: {type: "
                   "Utilization}}}]\n",
                   "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a "
                   "target raw value or a target utilization\n"},
        RefusedRow{
            "BadTargetType",
            "  maxReplicas: 4\n  metrics: [{type: Resource, resource: {name: cpu, target: {type: Percent, "
            "averageUtilization: 50}}}]\n",
            "target.type: Invalid value: \"Percent\": must be either Utilization, Value, or "
            "AverageValue\n"},
        RefusedRow{"ContainerWithoutName",
                   "  maxReplicas: 4\n  metrics: [{type: ContainerResource, containerResource: {name: gpu, "
                   "target: {type: Utilization, averageUtilization: 50}}}]\n",
                   "containerResource.container: Required value: must specify a container\n"},
        RefusedRow{"WindowTooLong",
                   "  maxReplicas: 4\n  behavior: {scaleUp: {stabilizationWindowSeconds: 3601}}\n",
                   "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than "
                   "or equal to 3600\n"},
        RefusedRow{"NoPolicies", "  maxReplicas: 4\n  behavior: {scaleUp: {policies: []}}\n",
                   "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy\n"},
        RefusedRow{
            "PolicyOfNothing",
            "  maxReplicas: 4\n  behavior: {scaleUp: {policies: [{type: Pods, value: 0, periodSeconds: "
            "1801}]}}\n",
            "policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800\n"},
        RefusedRow{
            "NegativeTolerance", "  maxReplicas: 4\n  behavior: {scaleDown: {tolerance: -0.1}}\n",
            "spec.behavior.scaleDown.tolerance: Invalid value: \"-100m\": must be greater than or equal "
            "to 0\n"}),
    [](const auto& row) { return row.param.name; });

TEST(Autoscaler, OfVersion1IsConverted) {
  const auto h =
      read(autoscaler("  maxReplicas: 5\n  targetCPUUtilizationPercentage: 60\n", "autoscaling/v1"));
  ASSERT_NE(h, nullptr);
  EXPECT_EQ(h->metrics.at(0).resource->target.average_utilization, 60);
  const auto plain = read(autoscaler("  maxReplicas: 5\n", "autoscaling/v1"));
  EXPECT_EQ(plain->metrics.at(0).resource->target.average_utilization, 80);
  EXPECT_THAT(
      problems_of(autoscaler("  maxReplicas: 5\n  targetCPUUtilizationPercentage: 0\n", "autoscaling/v1")),
      HasSubstr("f.yaml:7:35: spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be "
                "greater than 0\n"));
  EXPECT_THAT(problems_of(autoscaler("  maxReplicas: 5\n  metrics: []\n", "autoscaling/v1")),
              HasSubstr("unknown field \"spec.metrics\"\n"));
}

}  // namespace
}  // namespace seatrial::api
