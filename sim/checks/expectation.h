// What a scenario expects of a run: plain values, decoded from `expect:` and judged by the classes beside
// this file.
//
//   - {rollout: deployment/my-application, completesWithin: 3m}     or completes: false
//   - {requests: public, failed: 0, p99: "< 800ms"}                 over the whole run, or in each `window:
//   10s`
//   - {always: deployment/my-application, readyReplicas: ">= 3"}    at every commit from time 0 on
//   - {spread: deployment/my-application, over: topology.kubernetes.io/zone, skew: "<= 1"}      when the run
//   ends
//   - {eventually: deployment/my-application, condition: {type: Progressing, status: "False"}, within: 3m}
//   - {eventually: statefulset/db, readyReplicas: 3, from: 5m}      what was before 5m does not count
//   - {always: nodes, nodeGroup: default, zone: eu-west-2a, ready: ">= 2"}      or eventually
//   - {queue: sqs/jobs, redelivered: 0, p99: "< 1m"}      the measures stand in queue_measures.h
//   - {resource: rds/main, availableBy: 6h30m}      or a list: each of them is there at that instant
//   - {ingressController: default, configurationAge: "<= 5m", restarts: complete}
//   - {command: recycle, completesWithin: 6m, forced: 0}     each entry of the timeline with that verb
//   - {pipeline: my-application, completesWithin: 12m, oldPodsGoneWithin: 13m}      each merge; or completes:
//   false
//   - {refusedCommands: 0}                                          by the API server, of the timeline's
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/time.h"
#include "sim/traffic/outcome.h"

namespace seatrial::checks {

// An object as users name it: deployment/my-application.
struct ObjectName {
  api::Kind kind = api::Kind::kUnstructured;
  api::Symbol namespace_, name;  // namespace_ is empty for kinds without one
  bool operator==(const ObjectName&) const = default;
  std::string str() const;  // deployment/my-application
};

enum class Comparison : std::uint8_t { kLess, kLessEqual, kEqual, kNotEqual, kGreaterEqual, kGreater };
std::string_view to_string(Comparison comparison);  // "<"
bool holds(std::int64_t seen, Comparison comparison, std::int64_t bound);

// `p99: "< 800ms"`: counts are themselves, durations nanoseconds, shares parts per million.
struct Bound {
  Comparison comparison = Comparison::kEqual;
  std::int64_t value = 0;
  bool operator()(std::int64_t seen) const { return holds(seen, comparison, value); }
  bool operator==(const Bound&) const = default;
};

// What can be measured of a load's requests.
enum class Measure : std::uint8_t {
  kTotal,
  kOk,
  kFailed,     // counts
  kForbidden,  // that got through although policies forbid it: count
  kOkShare,
  kFailedShare,  // of those that ended
  kMean,
  kP50,
  kP90,
  kP99,
  kP999,
  kMax,      // latency of successful requests
  kOutcome,  // count of one outcome
};
enum class Unit : std::uint8_t { kCount, kShare, kDuration };
struct MeasureInfo {
  Measure measure;
  std::string_view key;  // as written in `expect:`
  Unit unit;
  std::int64_t per_million;  // of a quantile, else -1
};
const std::vector<MeasureInfo>& measures();             // all but kOutcome
std::string bound_text(Unit unit, std::int64_t value);  // "800ms", "0.1%", "3"

struct RequestBound {
  Measure measure = Measure::kFailed;
  traffic::Outcome outcome = traffic::Outcome::kOk;  // of kOutcome
  Bound bound;
};

struct RequestsExpectation {
  api::Symbol load;
  std::vector<RequestBound> bounds;
  std::optional<Duration> window;  // holds in every window of this length, by second of sending
};

struct RolloutExpectation {
  ObjectName target;
  bool completes = true;           // false: no rollout of it completes before the run ends
  std::optional<Duration> within;  // each rollout, from the change of the template on
};

struct ConditionMatch {
  api::Symbol type, status, reason;  // empty: any
};

struct ObjectExpectation {
  bool always = true;  // else eventually
  ObjectName target;
  std::vector<std::pair<api::Symbol, Bound>> counts;  // readyReplicas >= 3; names stand in fields()
  std::vector<ConditionMatch> conditions;
  SimTime from;                    // what was before does not count
  std::optional<Duration> within;  // always: until then only; eventually: by then
};

// How evenly a workload's pods lie over the domains of a topology key when the run ends.
struct SpreadExpectation {
  ObjectName target;
  api::Symbol topology_key;
  Bound skew;
};

// How many writes of the timeline's commands the API server refused: one for each object.
struct RefusalsExpectation {
  Bound refused;
};

// How many nodes of a group and a zone (empty: of all) are Ready.
struct NodesExpectation {
  bool always = true;  // else eventually
  api::Symbol node_group, zone;
  Bound ready;
  SimTime from;                    // as of an ObjectExpectation
  std::optional<Duration> within;  // likewise
};

// Entries of the timeline that take their time: drain, recycle, updateNodeGroup. Each completes.
struct CommandExpectation {
  std::vector<std::uint32_t> entries;  // by number
  std::optional<Duration> within;
  std::optional<Bound> forced;  // pods that they deleted after the time for a drain, all together
};

struct QueueExpectation {
  api::Symbol queue;
  std::vector<std::pair<std::size_t, Bound>> bounds;  // of which of queue_measures()
};

// Managed resources that are available at an instant.
struct ResourceExpectation {
  std::vector<api::Symbol> resources;
  SimTime by;
};

// For how long at most an ingress controller went on with a configuration that was not up to date, as it had
// none that was valid; and that no restart of its is under way when the run ends.
struct IngressExpectation {
  api::Symbol controller;
  std::optional<Bound> configuration_age;
  bool restarts_complete = false;
};

// What the merges of a pipeline come to, each counted from the merge.
struct PipelineExpectation {
  struct Merged {
    std::uint32_t entry;  // of the timeline, by number
    std::vector<ObjectName> workloads;
    std::string version;
  };
  std::vector<Merged> merges;
  bool completes = true;           // false: none does
  std::optional<Duration> within;  // until it is done, rollout included
  std::optional<Duration> old_pods_gone_within;
};

struct Expectation {
  std::variant<RequestsExpectation, RolloutExpectation, ObjectExpectation, SpreadExpectation,
               RefusalsExpectation, NodesExpectation, CommandExpectation, QueueExpectation,
               PipelineExpectation, ResourceExpectation, IngressExpectation>
      what;
  std::string text;  // as a person would say it, one line
  api::SourcePosition source;
};

// A judged expectation.
struct Judged {
  bool held = false;
  std::string seen;  // "p99 212ms, 0 failed of 240000"
};

}  // namespace seatrial::checks
