// `resources:`, `calls:`, `consumes:` and what the timeline does to them: what is read, and what is refused
// where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario/load.h"
#include "sim/scenario/run.h"
#include "tests/scenario/small.h"

namespace seatrial::scenario {
namespace {

using namespace literals;
using namespace tests;
using ::testing::HasSubstr;

const std::string kResources =
    "  resources:\n"
    "    rds: [{name: main, zone: b, multiAZ: true, maxConnections: 100, dnsTTL: 5s}, {name: single}]\n"
    "    elasticache: [{name: sessions, multiAZ: true}]\n"
    "    sqs: [{name: jobs, rate: 2/s, visibilityTimeout: 1m, maxReceiveCount: 3}]\n";

std::string with_calls(const std::string& of_web, const std::string& resources = kResources) {
  return broken("web:2: {start: 1s}", "web:2: {start: 1s, " + of_web + "}",
                broken("  images:\n", resources + "  images:\n"));
}

TEST(Resources, AreReadWithTheirDefaults) {
  const auto scenario = load_scenario(
      "s",
      small_files(with_calls("calls: [{to: rds/main, share: 30%, time: 5ms, timeout: 2s, retries: {count: 2, "
                             "backoff: 1s}, pool: {size: 5, dnsCache: 1m}}, {to: elasticache/sessions, time: "
                             "1ms, optional: true}], consumes: {from: sqs/jobs, time: 3s, concurrency: 4}")));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  const Platform& platform = scenario->platform;
  ASSERT_EQ(platform.resources.size(), 3u);
  EXPECT_EQ(platform.resources[0].name.view(), "rds/main");
  EXPECT_EQ(platform.resources[0].zone.view(), "b");
  EXPECT_EQ(platform.resources[0].standby.view(), "a");
  EXPECT_FALSE(platform.resources[1].multi_az());
  EXPECT_EQ(platform.resources[2].max_connections, 65'000);
  ASSERT_EQ(platform.queues.size(), 1u);
  EXPECT_EQ(platform.queues[0].visibility_timeout, 1_min);
  EXPECT_EQ(platform.queues[0].max_receive_count, 3);
  const cluster::ImageBehaviour& web = scenario->images.at("web:2");
  ASSERT_EQ(web.calls.size(), 2u);
  EXPECT_EQ(web.calls[0].share, 300);
  EXPECT_EQ(web.calls[0].retries, 2);
  EXPECT_EQ(web.calls[0].pool.size, 5);
  EXPECT_EQ(web.calls[0].pool.acquire_timeout, 30_s);
  EXPECT_EQ(web.calls[0].pool.dns_cache, 1_min);
  EXPECT_FALSE(web.calls[1].timeout);
  EXPECT_TRUE(web.calls[1].optional);
  EXPECT_EQ(web.consumes->concurrency, 4);
  EXPECT_TRUE(scenario->images.at("web:1").calls.empty());
}

const std::string kStopped =
    "  resources:\n"
    "    rds: [{name: main, zone: b, class: db.t4g.micro, fallbackClasses: [db.t3.micro], schedule: {stop: "
    "\"22:00\", start: \"00:02\"}, stopping: 30s, starting: 60s, restoring: 10m}, {name: single}]\n";

std::string with_database(const std::string& of_call, const std::string& timeline,
                          const std::string& expect) {
  std::string text = broken("concurrency: 8, onSigterm: drain}",
                            "concurrency: 8, onSigterm: drain, calls: [{to: rds/main, time: 5ms, pool: "
                            "{acquireTimeout: 1s}" +
                                of_call + "}]}",
                            broken("  images:\n", kStopped + "  images:\n"));
  text = broken("{at: 1m, set image: deployment/web, image: \"web:2\"}", timeline, text);
  return broken("{rollout: deployment/web, completesWithin: 3m}", expect, text);
}

TEST(Resources, AScheduleAndClassesAreRead) {
  const auto scenario = load_scenario(
      "s", small_files(with_database(", readiness: true", "{at: 1m, start: [rds/main, rds/single]}",
                                     "{resource: [rds/main, rds/single], availableBy: 4m}")));
  ASSERT_TRUE(scenario) << scenario.error().front().str();
  const cloud::ManagedConfig& main = scenario->platform.resources[0];
  EXPECT_EQ(main.instance_class, api::Symbol("db.t4g.micro"));
  EXPECT_EQ(main.fallback_classes, std::vector<api::Symbol>{"db.t3.micro"});
  ASSERT_TRUE(main.schedule);
  EXPECT_EQ(main.schedule->stop, Duration::seconds(22 * 3600));
  EXPECT_EQ(main.schedule->start, 2_min);
  EXPECT_FALSE(scenario->platform.resources[1].schedule);
  EXPECT_TRUE(scenario->images.at("web:1").calls[0].readiness);
  EXPECT_EQ(scenario->timeline[0].text, "start of rds/main, rds/single");
  EXPECT_EQ(scenario->expect[0].text, "rds/main, rds/single available by 4m");
}

// Stopped at time 0, started by its schedule at 2m; its first start fails at 3m.
TEST(Resources, ADatabaseThatDoesNotStartIsFoundAndExpected) {
  auto loaded = load_scenario(
      "s", small_files(with_database(
               "", "{at: 30s, capacity: {instanceClass: db.t4g.micro, zone: b, instances: 0}, for: 3m}",
               "{resource: [rds/main, rds/single], availableBy: 4m}")));
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->expectations[0].held);
  EXPECT_EQ(result->expectations[0].seen, "rds/main never; rds/single all the time");
  const auto finding =
      std::ranges::find(result->findings, std::string("start-failed"), &report::Finding::rule);
  ASSERT_NE(finding, result->findings.end());
  EXPECT_EQ(finding->what,
            "rds/main did not start, and was away from the beginning to the end of the run: 1 start failed");
  EXPECT_THAT(finding->chain[0], HasSubstr("the first at 3m: rds/main: Insufficient instance capacity"));
}

TEST(Resources, WhatIsAwayLaterIsNotSaidToBeThereAllTheTime) {
  auto loaded = load_scenario("s", small_files(with_database("", "{at: 3m, fail: rds/single}",
                                                             "{resource: rds/single, availableBy: 1m}")));
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->expectations[0].held);
  EXPECT_EQ(result->expectations[0].seen, "rds/single from the beginning, until it went away at 3m");
}

struct Refused {
  const char* name;
  std::string scenario;
  const char *path, *message;
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

std::string in_timeline(const std::string& entry) {
  return broken("  timeline:\n", "  timeline:\n    - {at: 3m, " + entry + "}\n",
                with_calls("linger: 0s", kResources));
}

std::vector<Refused> refused() {
  const std::string call = "calls: [{to: rds/main, time: 5ms, ";
  return {
      {"UnknownResource", with_calls("calls: [{to: rds/man, time: 5ms}]"), "spec.images[web:2].calls[0].to",
       "no resource \"rds/man\" is declared, did you mean \"rds/main\"?"},
      {"UnknownService", with_calls("calls: [{to: service/wob}]"), "spec.images[web:2].calls[0].to", "wob"},
      {"ServiceWithoutAPort", with_calls("calls: [{to: \"service/web:0\"}]"),
       "spec.images[web:2].calls[0].to", "invalid port in \"web:0\""},
      {"UnknownServiceElsewhere", with_calls("calls: [{to: service/web.team}]"),
       "spec.images[web:2].calls[0].to", "no Service \"web\" in namespace \"team\""},
      {"ServiceWithAPool", with_calls("calls: [{to: service/web, pool: {size: 3}}]"),
       "spec.images[web:2].calls[0].pool", "no meaning"},
      {"NoTime", with_calls("calls: [{to: rds/main}]"), "spec.images[web:2].calls[0].time", "required"},
      {"Share", with_calls(call + "share: 150%}]"), "spec.images[web:2].calls[0].share",
       "share of the requests"},
      {"UnknownField", with_calls(call + "tineout: 5s}]"), "spec.images[web:2].calls[0].tineout", "timeout"},
      {"PoolOfNone", with_calls(call + "pool: {size: 0}}]"), "spec.images[web:2].calls[0].pool.size", "1"},
      {"UnknownQueue", with_calls("consumes: {from: sqs/job, time: 1s}"), "spec.images[web:2].consumes.from",
       "did you mean \"sqs/jobs\"?"},
      {"Twice", with_calls("linger: 0s", "  resources: {rds: [{name: x}, {name: x}]}\n"),
       "spec.resources.rds[1].name", "declared twice"},
      {"UnknownZone", with_calls("linger: 0s", "  resources: {rds: [{name: x, zone: c}]}\n"),
       "spec.resources.rds[0].zone", "no zone \"c\""},
      {"FailoverOfOne", with_calls("linger: 0s", "  resources: {rds: [{name: x, failover: 60s}]}\n"),
       "spec.resources.rds[0].failover", "multiAZ"},
      {"NoStandby", in_timeline("failover: rds/single"), "spec.timeline[0].failover", "has no standby"},
      {"FailoverOfUnknown", in_timeline("failover: rds/x"), "spec.timeline[0].failover", "no resource"},
      {"LossOfUnknown", in_timeline("fail: elasticache/session"), "spec.timeline[0].fail",
       "did you mean \"elasticache/sessions\"?"},
      {"ClassOfACache", with_calls("linger: 0s", "  resources: {elasticache: [{name: x, class: c}]}\n"),
       "spec.resources.elasticache[0].class", "unknown field"},
      {"FallbackOfNothing",
       with_calls("linger: 0s", "  resources: {rds: [{name: x, fallbackClasses: [db.t3.micro]}]}\n"),
       "spec.resources.rds[0].fallbackClasses", "needs \"class\""},
      {"TimeOfDay",
       with_calls("linger: 0s",
                  "  resources: {rds: [{name: x, schedule: {stop: \"24:00\", start: \"06:00\"}}]}\n"),
       "spec.resources.rds[0].schedule.stop", "time of day"},
      {"StoppedForNoTime",
       with_calls("linger: 0s",
                  "  resources: {rds: [{name: x, schedule: {stop: \"06:00\", start: \"06:00\"}}]}\n"),
       "spec.resources.rds[0].schedule.start", "at which it is stopped"},
      {"StartOfACache", in_timeline("start: elasticache/sessions"), "spec.timeline[0].start",
       "expected rds/NAME"},
      {"StopOfUnknown", in_timeline("stop: [rds/main, rds/man]"), "spec.timeline[0].stop[1]",
       "did you mean \"rds/main\"?"},
      {"CapacityOfBoth",
       in_timeline("capacity: {instanceType: c5.large, instanceClass: db.t4g.micro, instances: 0}"),
       "spec.timeline[0].capacity.instanceClass", "either"},
      {"ReadinessOfAService", with_calls("calls: [{to: service/web, readiness: true}]"),
       "spec.images[web:2].calls[0].readiness", "has no meaning for service/NAME"},
      {"ResourceExpected",
       broken("  expect:\n", "  expect:\n    - {resource: rds/man, availableBy: 1m}\n",
              with_calls("size: 1Mi")),
       "spec.expect[0].resource", "did you mean \"rds/main\"?"},
      {"ExpectedAfterTheEnd",
       broken("  expect:\n", "  expect:\n    - {resource: rds/main, availableBy: 1h}\n",
              with_calls("size: 1Mi")),
       "spec.expect[0].availableBy", "after the end"},
      {"QueueExpected",
       broken("  expect:\n", "  expect:\n    - {queue: sqs/jbs, redelivered: 0}\n", with_calls("size: 1Mi")),
       "spec.expect[0].queue", "did you mean \"sqs/jobs\"?"},
      {"NothingExpected",
       broken("  expect:\n", "  expect:\n    - {queue: sqs/jobs}\n", with_calls("size: 1Mi")),
       "spec.expect[0]", "nothing is expected"},
  };
}

class ResourcesRefused : public testing::TestWithParam<Refused> {};

TEST_P(ResourcesRefused, SaysWhere) {
  const Refused& row = GetParam();
  const auto scenario = load_scenario("s", small_files(row.scenario));
  ASSERT_FALSE(scenario);
  const auto found = std::ranges::find(scenario.error(), std::string(row.path), &api::Problem::path);
  ASSERT_NE(found, scenario.error().end()) << scenario.error().front().str();
  EXPECT_THAT(found->message, HasSubstr(row.message));
  EXPECT_GT(found->where.line, 0);
}

INSTANTIATE_TEST_SUITE_P(All, ResourcesRefused, testing::ValuesIn(refused()),
                         [](const auto& row) { return row.param.name; });

// Every other request calls the Service itself, of which again every other one does: as many as come from
// outside. There are slots enough that those who wait do not keep out those that they wait for.
TEST(Resources, CallsToAServiceAreRequestsOfALoadOfTheirOwn) {
  std::string text = broken(
      "concurrency: 8, onSigterm: drain}",
      "concurrency: 64, onSigterm: drain, calls: [{to: service/web, share: 50%, timeout: 2s}]}", kScenario);
  text = broken("    - {at: 1m, set image: deployment/web, image: \"web:2\"}\n", "", text);
  text = broken("    - {at: 2m, drain: {nodeGroup: default, nodes: 1}}\n", "    []\n", text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n",
                "    - {requests: web-to-web, failed: 0}\n", text);
  text = broken("rate: 100/s", "rate: 20/s", text);
  auto loaded = load_scenario("s", small_files(text));
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->requests.size(), 2u);
  EXPECT_EQ(result->requests[1].load, "web-to-web");
  EXPECT_NEAR(static_cast<double>(result->requests[1].total), 6000, 400);
  EXPECT_EQ(result->requests[1].failed, 0u);
  EXPECT_EQ(result->requests[0].failed, 0u);
  EXPECT_GT(result->requests[0].latency.p99, result->requests[1].latency.p50);
  EXPECT_TRUE(result->expectations[0].held);
}

// A headless Service of port 80 and targetPort 8080: nobody listens on 80.
TEST(Resources, CallsToAHeadlessServiceSayThePortOfItsPods) {
  for (const auto& [to, refused] : {std::pair("service/web", true),
                                    {"service/web:80", true},
                                    {"service/web:8080", false},
                                    {"service/web.default:8080", false}}) {
    MemoryFiles files = small_files(
        broken("onSigterm: drain}",
               std::string("onSigterm: drain, calls: [{to: ") + to + ", share: 10%, timeout: 1s}]}",
               broken("rate: 100/s", "rate: 10/s", kScenario)));
    files.add("s/web.yaml", broken("spec: {selector", "spec: {clusterIP: None, selector", kWeb));
    auto loaded = load_scenario("s", files);
    ASSERT_TRUE(loaded) << loaded.error().front().str();
    const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
    ASSERT_TRUE(result);
    const auto& calls = result->requests[1];
    EXPECT_EQ(calls.failed, refused ? calls.total : 0u) << to;
    EXPECT_GT(calls.total, 0u) << to;
  }
}

// A request that failed leads to the entry of the timeline.
TEST(Resources, AFailedRequestIsExplainedByTheFailover) {
  std::string text = broken("concurrency: 8, onSigterm: drain}",
                            "concurrency: 8, onSigterm: drain, calls: [{to: rds/main, time: 5ms, pool: "
                            "{acquireTimeout: 1s}}]}",
                            broken("  images:\n", kResources + "  images:\n"));
  text =
      broken("{at: 1m, set image: deployment/web, image: \"web:2\"}", "{at: 1m, failover: rds/main}", text);
  text = broken("    - {rollout: deployment/web, completesWithin: 3m}\n", "", text);
  auto loaded = load_scenario("s", small_files(text));
  ASSERT_TRUE(loaded) << loaded.error().front().str();
  const auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  ASSERT_TRUE(result);
  const auto failed = std::ranges::find(result->failures, std::string("dependency failed"),
                                        &report::ExplainedRequest::outcome);
  ASSERT_NE(failed, result->failures.end());
  EXPECT_EQ(failed->http_code, 500);
  ASSERT_GE(failed->cause.size(), 3u);
  EXPECT_THAT(failed->cause[0].what, HasSubstr("cannot call (rds/main: "));
  EXPECT_THAT(failed->cause[1].what, HasSubstr("fault (rds/main fails over)"));
  EXPECT_THAT(failed->cause[2].what, HasSubstr("the scenario's timeline: failover of rds/main"));
}

}  // namespace
}  // namespace seatrial::scenario
