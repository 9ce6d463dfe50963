// The findings about what pods call, as those of findings_test.cc: one small scenario, broken in one way, for
// each.
#include "tests/checks/findings_fixture.h"

namespace seatrial::checks::tests {
namespace {

class CallFindingRules : public testing::TestWithParam<Row> {};

TEST_P(CallFindingRules, FindsIt) { expect_finding(GetParam()); }

// A database that web calls, and what becomes of it at one minute.
std::string with_database(const std::string& call, const std::string& entry) {
  std::string text =
      broken("  images:\n", "  resources: {rds: [{name: main, multiAZ: true, failover: 60s}]}\n  images:\n",
             kScenario);
  text = broken("concurrency: 8, onSigterm: drain}",
                "concurrency: 8, onSigterm: drain, calls: [{to: rds/main, time: 5ms, " + call + "}]}", text);
  return broken("set image: deployment/web, image: \"web:2\"", entry, text);
}
// Workers of a queue that are rolled out at one minute.
std::string with_queue(const std::string& behaviour, const std::string& visibility) {
  std::string text = broken(
      "  images:\n",
      "  resources: {sqs: [{name: jobs, rate: 1/s, visibilityTimeout: " + visibility + "}]}\n  images:\n",
      kScenario);
  for (int i = 0; i < 2; ++i) text = broken("onSigterm: drain}", behaviour + "}", text);
  return text;
}

std::vector<Row> dependency_rows() {
  return {
      {"KeptAddress", "dependency-away",
       with_database("pool: {acquireTimeout: 1s, dnsCache: 2m}", "failover: rds/main"), with(kReady),
       "could not call rds/main", "let the resolver keep answers no longer than their TTL, 5s"},
      {"LongWaits", "dependency-away", with_database("timeout: 1s", "failover: rds/main"), with(kReady),
       "could not call rds/main", "wait less than the client does"},
      {"NoTimeout", "dependency-away", with_database("pool: {acquireTimeout: 1s}", "fail: rds/main"),
       with(kReady), "could not call rds/main", "give the call a timeout"},
      {"NoneToServe", "dependency-away",
       with_database("timeout: 1s, pool: {acquireTimeout: 1s}", "failover: rds/main"), with(kReady),
       "could not call rds/main", "wait less than the client does for a connection"},
      {"Stopped", "dependency-away", with_database("timeout: 1s", "stop: rds/main"), with(kReady),
       "could not call rds/main", "start rds/main before it is called"},
      {"StoppedDaily", "dependency-away",
       broken("failover: 60s", "schedule: {stop: \"00:02\", start: \"06:00\"}",
              with_database("timeout: 1s", "start: rds/main")),
       with(kReady), "could not call rds/main",
       "stop rds/main each day only when nobody calls it (schedule)"},
      {"NoStandby", "dependency-away",
       broken("multiAZ: true, failover: 60s", "recovery: 60s",
              with_database("timeout: 1s, pool: {acquireTimeout: 1s}", "fail: rds/main")),
       with(kReady), "could not call rds/main", "make rds/main Multi-AZ (multiAZ: true): a standby"},
      {"NoPoolToWaitFor", "dependency-away",
       with_database("timeout: 1s, pool: {keepAlive: false}", "fail: rds/main"), with(kReady),
       "could not call rds/main", "have clients try again after the failover"},
      {"ExitsAtOnce", "message-redelivered",
       with_queue("onSigterm: exit, consumes: {from: sqs/jobs, time: 4s, concurrency: 4}", "20s"),
       with(kReady), "deployment/web ended in the middle of", "onSigterm: drain"},
      {"TooSlow", "message-redelivered",
       with_queue("onSigterm: drain, consumes: {from: sqs/jobs, time: 6s, concurrency: 8}", "5s"),
       with(kReady), "came again while a worker was still at it", "visibilityTimeout above"},
  };
}

std::vector<Row> slot_rows() {
  return {
      {"TooFewSlots", "overload",
       version_2("{start: 1s, serviceTime: 900ms, concurrency: 1, queue: 2, onSigterm: drain}"), with(kReady),
       "", ""},
      {"SlotsThatWait", "overload",
       broken("  images:\n", "  resources: {rds: [{name: main, address: 10.9.0.5}]}\n  images:\n",
              version_2("{start: 1s, serviceTime: 5ms, concurrency: 1, queue: 2, onSigterm: drain, calls: "
                        "[{to: rds/main, time: 900ms}]}")),
       with(kReady), "had no slot free, as it waited for what it calls", "mend rds/main first"},
      {"SlowAnswers", "answered-late",
       version_2("{start: 1s, serviceTime: 3s, concurrency: 100, onSigterm: drain}"), with(kReady),
       "were given up before the answer came: 2 pods had slots to spare", "a longer timeout"},
  };
}

std::vector<Row> call_rows() {
  return {
      {"HeadlessService", "wrong-port",
       broken("onSigterm: drain}", "onSigterm: drain, calls: [{to: service/web, share: 10%, timeout: 1s}]}",
              at_1m("scale: deployment/web, replicas: 3")),
       broken("spec: {selector", "spec: {clusterIP: None, selector", with(kReady)),
       "to port 80 of service/web refused, where nobody listens",
       "ask for the port on which the pods listen (8080)"},
  };
}

INSTANTIATE_TEST_SUITE_P(Dependencies, CallFindingRules, testing::ValuesIn(dependency_rows()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Slots, CallFindingRules, testing::ValuesIn(slot_rows()),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Calls, CallFindingRules, testing::ValuesIn(call_rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace seatrial::checks::tests
