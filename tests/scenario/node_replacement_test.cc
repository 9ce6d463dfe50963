// Nodes that are recycled, and node groups that are updated: in which order, with what a budget does to it,
// and what comes in their place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/api/apps.h"
#include "sim/controllers/node_scaling.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using cluster::RecordType;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Three nodes of m5.large; instances whose every delay is known.
constexpr const char* kThreeNodes = R"(apiVersion: seatrial/v1
kind: Platform
metadata: {name: three}
spec:
  region: eu-west-2
  zones: [a, b, c]
  nodeGroups:
    - {name: default, instanceType: m5.large, count: 3, allocatable: {cpu: "4", memory: 16Gi, pods: 110}}
  ec2: {answer: 1s, boot: 29s, shutdown: 20s, notice: 10s, retry: 30s}
)";

constexpr const char* kBudget = R"(---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}
)";

class NodeReplacement : public testing::Test {
 protected:
  // One entry a line, without its `- {` and `}`; `expect` likewise.
  std::shared_ptr<const Scenario> scenario(const std::vector<std::string>& entries,
                                           const std::string& duration,
                                           const std::vector<std::string>& expect) {
    std::string text =
        "apiVersion: seatrial/v1\nkind: Scenario\nmetadata: {name: nodes}\nspec:\n  seed: 3\n  duration: " +
        duration +
        "\n  platform: platform.yaml\n  apply: [web.yaml]\n"
        "  images: {\"web:1\": {size: 1Mi, start: 1s}}\n  timeline:\n";
    for (const std::string& entry : entries) text += "    - {" + entry + "}\n";
    if (!expect.empty()) text += "  expect:\n";
    for (const std::string& entry : expect) text += "    - {" + entry + "}\n";
    MemoryFiles files;
    files.add("s/platform.yaml", platform_);
    files.add("s/web.yaml", manifest_);
    files.add("s/scenario.yaml", text);
    auto loaded = load_scenario("s", files);
    if (!loaded) throw std::logic_error(loaded.error().front().str());
    return std::make_shared<const Scenario>(std::move(*loaded));
  }
  const report::RunResult& play(const std::vector<std::string>& entries, const std::string& duration = "20m",
                                const std::vector<std::string>& expect = {}) {
    auto world = scenario::play(scenario(entries, duration, expect), {});
    if (!world) throw std::logic_error(world.error().front().str());
    world_.emplace(std::move(*world));
    result_ = collect(*world_);
    return result_;
  }

  const cluster::Store& store() const { return world_->cluster().store(); }
  // "default-4 a m5.large"
  std::vector<std::string> nodes() const {
    std::vector<std::string> all;
    for (const auto& node : store().list(api::Kind::kNode)) {
      const api::LabelMap& labels = *node->metadata.labels;
      all.push_back(node->metadata.name.str() + " " + std::string(labels.get("topology.kubernetes.io/zone")) +
                    " " + std::string(labels.get("node.kubernetes.io/instance-type")));
    }
    return all;
  }
  // The lines of the report that begin so, without the beginning.
  std::vector<std::string> lines(const std::string& beginning) const {
    std::vector<std::string> found;
    for (const report::TimelineRow& row : result_.timeline)
      if (row.what.starts_with(beginning)) found.push_back(row.what.substr(beginning.size()));
    return found;
  }
  // When something was first said of an object.
  std::optional<SimTime> at(const std::string& object, const std::string& words) const {
    for (const report::TimelineRow& row : result_.timeline)
      if (row.object == object && row.what.starts_with(words)) return row.at;
    return std::nullopt;
  }
  std::int32_t lowest_ready_nodes() const {
    std::map<api::Symbol, bool> ready;
    std::int32_t lowest = 1000;
    for (const cluster::WatchEvent& change : world_->recorder().history()) {
      if (change.object->kind != api::Kind::kNode) continue;
      const auto& node = static_cast<const api::Node&>(*change.object);
      ready[node.metadata.name] = change.type != cluster::ChangeType::kDeleted && controllers::is_ready(node);
      if (world_->cluster().kernel().journal().record(change.cause).at < SimTime()) continue;
      lowest = std::min(lowest, static_cast<std::int32_t>(std::ranges::count_if(
                                    ready, [](const auto& entry) { return entry.second; })));
    }
    return lowest;
  }

  std::string platform_ = kThreeNodes, manifest_ = kWeb;
  std::optional<World> world_;
  report::RunResult result_;
};

