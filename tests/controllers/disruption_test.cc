// PodDisruptionBudgets over pods of different controllers.
#include <gmock/gmock.h>

#include "sim/api/policy.h"
#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::PodDisruptionBudget;
using testing::Contains;
using testing::HasSubstr;

struct Budgets : TestCluster {
  Budgets() {
    for (const char* name : {"a", "b", "c"}) node(name);
  }
  // "1 of 2/3, True SufficientPods": allowed, desired, expected.
  std::string budget(const char* name = "web") const {
    for (const auto& budget : all<PodDisruptionBudget>()) {
      if (budget->metadata.name != api::Symbol(name)) continue;
      const auto& status = budget->status;
      return fmt::format("{} of {}/{}, {}", status.disruptions_allowed, status.desired_healthy,
                         status.expected_pods, condition<PodDisruptionBudget>(budget, "DisruptionAllowed"));
    }
    return {};
  }
};

constexpr const char* kTemplate =
    "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: w}]}}";

TEST(Disruption, AStatefulSetsScaleCounts) {
  Budgets cluster;
  const std::string set =
      std::string(
          "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web, namespace: default}, "
          "spec: {replicas: 3, serviceName: web, selector: {matchLabels: {app: web}}, ") +
      kTemplate + "}}";
  cluster.apply(set.c_str());
  cluster.apply(
      "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web, namespace: default}, spec: "
      "{maxUnavailable: 50%, selector: {matchLabels: {app: web}}}}");
  cluster.run(20_s);
  EXPECT_EQ(cluster.budget(), "2 of 1/3, True SufficientPods");
}

TEST(Disruption, AJobHasNoScale) {
  Budgets cluster;
  cluster.apply(
      "{apiVersion: batch/v1, kind: Job, metadata: {name: web, namespace: default}, spec: {template: "
      "{metadata: {labels: {app: web}}, spec: {restartPolicy: Never, containers: [{name: web, image: "
      "w}]}}}}");
  cluster.apply(
      "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web, namespace: default}, spec: "
      "{maxUnavailable: 1, selector: {matchLabels: {app: web}}}}");
  cluster.run(60_s);
  EXPECT_EQ(cluster.budget(), "0 of 0/0, False SyncFailed");
  EXPECT_THAT(cluster.events("PodDisruptionBudget"),
              Contains("CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: "
                       "jobs.batch does not implement the scale subresource"));
  const auto told = cluster.events("PodDisruptionBudget").size();
  cluster.run(60_s);
  EXPECT_EQ(cluster.events("PodDisruptionBudget").size(), told)
      << "nothing changed, so it is not tried again";
}

TEST(Disruption, ABarePodCountsWithAnIntegerOnly) {
  Budgets cluster;
  cluster.apply(
      "{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: default, labels: {app: web}}, spec: "
      "{containers: [{name: web, image: w}]}}");
  cluster.apply(
      "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web, namespace: default}, spec: "
      "{maxUnavailable: 1, selector: {matchLabels: {app: web}}}}");
  cluster.run(20_s);
  EXPECT_EQ(cluster.budget(), "0 of 0/0, False InsufficientPods");
  EXPECT_THAT(
      cluster.events("PodDisruptionBudget"),
      Contains(HasSubstr("UnmanagedPods Pods selected by this PodDisruptionBudget (selector: "
                         "&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:"
                         "[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, ")));
}

}  // namespace
}  // namespace seatrial::controllers
