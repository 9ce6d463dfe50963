#include "sim/scenario/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

TEST(LoadScenario, ReadsEverythingThatTheFileSays) {
  const auto scenario = load_scenario("s", small_files());
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  EXPECT_EQ(scenario->name.view(), "small");
  EXPECT_EQ(scenario->seed, 7u);
  EXPECT_EQ(scenario->duration, 5_min);
  EXPECT_EQ(scenario->apply.size(), 3u);
  EXPECT_EQ(scenario->platform.node_groups.at(0).zones.size(), 2u);
  const cluster::ImageBehaviour& image = scenario->images.at("web:1");
  EXPECT_EQ(image.size_bytes, 100 << 20);
  EXPECT_EQ(image.concurrency, 8);
  EXPECT_EQ(image.on_sigterm, cluster::OnSigterm::kDrain);
  ASSERT_EQ(scenario->load.size(), 1u);
  EXPECT_EQ(scenario->load[0].to.host, "web.example.org");
  EXPECT_EQ(*scenario->load[0].timeout, 2_s);
  ASSERT_EQ(scenario->timeline.size(), 2u);
  EXPECT_EQ(scenario->timeline[0].text, "kubectl set image deployment/web *=web:2");
  EXPECT_EQ(std::get<SetImage>(scenario->timeline[0].action).targets.names[0].namespace_.view(), "default");
  EXPECT_EQ(std::get<Drain>(scenario->timeline[1].action).nodes.nodes, 1);
  EXPECT_EQ(scenario->expect.size(), 3u);
  EXPECT_EQ(scenario->expect[1].text, "requests of public: failed = 0, p99 < 800ms");
}

TEST(LoadScenario, AConstantRateSendsExactlyRateTimesDuration) {
  auto scenario = load_scenario("s", small_files());
  ASSERT_TRUE(scenario);
  RandomStream stream(1, "arrivals");
  int requests = 0;
  while (scenario->load[0].arrivals.next(stream) != SimTime::max()) ++requests;
  EXPECT_EQ(requests, 100 * 300);
}

TEST(LoadScenario, ManifestsWithoutANamespaceGetTheScenarios) {
  const auto scenario = load_scenario("s", small_files(broken("  seed: 7", "  namespace: team-prod")));
  ASSERT_TRUE(scenario);
  for (const Manifest& manifest : scenario->apply)
    EXPECT_EQ(manifest.object->metadata.namespace_.view(), "team-prod");
  EXPECT_EQ(std::get<SetImage>(scenario->timeline[0].action).targets.names[0].namespace_.view(), "team-prod");
}

TEST(LoadScenario, TheTimelineIsInOrderOfTime) {
  const auto scenario = load_scenario("s", small_files(broken("at: 1m,", "at: 3m,")));
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->timeline[0].at, SimTime::at(2_min));
}

TEST(LoadScenario, AServiceInsideTheClusterIsADestination) {
  const auto scenario = load_scenario(
      "s",
      small_files(broken("from: internet, to: \"https://web.example.org/\"", "to: http://web.default:80/x")));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  EXPECT_EQ(scenario->load[0].from.view(), "a");
  EXPECT_TRUE(scenario->load[0].to.inside());
  EXPECT_EQ(scenario->load[0].to.service.view(), "web");
  EXPECT_EQ(scenario->load[0].to.path, "/x");
}

TEST(LoadScenario, NobodyOnTheInternetCallsAServiceInsideTheCluster) {
  const auto scenario =
      load_scenario("s", small_files(broken("\"https://web.example.org/\"", "http://web.default:80/x")));
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().front().path, "spec.load[0].from");
}

TEST(LoadScenario, EveryDistributionCanBeWritten) {
  for (const char* text :
       {"5ms", "{constant: 5ms}", "{median: 5ms, p99: 9ms}", "{exponential: 5ms}", "{uniform: [1ms, 9ms]}",
        "{erlang: {k: 3, mean: 5ms}}", "{pareto: {minimum: 1ms, alpha: 1.5}}", "{empirical: t.csv}"}) {
    SCOPED_TRACE(text);
    MemoryFiles files = small_files(broken("{median: 40ms, p99: 250ms}", text));
    files.add("s/t.csv", "seconds,weight\n0.004,1\n6ms,2.5\n");
    const auto scenario = load_scenario("s", files);
    ASSERT_TRUE(scenario) << scenario.error().front().str();
    const Duration mean = scenario->images.at("web:1").service_time.mean();
    EXPECT_GT(mean, 2_ms);
    EXPECT_LT(mean, 7_ms);
  }
}