const std::string kRecycle = "at: 1m, recycle: {nodeGroup: default, oldest: 1}, timeout: 2m";

TEST_F(NodeReplacement, ANodeIsRecycledStepByStep) {
  play({kRecycle});
  EXPECT_THAT(lines("kubectl: "),
              ElementsAre("node/default-1 cordoned", HasSubstr("evicting pod default/web-"),
                          HasSubstr("evicted"), "node/default-1 drained", "node \"default-1\" deleted"));
  EXPECT_THAT(lines("recycler: "), ElementsAre("terminates the instance of default-1",
                                               "default-1 is recycled: 3 of 3 nodes are Ready"));
  EXPECT_THAT(nodes(), ElementsAre("default-2 b m5.large", "default-3 c m5.large", "default-4 a m5.large"));
}

TEST_F(NodeReplacement, TheGroupLaunchesAnotherWhenItHasNoticed) {
  play({kRecycle});
  const std::optional<SimTime> gone = at("Node default-1", "gone"), joined = at("Node default-4", "joins");
  ASSERT_TRUE(gone && joined);
  EXPECT_NEAR((*joined - *gone).to_seconds(), 10 + 1 + 29, 0.1);  // notice, answer, boot
}

TEST_F(NodeReplacement, ABudgetThatAllowsNothingIsWaitedForAndThenIgnored) {
  manifest_ += kBudget;
  const auto& result = play({kRecycle}, "20m", {"command: recycle, completesWithin: 4m, forced: 0"});
  EXPECT_THAT(lines("recycler: "), Contains(HasSubstr("1 pod still on default-1 after 2m: deletes them")));
  EXPECT_THAT(lines("kubectl: "), Contains(HasSubstr("deleted")));
  EXPECT_THAT(lines("kubectl: "), Contains(HasSubstr("Cannot evict pod as it would violate")));
  EXPECT_EQ(nodes().size(), 3u);
  EXPECT_FALSE(result.expectations[0].held);
  EXPECT_THAT(result.expectations[0].seen, HasSubstr("forced 1"));
}

TEST_F(NodeReplacement, WithoutATimeoutItWaitsForEver) {
  manifest_ += kBudget;
  const auto& result =
      play({"at: 1m, recycle: {nodeGroup: default, oldest: 1}"}, "20m", {"command: recycle"});
  EXPECT_THAT(nodes(), Contains(HasSubstr("default-1 ")));
  EXPECT_THAT(result.expectations[0].seen, HasSubstr("was under way for 19m (at 1m)"));
}

TEST_F(NodeReplacement, SeveralGoOneAfterTheOther) {
  const auto& result =
      play({"at: 1m, recycle: [default-2, default-1], timeout: 2m"}, "20m", {"command: recycle, forced: 0"});
  EXPECT_THAT(
      lines("recycler: "),
      ElementsAre("terminates the instance of default-1", "default-1 is recycled: 3 of 3 nodes are Ready",
                  "terminates the instance of default-2", "default-2 is recycled: 3 of 3 nodes are Ready"));
  EXPECT_EQ(lowest_ready_nodes(), 2);
  EXPECT_TRUE(result.expectations[0].held) << result.expectations[0].seen;
}

TEST_F(NodeReplacement, TheOldestIsAnotherEachTime) {
  play({"at: 1m, every: 10m, times: 4, recycle: {nodeGroup: default, oldest: 1}, timeout: 2m"}, "45m");
  EXPECT_THAT(lines("recycler: terminates the instance of "),
              ElementsAre("default-1", "default-2", "default-3", "default-4"));
}

TEST_F(NodeReplacement, NothingIsRecycledWhileANodeIsNotReady) {
  const auto& result = play(
      {"at: 1m, fail: {node: default-3}", "at: 5m, recycle: {nodeGroup: default, oldest: 1}, timeout: 2m"},
      "20m", {"command: recycle"});
  EXPECT_THAT(lines("refused: "), ElementsAre("error: node default-3 is not ready"));
  EXPECT_THAT(nodes(), Contains("default-1 a m5.large"));
  EXPECT_EQ(result.expectations[0].seen, "failed after 0s (at 5m)");
}

TEST_F(NodeReplacement, TheNewNodeMayComeFirst) {
  play({kRecycle + ", replaceFirst: true"});
  EXPECT_EQ(lowest_ready_nodes(), 3);
  EXPECT_GE(*at("Node default-1", "cordoned"), *at("Node default-4", "joins"));
  EXPECT_EQ(nodes().size(), 3u);
}

