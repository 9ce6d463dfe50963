#include "sim/api/autoscaling.h"

#include <gmock/gmock.h>

#include "tests/controllers/cluster.h"

namespace seatrial::controllers {
namespace {

using api::HorizontalPodAutoscaler;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HpaTest : public ::testing::Test {
 protected:
  api::ObjectPtr web(std::int32_t replicas) {
    auto d = TestCluster::deployment("web", replicas);
    d->template_.edit().spec.edit().containers.front().resources.requests = {
        {"cpu", api::Quantity::from_milli(100)}};
    return cluster.create(d);
  }
  api::ObjectPtr hpa(const char* name = "web",
                     const std::function<void(HorizontalPodAutoscaler&)>& change = {}) {
    auto h = std::make_shared<HorizontalPodAutoscaler>();
    h->metadata.name = name;
    h->metadata.namespace_ = "default";
    h->scale_target_ref = {"apps/v1", "Deployment", "web"};
    h->max_replicas = 10;
    api::MetricSource cpu;
    cpu.name = "cpu";
    cpu.target.type = api::MetricTargetType::kUtilization;
    cpu.target.average_utilization = 50;
    h->metrics.push_back({api::MetricSourceType::kResource, {}, {}, cpu, {}, {}});
    if (change) change(*h);
    return cluster.create(h);
  }
  void use(std::optional<std::int64_t> each, std::optional<std::int64_t> total = {}) {
    cluster::UsageRule rule;
    rule.cpu_per_pod = each;
    rule.cpu_in_total = total;
    cluster.server.metrics().set_rule(rule);
  }
  std::int32_t size(const api::ObjectPtr& d) { return cluster.get<api::Deployment>(d)->replicas; }
  std::string condition(const api::ObjectPtr& h, const char* type) {
    return cluster.condition<HorizontalPodAutoscaler>(h, type);
  }
  std::vector<std::string> events() { return cluster.events("HorizontalPodAutoscaler"); }

  TestCluster cluster{2};
};

// One source of a metric that is no resource.
api::Metric custom(api::MetricSourceType type, std::optional<api::MetricSource> api::Metric::* member,
                   const char* name, std::int64_t average) {
  api::MetricSource source;
  source.metric.name = name;
  source.target.type = api::MetricTargetType::kAverageValue;
  source.target.average_value = api::Quantity::from_value(average);
  api::Metric metric;
  metric.type = type;
  metric.*member = source;
  return metric;
}

TEST_F(HpaTest, ScalesUpAtOnceAndDownAfterFiveMinutes) {
  const auto d = web(2);
  const auto h = hpa();
  use({}, 100);
  cluster.run(45_s);
  EXPECT_EQ(size(d), 2);
  EXPECT_EQ(condition(h, "ScalingActive"), "True ValidMetricFound");
  use({}, 300);
  cluster.run(15_s);
  EXPECT_EQ(size(d), 4);  // six are asked for; twice as many, four at least, is the limit
  EXPECT_EQ(condition(h, "ScalingLimited"), "True ScaleUpLimit");
  cluster.run(15_s);
  EXPECT_EQ(size(d), 6);
  use({}, 100);
  cluster.run(260_s);
  EXPECT_EQ(size(d), 6);
  EXPECT_EQ(condition(h, "AbleToScale"), "True ScaleDownStabilized");
  cluster.run(60_s);
  EXPECT_EQ(size(d), 2);
  EXPECT_THAT(events(), Contains("SuccessfulRescale New size: 2; reason: All metrics below target"));
}

TEST_F(HpaTest, CostsNothingWithoutAnAutoscaler) {
  web(2);
  cluster.run(30_s);
  const std::uint64_t syncs = cluster.manager.syncs();
  cluster.run(1_h);
  EXPECT_LE(cluster.manager.syncs(),
            syncs + 1000);  // what other controllers do in an hour, heartbeats included
}

TEST_F(HpaTest, AWindowOfStabilizationAndPoliciesAreHeeded) {
  const auto d = web(8);
  hpa("web", [](HorizontalPodAutoscaler& h) {
    h.behavior.emplace();
    h.behavior->scale_down.emplace();
    h.behavior->scale_down->stabilization_window_seconds = 0;
    h.behavior->scale_down->policies = {{{api::HpaScalingPolicyType::kPods, 1, 60}}};
  });
  use(10);
  cluster.run(40_s);
  EXPECT_EQ(size(d), 7);
  cluster.run(45_s);
  EXPECT_EQ(size(d), 7);  // one in a minute
  cluster.run(15_s);
  EXPECT_EQ(size(d), 6);
}

TEST_F(HpaTest, ABrokenMetricAllowsNoScaleDown) {
  const auto d = web(4);
  const auto h = hpa("web", [](HorizontalPodAutoscaler& a) {
    a.metrics.push_back(custom(api::MetricSourceType::kExternal, &api::Metric::external, "queue", 10));
  });
  use(10);
  cluster.run(46_s);
  EXPECT_EQ(size(d), 4);
  EXPECT_EQ(condition(h, "ScalingActive"), "False FailedGetExternalMetric");
  EXPECT_THAT(events(),
              Contains(HasSubstr("FailedComputeMetricsReplicas invalid metrics (1 invalid out of 2), "
                                 "first error is: failed to get queue external metric value: failed "
                                 "to get queue external metric: unable to get external metric "
                                 "default/queue/nil: no metrics returned from external metrics API")));
  use(75);  // but a scale-up it does allow
  cluster.run(15_s);
  EXPECT_EQ(size(d), 6);
}

TEST_F(HpaTest, ExternalAndPodMetricsCount) {
  const auto d = web(2);
  hpa("web", [](HorizontalPodAutoscaler& a) {
    a.metrics = {custom(api::MetricSourceType::kExternal, &api::Metric::external, "queue", 10),
                 custom(api::MetricSourceType::kPods, &api::Metric::pods, "connections", 100)};
  });
  cluster.run(10_s);
  cluster.server.metrics().set_external("queue", "default", 30'000);
  for (const auto& pod : cluster.all<api::Pod>())
    cluster.server.metrics().set_object("connections", pod->ref(), 20'000);
  cluster.run(6_s);
  EXPECT_EQ(size(d), 3);
  EXPECT_THAT(events(),
              Contains("SuccessfulRescale New size: 3; reason: external metric queue(nil) above target"));
}

TEST_F(HpaTest, AnObjectsMetricCounts) {
  const auto d = web(2);
  const auto target = hpa("web", [](HorizontalPodAutoscaler& a) {
    a.metrics = {custom(api::MetricSourceType::kObject, &api::Metric::object, "rate", 10)};
    a.metrics[0].object->described_object = {"apps/v1", "Deployment", "web"};
    a.metrics[0].object->target.type = api::MetricTargetType::kValue;
    a.metrics[0].object->target.value = api::Quantity::from_value(10);
  });
  cluster.run(10_s);
  cluster.server.metrics().set_object("rate", d->ref(), 20'000);
  cluster.run(6_s);
  EXPECT_EQ(size(d), 4);
  EXPECT_EQ(condition(target, "AbleToScale"), "True SucceededRescale");
}

TEST_F(HpaTest, TwoAutoscalersOfTheSamePodsDoNothing) {
  const auto d = web(4);
  const auto first = hpa("first"), second = hpa("second");
  use(200);
  cluster.run(16_s);
  cluster.run(30_s);
  EXPECT_EQ(condition(first, "ScalingActive"), "False AmbiguousSelector");
  EXPECT_EQ(condition(second, "ScalingActive"), "False AmbiguousSelector");
  EXPECT_THAT(events(),
              Contains("FailedComputeMetricsReplicas pods by selector app=web are controlled by multiple "
                       "HPAs: [default/first default/second]"));
}

TEST_F(HpaTest, ATargetThatIsNotThereOrCannotBeScaledIsNamed) {
  const auto gone = hpa("gone");
  const auto strange = hpa(
      "strange", [](HorizontalPodAutoscaler& a) { a.scale_target_ref = {"v1", "ServiceAccount", "web"}; });
  const auto unknown =
      hpa("unknown", [](HorizontalPodAutoscaler& a) { a.scale_target_ref = {"apps/v1", "Rollout", "web"}; });
  cluster.run(16_s);
  for (const auto& h : {gone, strange, unknown})
    EXPECT_EQ(condition(h, "AbleToScale"), "False FailedGetScale");
  EXPECT_THAT(events(), Contains("FailedGetScale deployments.apps \"web\" not found"));
  EXPECT_THAT(events(), Contains("FailedGetScale serviceaccounts \"web\" not found"));
  EXPECT_THAT(events(), Contains("FailedGetScale no matches for kind \"Rollout\" in group \"apps\""));
}

TEST_F(HpaTest, ATargetOfNoReplicasIsLeftAlone) {
  const auto d = web(0);
  const auto h = hpa();
  cluster.run(16_s);
  EXPECT_EQ(condition(h, "ScalingActive"), "False ScalingDisabled");
  EXPECT_EQ(size(d), 0);
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(HpaTest, StatefulSetsAndReplicaSetsScaleToo) {
  auto set = std::make_shared<api::ReplicaSet>();
  set->metadata.name = "web";
  set->metadata.namespace_ = "default";
  set->replicas = 1;
  set->selector.match_labels = {{"app", "web"}};
  set->template_ = TestCluster::deployment("web", 1)->template_;
  const auto rs = cluster.create(set);
  auto stateful = std::make_shared<api::StatefulSet>();
  stateful->metadata.name = "db";
  stateful->metadata.namespace_ = "default";
  stateful->replicas = 1;
  stateful->selector.match_labels = {{"app", "db"}};
  stateful->template_ = TestCluster::deployment("db", 1)->template_;
  const auto db = cluster.create(stateful);
  const auto at_least_three = [](const char* kind, const char* name) {
    return [=](HorizontalPodAutoscaler& a) {
      a.scale_target_ref = {"apps/v1", kind, name};
      a.min_replicas = 3;
    };
  };
  hpa("web", at_least_three("ReplicaSet", "web"));
  hpa("db", at_least_three("StatefulSet", "db"));
  cluster.run(16_s);
  EXPECT_EQ(cluster.get<api::ReplicaSet>(rs)->replicas, 3);
  EXPECT_EQ(cluster.get<api::StatefulSet>(db)->replicas, 3);
}

TEST_F(HpaTest, ForgetsAnAutoscalerThatIsGone) {
  const auto d = web(4);
  const auto first = hpa("first");
  use(50);
  cluster.run(46_s);
  ASSERT_TRUE(cluster.remove(first).has_value());
  const auto second = hpa("second");
  cluster.run(31_s);
  EXPECT_EQ(condition(second, "ScalingActive"), "True ValidMetricFound");
  EXPECT_EQ(size(d), 4);
}

}  // namespace
}  // namespace seatrial::controllers
