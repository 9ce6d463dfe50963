#include "sim/report/kubectl_pod.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"

namespace seatrial::report {
namespace {

// The columns of a pod with this spec, status and metadata, at time 10m.
PodColumns columns(const char* spec, const char* status, const char* metadata = "{}") {
  nlohmann::ordered_json document = {{"apiVersion", "v1"}, {"kind", "Pod"}};
  document["metadata"] = nlohmann::ordered_json::parse(metadata);
  document["metadata"]["name"] = "web";
  document["spec"] = nlohmann::ordered_json::parse(spec);
  document["status"] = nlohmann::ordered_json::parse(status);
  const auto pod = api::info(api::Kind::kPod).decode(api::from_json(document));
  EXPECT_TRUE(pod) << pod.error().front().str();
  return pod_columns(static_cast<const api::Pod&>(**pod), SimTime::at(Duration::seconds(600)));
}

constexpr const char* kOne = R"({"containers":[{"name":"a","image":"a"}]})";
constexpr const char* kTwo = R"({"containers":[{"name":"a","image":"a"},{"name":"b","image":"b"}]})";
constexpr const char* kInit = R"({"initContainers":[{"name":"i","image":"i"},{"name":"j","image":"j"}],
    "containers":[{"name":"a","image":"a"}]})";
constexpr const char* kSidecar = R"({"initContainers":[{"name":"s","image":"s","restartPolicy":"Always"}],
    "containers":[{"name":"a","image":"a"}]})";

struct Row {
  const char* name;
  const char* spec;
  const char* status;
  const char* metadata;
  const char* expected;  // READY STATUS RESTARTS
};
class PodColumnsOf : public testing::TestWithParam<Row> {};
TEST_P(PodColumnsOf, AreThoseOfKubectl) {
  const PodColumns c = columns(GetParam().spec, GetParam().status, GetParam().metadata);
  EXPECT_EQ(c.ready + " " + c.status + " " + c.restarts, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, PodColumnsOf,
    testing::Values(
        Row{"Pending", kOne, R"({"phase":"Pending"})", "{}", "0/1 Pending 0"},
        Row{"Gated", kOne,
            R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]})",
            "{}", "0/1 SchedulingGated 0"},
        Row{"Creating", kOne,
            R"({"phase":"Pending","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ContainerCreating"}}}]})",
            "{}", "0/1 ContainerCreating 0"},
        Row{"Running", kTwo,
            R"({"phase":"Running","containerStatuses":[
              {"name":"a","ready":true,"state":{"running":{"startedAt":"2026-01-05T00:00:00Z"}}},
              {"name":"b","ready":false,"state":{"running":{"startedAt":"2026-01-05T00:00:00Z"}}}]})",
            "{}", "1/2 Running 0"},
        Row{"CrashLoop", kOne,
            R"({"phase":"Running","containerStatuses":[{"name":"a","restartCount":3,
              "lastState":{"terminated":{"exitCode":1,"reason":"Error","startedAt":"2026-01-05T00:04:00Z",
              "finishedAt":"2026-01-05T00:05:00Z"}},"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]})",
            "{}", "0/1 CrashLoopBackOff 3 (5m ago)"},
        Row{"ExitCodeWithoutReason", kOne,
            R"({"phase":"Failed","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":7}}}]})",
            "{}", "0/1 ExitCode:7 0"},
        Row{"OneOfTwoIsDone", kTwo,
            R"({"phase":"Running","containerStatuses":[
              {"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},
              {"name":"b","ready":true,"state":{"running":{"startedAt":"2026-01-05T00:00:00Z"}}}]})",
            "{}", "1/2 NotReady 0"},
        Row{"OneOfTwoIsDoneAndThePodReady", kTwo,
            R"({"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[
              {"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},
              {"name":"b","ready":true,"state":{"running":{"startedAt":"2026-01-05T00:00:00Z"}}}]})",
            "{}", "1/2 Running 0"},
        Row{"Completed", kOne,
            R"({"phase":"Succeeded","containerStatuses":[
              {"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]})",
            "{}", "0/1 Completed 0"},
        Row{"Evicted", kOne, R"({"phase":"Failed","reason":"Evicted"})", "{}", "0/1 Evicted 0"},
        Row{"Terminating", kOne, R"({"phase":"Running"})", R"({"deletionTimestamp":"2026-01-05T00:10:00Z"})",
            "0/1 Terminating 0"},
        Row{"DeletedWhenDone", kOne, R"({"phase":"Succeeded"})",
            R"({"deletionTimestamp":"2026-01-05T00:10:00Z"})", "0/1 Succeeded 0"},
        Row{"LostNode", kOne, R"({"phase":"Running","reason":"NodeLost"})",
            R"({"deletionTimestamp":"2026-01-05T00:10:00Z"})", "0/1 Unknown 0"},
        Row{"Init", kInit,
            R"({"phase":"Pending","initContainerStatuses":[
              {"name":"i","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},
              {"name":"j","state":{"running":{"startedAt":"2026-01-05T00:00:00Z"}}}],
              "containerStatuses":[{"name":"a","state":{"waiting":{"reason":"PodInitializing"}}}]})",
            "{}", "0/1 Init:1/2 0"},
        Row{"InitCrashLoop", kInit,
            R"({"phase":"Pending","initContainerStatuses":[
              {"name":"i","restartCount":2,"lastState":{"terminated":{"exitCode":1,"startedAt":"2026-01-05T00:08:00Z",
              "finishedAt":"2026-01-05T00:09:00Z"}},"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]})",
            "{}", "0/1 Init:CrashLoopBackOff 2 (60s ago)"},
        Row{"InitError", kInit,
            R"({"phase":"Failed","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":1,"reason":"Error"}}}]})",
            "{}", "0/1 Init:Error 0"},
        Row{"Sidecar", kSidecar,
            R"({"phase":"Running","initContainerStatuses":[
              {"name":"s","started":true,"ready":true,"restartCount":1,"state":{"running":{"startedAt":"2026-01-05T00:00:00Z"}}}],
              "containerStatuses":[{"name":"a","ready":true,"state":{"running":{"startedAt":"2026-01-05T00:00:00Z"}}}]})",
            "{}", "2/2 Running 1"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace seatrial::report