TEST_F(NodeReplacement, AGroupIsUpdatedNodeByNodeTheOldestFirst) {
  const auto& result =
      play({"at: 1m, updateNodeGroup: {nodeGroup: default, instanceType: m6i.large, pace: "
            "{every: 3m}, surge: 1}"},
           "20m", {"command: updateNodeGroup, completesWithin: 15m", "always: nodes, ready: \">= 3\""});
  EXPECT_THAT(lines("node group default: "),
              ElementsAre("launches 1 new node first", "terminates the instance of default-1",
                          "terminates the instance of default-2", "terminates the instance of default-3"));
  EXPECT_THAT(nodes(),
              ElementsAre("default-4 a m6i.large", "default-5 a m6i.large", "default-6 b m6i.large"));
  // All of them first.
  EXPECT_NEAR((*at("Node default-3", "cordoned") - *at("Node default-1", "cordoned")).to_seconds(), 0, 1);
  for (const report::Expectation& expectation : result.expectations)
    EXPECT_TRUE(expectation.held) << expectation.text << ": " << expectation.seen;
}

TEST_F(NodeReplacement, AnUpdateKeepsItsPace) {
  play({"at: 1m, updateNodeGroup: {nodeGroup: default, pace: {every: 4m}, surge: 1, cordonFirst: false}"});
  const SimTime first = *at("Node default-1", "cordoned");
  EXPECT_NEAR((*at("Node default-2", "cordoned") - first).to_seconds(), 240, 1);
  EXPECT_NEAR((*at("Node default-3", "cordoned") - first).to_seconds(), 480, 1);
}

TEST_F(NodeReplacement, AnUpdateFailsWhereABudgetHoldsItUp) {
  manifest_ += kBudget;
  const std::string update =
      "at: 1m, updateNodeGroup: {nodeGroup: default, pace: {every: 1m}, surge: 1, timeout: 2m";
  play({update + "}"});
  EXPECT_THAT(lines("refused: "),
              ElementsAre(HasSubstr("error: PodEvictionFailure: reached max retries while "
                                    "trying to evict pods from node default-1: 1 pod left")));
  EXPECT_EQ(nodes().size(), 4u);  // with the new one
  play({update + ", force: true}"});
  EXPECT_THAT(lines("refused: "), IsEmpty());
  EXPECT_THAT(nodes(), ElementsAre("default-4 a m5.large", "default-5 a m5.large", "default-6 b m5.large"));
}

TEST_F(NodeReplacement, AllAtOnceTheClusterLearnsLaterThatItsNodesAreGone) {
  play({"at: 1m, updateNodeGroup: {nodeGroup: default, pace: allAtOnce}"});
  EXPECT_THAT(lines("node group default: "),
              ElementsAre("launches 3 new nodes, terminates 3 without a drain"));
  EXPECT_THAT(lines("kubectl: "), IsEmpty());
  const double noticed = at("Node default-1", "NotReady")->to_seconds();
  EXPECT_GT(noticed, 60 + 40);
  EXPECT_LE(noticed, 60 + 55);
  // The instance was gone after 20 s; its Node goes when it is NotReady.
  EXPECT_GE(*at("Node default-1", "gone"), *at("Node default-1", "NotReady"));
  EXPECT_NEAR(at("Node default-4", "joins")->to_seconds(), 60 + 1 + 29, 0.1);
  EXPECT_EQ(nodes().size(), 3u);
  EXPECT_EQ(store().find<api::Deployment>("default", "web")->status.ready_replicas, 2);
}

TEST_F(NodeReplacement, AllAtOnceWithATimeEachNodeIsDrainedFirst) {
  manifest_ += kBudget;
  play({"at: 1m, updateNodeGroup: {nodeGroup: default, pace: allAtOnce, timeout: 2m}"});
  EXPECT_THAT(lines("node group default: "),
              Contains("1 pod still on default-1 after 2m: terminates it all the same"));
  EXPECT_NEAR(at("", "node group default: terminates the instance of default-1")->to_seconds(), 180, 1);
  EXPECT_NEAR(at("", "node group default: terminates the instance of default-3")->to_seconds(), 60, 1);
}

