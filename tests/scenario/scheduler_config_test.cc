// A KubeSchedulerConfiguration as a platform names it: what it changes, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.h"

namespace seatrial::scenario {
namespace {

using scheduler::Profile;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kPlatform = R"(
apiVersion: seatrial/v1
kind: Platform
metadata: {name: p}
spec:
  zones: [a]
  scheduler: scheduler.yaml
  nodeGroups: [{name: pool, count: 1, allocatable: {cpu: 1, memory: 1Gi, pods: 10}}]
)";

std::expected<Platform, api::Problems> load(const std::string& configuration) {
  const MemoryFiles files(
      {{"platform.yaml", kPlatform},
       {"scheduler.yaml",
        "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n" + configuration}});
  return load_platform("platform.yaml", files);
}
scheduler::SchedulerConfig config_of(const std::string& configuration) {
  const auto platform = load(configuration);
  EXPECT_TRUE(platform.has_value()) << platform.error().front().str();
  return platform ? platform->scheduler.value() : scheduler::SchedulerConfig();
}
std::string problem(const std::string& configuration) {
  const auto platform = load(configuration);
  return platform ? "" : platform.error().front().str();
}
std::vector<std::string> names(const std::vector<Profile::Use>& uses) {
  std::vector<std::string> found;
  for (const Profile::Use& use : uses)
    found.push_back(std::string(use.plugin->name) + (use.weight ? "*" + std::to_string(use.weight) : ""));
  return found;
}

TEST(SchedulerConfig, NothingSaidIsTheDefaultProfile) {
  const auto config = config_of("profiles: [{schedulerName: default-scheduler}]\n");
  ASSERT_EQ(config.profiles.size(), 1u);
  const Profile standard = Profile::standard();
  EXPECT_EQ(names(config.profiles[0].filters), names(standard.filters));
  EXPECT_EQ(names(config.profiles[0].scorers),
            (std::vector<std::string>{"TaintToleration*3", "NodeAffinity*2", "NodeResourcesFit*1",
                                      "PodTopologySpread*2", "InterPodAffinity*2",
                                      "NodeResourcesBalancedAllocation*1", "ImageLocality*1"}));
  EXPECT_TRUE(config.profiles[0].preempts);
}

TEST(SchedulerConfig, WeightsAndScoresMayBeChanged) {
  const auto config = config_of(R"(
percentageOfNodesToScore: 30
podInitialBackoffSeconds: 2
podMaxBackoffSeconds: 60
profiles:
- schedulerName: packing
  percentageOfNodesToScore: 100
  plugins:
    score:
      disabled: [{name: ImageLocality}, {name: NodeResourcesFit}]
      enabled: [{name: NodeResourcesFit, weight: 7}, {name: TaintToleration, weight: 5}]
  pluginConfig:
  - name: NodeResourcesFit
    args:
      apiVersion: kubescheduler.config.k8s.io/v1
      kind: NodeResourcesFitArgs
      ignoredResourceGroups: [example.com]
      scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 3}]}
  - {name: InterPodAffinity, args: {hardPodAffinityWeight: 50}}
)");
  const Profile& profile = config.profiles.at(0);
  EXPECT_EQ(profile.scheduler_name.str(), "packing");
  // Named in both lists: first. Disabled in one and enabled in the other: last.
  EXPECT_THAT(names(profile.scorers),
              ElementsAre("TaintToleration*5", "NodeAffinity*2", "PodTopologySpread*2", "InterPodAffinity*2",
                          "NodeResourcesBalancedAllocation*1", "NodeResourcesFit*7"));
  EXPECT_EQ(profile.config.strategy, scheduler::ScoringStrategy::kMostAllocated);
  EXPECT_EQ(profile.config.fit_resources.at(0).weight, 3);
  EXPECT_EQ(profile.config.hard_pod_affinity_weight, 50);
  EXPECT_EQ(profile.percentage_of_nodes_to_score, 100);
  EXPECT_EQ(config.search.percentage_of_nodes_to_score, 30);
  EXPECT_EQ(config.queue.initial_backoff, Duration::seconds(2));
  EXPECT_EQ(config.queue.max_backoff, Duration::seconds(60));
}

TEST(SchedulerConfig, MultiPointStandsForAllPoints) {
  const auto config = config_of(
      "profiles: [{plugins: {multiPoint: {disabled: [{name: DefaultPreemption}, {name: VolumeZone}], "
      "enabled: "
      "[{name: NodeResourcesFit, weight: 4}]}}}]\n");
  EXPECT_FALSE(config.profiles[0].preempts);
  EXPECT_THAT(names(config.profiles[0].filters), testing::Not(testing::Contains("VolumeZone")));
  EXPECT_THAT(names(config.profiles[0].scorers), testing::Contains("NodeResourcesFit*4"));
}

TEST(SchedulerConfig, SpreadsByConstraintsOfItsOwn) {
  const auto config = config_of(
      "profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultingType: List, defaultConstraints: "
      "[{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: ScheduleAnyway}]}}]}]\n");
  const auto& constraints = config.profiles[0].config.default_constraints;
  ASSERT_TRUE(constraints.has_value());
  EXPECT_EQ(constraints->at(0).max_skew, 1);
  EXPECT_FALSE(constraints->at(0).hard);
}

TEST(SchedulerConfig, RefusesWhatItCannotHonourAndSaysWhere) {
  const std::pair<const char*, const char*> rows[] = {
      {"parallelism: 4\n", "16 workers"},
      {"extenders: [{urlPrefix: x}]\n", "no extenders"},
      {"healthzBindAddress: x\n", "healthzBindAddress"},
      {"podInitialBackoffSeconds: 20\n", "must not be less than podInitialBackoffSeconds"},
      {"profiles: [{schedulerName: a}, {schedulerName: a}]\n", "another profile"},
      {"profiles: [{plugins: {score: {enabled: [{name: Coscheduling}]}}}]\n",
       "there is no plugin \"Coscheduling\" here"},
      {"profiles: [{plugins: {score: {enabled: [{name: NodePorts}]}}}]\n",
       "\"NodePorts\" has no part in this extension point"},
      {"profiles: [{plugins: {preBind: {disabled: [{name: VolumeBinding}]}}}]\n",
       "\"VolumeBinding\" is enabled for preFilter, filter, reserve only"},
      {"profiles: [{plugins: {bind: {disabled: [{name: '*'}]}}}]\n",
       "\"DefaultBinder\" cannot be switched off here"},
      {"profiles: [{pluginConfig: [{name: ImageLocality, args: {}}]}]\n", "takes no arguments here"},
      {"profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]\n",
       "hardPodAffinityWeight"},
      {"profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: "
       "RequestedToCapacityRatio}}}]}]\n",
       "needs requestedToCapacityRatio.shape"},
      {"profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultConstraints: [{maxSkew: 1, "
       "topologyKey: z, whenUnsatisfiable: DoNotSchedule}]}}]}]\n",
       "when .defaultingType is System"},
  };
  for (const auto& [configuration, text] : rows)
    EXPECT_THAT(problem(configuration), AllOf(HasSubstr("scheduler.yaml:3:"), HasSubstr(text)))
        << configuration;
  EXPECT_THAT(problem("kind: Other\n"), HasSubstr("scheduler.yaml"));
}

}  // namespace
}  // namespace seatrial::scenario