MemoryFiles with_latencies(const std::string& latencies) {
  MemoryFiles files = small_files();
  files.add("s/platform.yaml", std::string(kPlatform) + "  latencies: " + latencies + "\n");
  return files;
}

TEST(LoadScenario, LatenciesAreDistributionsByPairOfZones) {
  const auto scenario =
      load_scenario("s", with_latencies("{internetToIngress: {median: 8ms, p99: 90ms}, sameZone: 200us, "
                                        "between: [{zones: [a, b], oneWay: {uniform: [1ms, 3ms]}}]}"));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  const Latencies& latencies = scenario->platform.latencies;
  EXPECT_EQ(latencies.internet_to_ingress, Distribution::lognormal(8_ms, 90_ms));
  EXPECT_EQ(latencies.same_zone.constant_value(), 200_us);
  EXPECT_EQ(latencies.cross_zone.constant_value(), 750_us);
  ASSERT_EQ(latencies.between.size(), 1u);
  EXPECT_EQ(latencies.between[0].one_way.mean(), 2_ms);
}

TEST(LoadScenario, LatenciesAreBetweenTwoZonesOfThePlatform) {
  EXPECT_THAT(problems_of(with_latencies("{between: [{zones: [a], oneWay: 1ms}, {zones: [a, c]}]}")),
              UnorderedElementsAre(HasSubstr("two zones"), HasSubstr("the platform has no zone \"c\""),
                                   HasSubstr("oneWay: required field is missing")));
}

TEST(LoadScenario, WhatAnImageUsesCanChangeWithAge) {
  const auto scenario = load_scenario(
      "s",
      small_files(broken("start: 1s",
                         "cpu: {idle: 5m, startup: {use: 250m, for: 2m}}, memory: {idle: 50Mi, perRequest: "
                         "1Mi, growth: {rate: 90Mi/m, max: 1Gi}}")));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  const cluster::ImageBehaviour& image = scenario->images.at("web:2");
  EXPECT_EQ(image.cpu->startup, 250);
  EXPECT_EQ(image.cpu->startup_for, 2_min);
  EXPECT_EQ(image.memory->growth, 90 << 20);
  EXPECT_EQ(image.memory->growth_per, 1_min);
  EXPECT_EQ(image.memory->growth_max, 1 << 30);
}

TEST(LoadScenario, EveryVerbOfTheTimelineCanBeWritten) {
  const char* const entries[] = {"apply: web.yaml",
                                 "apply: [web.yaml]",
                                 "delete: deployment/web, gracePeriodSeconds: 0",
                                 "delete: [svc/web, ing/web]",
                                 "scale: deploy/web, replicas: 4",
                                 "set image: deployment/web, images: {web: \"web:2\"}",
                                 "rollout undo: deployment/web",
                                 "rollout undo: deployment/web, toRevision: 1",
                                 "rollout pause: deployment/web",
                                 "rollout resume: deployment/web",
                                 "rollout restart: deployment/web",
                                 "cordon: default-2",
                                 "uncordon: {zone: a}",
                                 "drain: {nodeGroup: default}",
                                 "fail: {node: default-1}, for: 30s",
                                 "fail: deployment/web, pods: 1, exitCode: 1",
                                 "shutdown: default-1",
                                 "shutdown: {nodeGroup: default, nodes: 1}, for: 90s",
                                 "partition: [internet, a], for: 10s",
                                 "slow: [a, b], by: 20ms"};
  for (const char* entry : entries) {
    SCOPED_TRACE(entry);
    EXPECT_THAT(problems_of(small_files(broken("set image: deployment/web, image: \"web:2\"", entry))),
                IsEmpty());
  }
}

struct Bad {
  const char* name;
  const char* what;
  const char* by;
  const char* problem;  // the whole line, or its beginning
};

class MalformedScenario : public ::testing::TestWithParam<Bad> {};

TEST_P(MalformedScenario, GivesOnePositionedProblem) {
  const std::vector<std::string> problems = problems_of(small_files(broken(GetParam().what, GetParam().by)));
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems.front(), StartsWith(GetParam().problem));
  for (const std::string& problem : problems) EXPECT_THAT(problem, StartsWith("s/"));
}