TEST_F(NodeReplacement, AnInstanceThatIsNotToBeHadIsAskedForAgain) {
  play({"at: 30s, capacity: {instanceType: m5.large, zone: a, instances: 0}, for: 8m",
        "at: 30s, capacity: {zone: b, instances: 0}, for: 9m",
        "at: 30s, capacity: {zone: c, instances: 0}, for: 9m", kRecycle});
  EXPECT_THAT(lines("EC2: "),
              ElementsAre("no capacity for m5.large in a, b, c for default-4; tried again and again"));
  const double joined = at("Node default-4", "joins")->to_seconds();
  EXPECT_GE(joined, 30 + 480 + 29);
  EXPECT_LE(joined, 30 + 480 + 29 + 32);  // one try more
  EXPECT_THAT(lines("refused: "), ElementsAre(HasSubstr("error: the cluster is not as before, 6m after the "
                                                        "instance of default-1 was terminated: 2 of 3")));
}

TEST_F(NodeReplacement, AGroupMayLaunchAnotherType) {
  platform_ = broken("instanceType: m5.large", "instanceTypes: [m5.large, m5a.large]", kThreeNodes);
  play({"at: 30s, capacity: {instanceType: m5.large, instances: 1}", kRecycle,
        "at: 10m, recycle: {nodeGroup: default, oldest: 1}, timeout: 2m"});
  EXPECT_THAT(nodes(), ElementsAre("default-3 c m5.large", "default-4 a m5.large", "default-5 b m5a.large"));
}

TEST_F(NodeReplacement, TheClusterAutoscalerWaitsForTheReplacement) {
  platform_ = broken("count: 3,", "count: 3, min: 3, max: 9,", kThreeNodes) +
              "  autoscaler: {kind: cluster-autoscaler}\n";
  manifest_ = broken("image: \"web:1\",", "image: \"web:1\", resources: {requests: {cpu: 3}},",
                     broken("replicas: 2", "replicas: 3", kWeb));
  play({kRecycle});
  EXPECT_EQ(nodes().size(), 3u);
  EXPECT_EQ(store().find<api::Deployment>("default", "web")->status.ready_replicas, 3);
}

TEST_F(NodeReplacement, KarpentersNodesHaveNoGroupThatReplacesThem) {
  platform_ = broken("count: 3,", "count: 1, zones: [b],", kThreeNodes) +
              "  autoscaler: {kind: karpenter, nodePools: [{name: pool, zones: [a], instanceTypes: [{name: "
              "c5.large, price: 0.1, allocatable: {cpu: 4, memory: 8Gi, pods: 29}}]}]}\n";
  manifest_ = broken("image: \"web:1\",", "image: \"web:1\", resources: {requests: {cpu: 3}},", kWeb);
  play({"at: 1m, recycle: {zone: a}, timeout: 2m, replaceFirst: true"});
  EXPECT_EQ(lines("recycler: terminates the instance of ").size(), 1u);
  EXPECT_EQ(store().find<api::Deployment>("default", "web")->status.ready_replicas, 2);
}

TEST_F(NodeReplacement, ACopyOfTheWorldGoesOnAsTheOriginal) {
  manifest_ += kBudget;
  const SimTime end = SimTime::at(14_min);
  auto world = World::create(scenario({kRecycle,
                                       "at: 6m, updateNodeGroup: {nodeGroup: default, pace: {every: 1m}, "
                                       "surge: 1, timeout: 90s, force: true}"},
                                      "15m", {}),
                             3);
  ASSERT_TRUE(world);
  World straight = *world;
  straight.run_until(end);
  const auto fingerprint = straight.cluster().kernel().fingerprint().value();
  for (SimTime at; at < end; at += 7_s) {
    world->run_until(at);
    World fork = *world;
    fork.run_until(end);
    EXPECT_EQ(fork.cluster().kernel().fingerprint().value(), fingerprint) << "forked at " << to_string(at);
  }
}

struct BadEntry {
  const char* name;
  const char* entry;
  const char* problem;
};
class BadNodeVerb : public testing::TestWithParam<BadEntry> {};

TEST_P(BadNodeVerb, IsReportedWithItsPosition) {
  const std::string scenario = broken("{at: 2m, drain: {nodeGroup: default, nodes: 1}}", GetParam().entry);
  EXPECT_THAT(problems_of(small_files(scenario)), ElementsAre(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadNodeVerb,
    testing::Values(
        BadEntry{"nodes_and_oldest", "{at: 1m, recycle: {nodeGroup: default, nodes: 1, oldest: 1}}",
                 "s/scenario.yaml:16:64: spec.timeline[1].recycle.oldest: either \"nodes\" or \"oldest\""},
        BadEntry{"nothing_chosen", "{at: 1m, recycle: {oldest: 1}}",
                 "spec.timeline[1].recycle: say which nodes: node, nodeGroup or zone"},
        BadEntry{"no_such_node", "{at: 1m, recycle: [default-1, default-9]}",
                 "spec.timeline[1].recycle[1]: the platform has no node \"default-9\""},
        BadEntry{"empty_list", "{at: 1m, drain: []}", "spec.timeline[1].drain: names no node"},
        BadEntry{"flag_of_a_drain", "{at: 1m, recycle: default-1, ignoreDaemonsets: true}",
                 "spec.timeline[1].ignoreDaemonsets"},
        BadEntry{"no_such_group", "{at: 1m, updateNodeGroup: {nodeGroup: defualt, pace: allAtOnce}}",
                 "updateNodeGroup.nodeGroup: the platform has no node group \"defualt\", did you mean "
                 "\"default\"?"},
        BadEntry{"no_pace", "{at: 1m, updateNodeGroup: {nodeGroup: default}}",
                 "spec.timeline[1].updateNodeGroup.pace: required field is missing"},
        BadEntry{"unknown_pace", "{at: 1m, updateNodeGroup: {nodeGroup: default, pace: slowly}}",
                 "updateNodeGroup.pace: unsupported value \"slowly\": must be allAtOnce"},
        BadEntry{"surge_at_once",
                 "{at: 1m, updateNodeGroup: {nodeGroup: default, pace: allAtOnce, surge: 2}}",
                 "updateNodeGroup.surge: has no meaning with pace: allAtOnce"},
        BadEntry{
            "two_ways_to_say_types",
            "{at: 1m, updateNodeGroup: {nodeGroup: default, instanceType: m5, instanceTypes: [m6], pace: "
            "allAtOnce}}",
            "updateNodeGroup.instanceTypes: either \"instanceType\" or \"instanceTypes\""},
        BadEntry{"capacity_of_what", "{at: 1m, capacity: {zone: a}}",
                 "spec.timeline[1].capacity.instances: required field is missing"},
        BadEntry{"capacity_nowhere", "{at: 1m, capacity: {zone: z, instances: 0}}",
                 "spec.timeline[1].capacity.zone: the platform has no zone \"z\""}),
    [](const auto& info) { return info.param.name; });

class BadNodeExpectation : public testing::TestWithParam<BadEntry> {};

TEST_P(BadNodeExpectation, IsReportedWithItsPosition) {
  const std::string scenario = broken("{always: deployment/web, readyReplicas: \">= 1\"}", GetParam().entry);
  EXPECT_THAT(problems_of(small_files(scenario)), ElementsAre(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadNodeExpectation,
    testing::Values(
        BadEntry{"no_bound", "{always: nodes}", "spec.expect[2].ready: required field is missing"},
        BadEntry{"no_such_zone", "{always: nodes, zone: z, ready: 1}",
                 "s/scenario.yaml:20:29: spec.expect[2].zone: the platform has no zone \"z\""},
        BadEntry{"no_such_command", "{command: recycle}",
                 "spec.expect[2].command: the timeline has no entry with recycle"},
        BadEntry{"not_a_command", "{command: apply}", "spec.expect[2].command: unsupported value \"apply\""}),
    [](const auto& info) { return info.param.name; });

TEST_F(NodeReplacement, ReadyNodesAreExpectedByGroupZoneAndTime) {
  const auto& result = play(
      {kRecycle}, "20m",
      {"always: nodes, ready: \">= 2\"", "always: nodes, zone: a, ready: 1",
       "always: nodes, ready: 3, from: 5m", "eventually: nodes, nodeGroup: default, ready: 2",
       "eventually: nodes, zone: a, ready: 1, from: 90s, within: 3m", "always: nodes, ready: 3, within: 1m"});
  std::vector<bool> held;
  for (const report::Expectation& expectation : result.expectations) held.push_back(expectation.held);
  EXPECT_THAT(held, ElementsAre(true, false, true, true, true, true));
  EXPECT_EQ(result.expectations[0].seen, "2 to 3");
  EXPECT_THAT(result.expectations[1].seen, testing::StartsWith("0 at 1m"));
}

}  // namespace
}  // namespace seatrial::scenario