constexpr Bad kBad[] = {
    {"apiVersion", "seatrial/v1", "seatrial/v9",
     "s/scenario.yaml:1:13: apiVersion: expected seatrial/v1, got \"seatrial/v9\""},
    {"kind", "kind: Scenario", "kind: Scenery",
     "s/scenario.yaml:2:7: kind: expected Scenario, got \"Scenery\""},
    {"no name", "name: small, ", "", "s/scenario.yaml:3:11: metadata.name: required field is missing"},
    {"unknown field of spec", "  duration: 5m", "  duration: 5m\n  durations: 5m",
     "s/scenario.yaml:7:3: unknown field \"spec.durations\""},
    {"misspelt field", "timeout: 2s", "timout: 2s",
     "s/scenario.yaml:13:83: spec.load[0].timout: unknown field, did you mean \"timeout\"?"},
    {"no duration", "  duration: 5m\n", "", "s/scenario.yaml:5:3: spec.duration: required field is missing"},
    {"negative duration", "duration: 5m", "duration: -5m",
     "s/scenario.yaml:6:13: spec.duration: must be at least 1ms, is -5m"},
    {"duration without a unit", "duration: 5m", "duration: 300",
     "s/scenario.yaml:6:13: spec.duration: missing unit in duration \"300\""},
    {"duration of the wrong type", "duration: 5m", "duration: [5m]",
     "s/scenario.yaml:6:13: spec.duration: expected a duration, got array"},
    {"seed of the wrong type", "seed: 7", "seed: seven",
     "s/scenario.yaml:5:9: spec.seed: expected integer, got string \"seven\""},
    {"negative seed", "seed: 7", "seed: -7", "s/scenario.yaml:5:9: spec.seed: must be at least 0, is -7"},
    {"platform that is not there", "platform.yaml", "plattform.yaml",
     "s/scenario.yaml:7:13: spec.platform: the path \"s/plattform.yaml\" does not exist"},
    {"manifest that is not there", "[web.yaml]", "[web.yml]",
     "s/scenario.yaml:8:11: spec.apply[0]: the path \"s/web.yml\" does not exist"},
    {"spec that is a list", "spec:\n  seed", "spec: []\nseed:\n  seed",
     "s/scenario.yaml:4:7: spec: expected object, got array"},
    {"image of a pod not described", "    web:1: ", "    web:3: ", "s/web.yaml:10:"},
    {"image reference",
     "    web:2: ", "    \"web 2\": ", "s/scenario.yaml:11:14: spec.images[web 2]: invalid image reference"},
    {"size", "size: 100Mi", "size: 100MB",
     "s/scenario.yaml:10:19: spec.images[web:1].size: invalid size \"100MB\""},
    {"p99 below the median", "p99: 250ms", "p99: 25ms",
     "s/scenario.yaml:10:70: spec.images[web:1].serviceTime.p99: p99 must not be below the median"},
    {"distribution", "{median: 40ms, p99: 250ms}", "{normal: 5ms}",
     "s/scenario.yaml:10:51: unknown field \"spec.images[web:1].serviceTime.normal\""},
    {"concurrency", "concurrency: 8", "concurrency: 0",
     "s/scenario.yaml:10:91: spec.images[web:1].concurrency: must be at least 1, is 0"},
    {"onSigterm", "onSigterm: drain", "onSigterm: die",
     "s/scenario.yaml:10:105: spec.images[web:1].onSigterm: unsupported value \"die\": must be exit, drain, "
     "linger or ignore"},
    {"memory that is no size", "start: 1s", "memory: {idle: 100MB}",
     "s/scenario.yaml:11:28: spec.images[web:2].memory.idle: invalid size \"100MB\""},
    {"growth without a rate", "start: 1s", "memory: {growth: {max: 1Gi}}",
     "s/scenario.yaml:11:30: spec.images[web:2].memory.growth.rate: required field is missing"},
    {"growth that is no rate", "start: 1s", "memory: {growth: {rate: 1Mi}}",
     "s/scenario.yaml:11:37: spec.images[web:2].memory.growth.rate: invalid rate \"1Mi\": write it as in "
     "1Mi/s"},
    {"growth by the day", "start: 1s", "memory: {growth: {rate: 1Mi/d}}",
     "s/scenario.yaml:11:37: spec.images[web:2].memory.growth.rate: invalid rate \"1Mi/d\""},
    {"growth that shrinks", "start: 1s", "memory: {growth: {rate: -1Mi/s}}",
     "s/scenario.yaml:11:37: spec.images[web:2].memory.growth.rate: invalid rate \"-1Mi/s\""},
    {"start-up without an end", "start: 1s", "cpu: {startup: {use: 100m}}",
     "s/scenario.yaml:11:28: spec.images[web:2].cpu.startup.for: required field is missing"},
    {"start-up of nothing", "start: 1s", "cpu: {startup: {for: 2m}}",
     "s/scenario.yaml:11:28: spec.images[web:2].cpu.startup.use: required field is missing"},
    {"start-up backwards", "start: 1s", "cpu: {startup: {use: 100m, for: -2m}}",
     "s/scenario.yaml:11:45: spec.images[web:2].cpu.startup.for: must not be negative"},
    {"linger without a time", "onSigterm: drain", "onSigterm: linger",
     "s/scenario.yaml:10:12: spec.images[web:1]: onSigterm: linger needs \"linger\""},
    {"place", "from: internet", "from: mars",
     "s/scenario.yaml:13:28: spec.load[0].from: unknown place \"mars\""},
    {"host without an ingress", "web.example.org/", "wbe.example.org/",
     "s/scenario.yaml:13:42: spec.load[0].to: no Ingress is applied for host \"wbe.example.org\", did you "
     "mean \"web.example.org\"?"},
    {"scheme", "https://web", "ftp://web",
     "s/scenario.yaml:13:42: spec.load[0].to: expected https://host/path"},
    {"rate", "rate: 100/s", "rate: 100",
     "s/scenario.yaml:13:76: spec.load[0].rate: invalid rate \"100\": write it as in 400/s"},
    {"negative rate", "rate: 100/s", "rate: -100/s",
     "s/scenario.yaml:13:76: spec.load[0].rate: invalid rate \"-100/s\": must not be negative"},
    {"trace that is not there", "rate: 100/s", "rate: {trace: t.csv}",
     "s/scenario.yaml:13:84: spec.load[0].rate.trace: the path \"s/t.csv\" does not exist"},
    {"negative timeout", "timeout: 2s", "timeout: -2s",
     "s/scenario.yaml:13:92: spec.load[0].timeout: must be at least 1ms, is -2s"},
    {"method", "timeout: 2s", "method: FETCH",
     "s/scenario.yaml:13:91: spec.load[0].method: unsupported value \"FETCH\""},
    {"retries", "timeout: 2s", "retries: many",
     "s/scenario.yaml:13:92: spec.load[0].retries: expected integer, got string \"many\""},
    {"no verb", "set image: deployment/web, image: \"web:2\"", "",
     "s/scenario.yaml:15:7: spec.timeline[0]: no verb"},
    {"misspelt verb", "drain:", "drian:",
     "s/scenario.yaml:16:7: spec.timeline[1]: unknown verb \"drian\", did you mean \"drain\"?"},
    {"two verbs",
     "drain:", "cordon: default-1, drain:", "s/scenario.yaml:16:7: spec.timeline[1]: one entry, one verb"},
    {"no time", "at: 2m, ", "", "s/scenario.yaml:16:7: spec.timeline[1].at: required field is missing"},
    {"time after the end", "at: 2m", "at: 20m",
     "s/scenario.yaml:16:12: spec.timeline[1].at: lies after the end"},
    {"negative time", "at: 2m", "at: -2m",
     "s/scenario.yaml:16:12: spec.timeline[1].at: must not be negative"},
    {"deployment that is not there", "deployment/web, image", "deployment/wbe, image",
     "s/scenario.yaml:15:27: spec.timeline[0].set image: no deployment \"wbe\" is applied, did you mean "
     "\"web\"?"},
    {"kind that is not there", "deployment/web, image", "deploymint/web, image",
     "s/scenario.yaml:15:27: spec.timeline[0].set image: the server doesn't have a resource type "
     "\"deploymint\""},
    {"image that is not there", "image: \"web:2\"", "image: \"web:9\"",
     "s/scenario.yaml:15:50: spec.timeline[0].image: image \"web:9\" is not described"},
    {"shutdown of a node that is not there", "drain: {nodeGroup: default, nodes: 1}", "shutdown: default-9",
     "s/scenario.yaml:16:26: spec.timeline[1].shutdown: the platform has no node \"default-9\""},
    {"shutdown with a flag of drain", "drain: {nodeGroup: default, nodes: 1}",
     "shutdown: default-1, ignoreDaemonsets: true",
     "s/scenario.yaml:16:37: unknown field \"spec.timeline[1].ignoreDaemonsets\""},
    {"flag of another verb", "nodes: 1}", "nodes: 1}, replicas: 3",
     "s/scenario.yaml:16:55: unknown field \"spec.timeline[1].replicas\""},
    {"node group", "nodeGroup: default", "nodeGroup: defualt",
     "s/scenario.yaml:16:35: spec.timeline[1].drain.nodeGroup: the platform has no node group \"defualt\", "
     "did you mean \"default\"?"},
    {"expectation of nothing", "{requests: public, failed: 0, p99: \"< 800ms\"}", "{requests: public}",
     "s/scenario.yaml:19:7: spec.expect[1]: says nothing about the requests"},
    {"expectation of a load that is not there", "requests: public", "requests: pubic",
     "s/scenario.yaml:19:18: spec.expect[1].requests: no load is called \"pubic\", did you mean \"public\"?"},
    {"comparison", "\"< 800ms\"", "800ms",
     "s/scenario.yaml:19:42: spec.expect[1].p99: a comparison is needed"},
    {"measure", "p99: \"<", "p98: \"<",
     "s/scenario.yaml:19:37: spec.expect[1].p98: unknown field, did you mean \""},
    {"kind of expectation", "{always: ", "{allways: ",
     "s/scenario.yaml:20:7: spec.expect[2]: expected one of requests, rollout, queue, resource, "
     "ingressController, spread, "
     "always, eventually, command, refusedCommands and pipeline"},
    {"syntax", "spec:\n", "spec: {\n", "s/scenario.yaml:"},
};
INSTANTIATE_TEST_SUITE_P(Rows, MalformedScenario, ::testing::ValuesIn(kBad), [](const auto& row) {
  std::string name = row.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

// With this for the platform's kubelet.
MemoryFiles files_with_kubelet(const std::string& kubelet, std::string scenario = kScenario) {
  MemoryFiles files;
  files.add("s/platform.yaml", std::string(kPlatform) + "  kubelet: " + kubelet + "\n");
  files.add("s/web.yaml", kWeb);
  files.add("s/scenario.yaml", std::move(scenario));
  return files;
}

TEST(LoadScenario, TheKubeletsEvictionAndShutdownCanBeSet) {
  const auto scenario = load_scenario(
      "s",
      files_with_kubelet("{evictionHard: {memory.available: 500Mi}, evictionPressureTransitionPeriod: 1m, "
                         "shutdownGracePeriod: 60s, shutdownGracePeriodCriticalPods: 15s}"));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  EXPECT_EQ(scenario->platform.node_pressure.memory_available.str(), "500Mi");
  EXPECT_EQ(scenario->platform.node_pressure.transition_period, 1_min);
  EXPECT_EQ(scenario->platform.node_shutdown.grace_period, 60_s);
  EXPECT_EQ(scenario->platform.node_shutdown.critical_pods, 15_s);
}

struct BadKubelet {
  const char *name, *kubelet, *problem;
};

class MalformedKubelet : public ::testing::TestWithParam<BadKubelet> {};

TEST_P(MalformedKubelet, GivesOnePositionedProblem) {
  EXPECT_THAT(problems_of(files_with_kubelet(GetParam().kubelet)),
              ElementsAre("s/platform.yaml:11:" + std::string(GetParam().problem)));
}

constexpr BadKubelet kBadKubelets[] = {
    {"Signal", "{evictionHard: {nodefs.available: 10%}}",
     "28: unknown field \"spec.kubelet.evictionHard.nodefs.available\""},
    {"Share", "{evictionHard: {memory.available: 5%}}",
     "46: spec.kubelet.evictionHard.memory.available: expected a quantity that is not negative, such as "
     "100Mi"},
    {"Negative", "{evictionHard: {memory.available: -1Mi}}",
     "46: spec.kubelet.evictionHard.memory.available: expected a quantity that is not negative, such as "
     "100Mi"},
    {"List", "{evictionHard: [100Mi]}", "27: spec.kubelet.evictionHard: expected object, got array"},
    {"ShorterThanASecond", "{shutdownGracePeriod: 500ms}",
     "34: spec.kubelet.shutdownGracePeriod: must be either zero or at least 1s, is 500ms"},
    {"MoreForCriticalPods", "{shutdownGracePeriod: 10s, shutdownGracePeriodCriticalPods: 20s}",
     "72: spec.kubelet.shutdownGracePeriodCriticalPods: must not be longer than shutdownGracePeriod, 10s"},
    {"CriticalPodsAlone", "{shutdownGracePeriodCriticalPods: 20s}",
     "46: spec.kubelet.shutdownGracePeriodCriticalPods: must not be longer than shutdownGracePeriod, 0s"},
    {"Hollow", "{kind: hollow, shutdownGracePeriod: 10s}",
     "48: spec.kubelet.shutdownGracePeriod: has a meaning with kind: real only"},
};
INSTANTIATE_TEST_SUITE_P(Rows, MalformedKubelet, ::testing::ValuesIn(kBadKubelets),
                         [](const auto& row) { return row.param.name; });

TEST(LoadScenario, ANodeIsBackOnlyAfterItsShutdown) {
  const std::string scenario =
      broken("set image: deployment/web, image: \"web:2\"", "shutdown: default-1, for: 60s");
  EXPECT_THAT(problems_of(files_with_kubelet("{shutdownGracePeriod: 59s}", scenario)), IsEmpty());
  EXPECT_THAT(problems_of(files_with_kubelet("{shutdownGracePeriod: 60s}", scenario)),
              ElementsAre("s/scenario.yaml:15:42: spec.timeline[0].for: must be longer than the platform's "
                          "shutdownGracePeriod, 1m"));
}

TEST(LoadScenario, AllProblemsOfAllFilesComeAtOnce) {
  std::string text = broken("duration: 5m", "duration: x");
  text = broken("concurrency: 8", "concurrency: -1", text);
  text = broken("rate: 100/s", "rate: fast", text);
  text = broken("at: 2m", "at: 2", text);
  MemoryFiles files = small_files(text);
  files.add("s/platform.yaml", broken("count: 3", "count: three", kPlatform));
  files.add("s/web.yaml", broken("replicas: 2", "replica: 2", kWeb));
  const std::vector<std::string> problems = problems_of(files);
  EXPECT_THAT(problems,
              ElementsAre(StartsWith("s/platform.yaml:8:"), HasSubstr("spec.duration"),
                          HasSubstr("concurrency"), HasSubstr("spec.load[0].rate"),
                          HasSubstr("spec.timeline[1].at"), HasSubstr("unknown field \"spec.replica\"")));
}

TEST(LoadScenario, AFolderOrFileThatIsNotThereIsAProblem) {
  const auto missing = load_scenario("nowhere", MemoryFiles());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().front().str(), "nowhere:1:1: the path \"nowhere\" does not exist");
  const auto empty =
      load_scenario("s", MemoryFiles(std::map<std::string, std::string>{{"s/web.yaml", kWeb}}));
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().front().str(), "s/scenario.yaml:1:1: the path \"s/scenario.yaml\" does not exist");
  const auto blank =
      load_scenario("s", MemoryFiles(std::map<std::string, std::string>{{"s/scenario.yaml", "# nothing\n"}}));
  ASSERT_FALSE(blank);
  EXPECT_THAT(blank.error().front().str(), HasSubstr("the file is empty"));
}

TEST(LoadScenario, TheScenariosThatComeWithTheProjectAreValid) {
  namespace fs = std::filesystem;
  int found = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(SEATRIAL_SOURCE_DIR) / "scenarios")) {
    if (!fs::exists(entry.path() / "scenario.yaml")) continue;
    ++found;
    const auto versions = load_versions(entry.path().string());
    EXPECT_TRUE(versions) << versions.error().front().str();
    if (versions) {
      EXPECT_EQ(versions->front().name.view(), entry.path().filename().string());
    }
  }
  EXPECT_GE(found, 6);
  for (const char* name : {"cloud-platform-small", "cloud-platform-live"}) {
    const std::string path = std::string(SEATRIAL_SOURCE_DIR) + "/scenarios/platforms/" + name + ".yaml";
    const auto platform = load_platform(path, DiskFiles());
    EXPECT_TRUE(platform) << platform.error().front().str();
  }
}

TEST(VersionOfImage, IsItsTagOrTheBeginningOfItsDigest) {
  EXPECT_EQ(version_of_image("ministryofjustice/my-application:1.4"), "1.4");
  EXPECT_EQ(version_of_image("registry:5000/web"), "registry:5000/web");
  EXPECT_EQ(version_of_image("registry:5000/web:2"), "2");
  EXPECT_EQ(version_of_image("web@sha256:0123456789abcdef"), "0123456789ab");
}

}  // namespace
}  // namespace seatrial::scenario
