// What a run gave: plain values that own all they hold, so a result outlives its World and moves between
// threads. The whole surface of reports, JSON, JUnit and the Python package. Lists have the order that their
// comment says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/engine/time.h"

namespace seatrial::report {

// A place in the user's files; line 0 is "nowhere".
struct FilePosition {
  std::string file;
  std::int32_t line = 0, column = 0;
  std::string str() const;  // "web.yaml:31"; empty for nowhere
};

struct Latency {  // of successful requests, within 1 %
  std::uint64_t count = 0;
  Duration mean, p50, p90, p99, p999, max;
};

struct VersionRequests {
  std::string version;  // of the pod that the last try went to; "" if none was reached
  std::uint64_t ok = 0, failed = 0;
  Latency latency;
};

struct Requests {  // of one load; total = ok + failed + in_flight
  std::string load;
  std::string to;  // the URL
  std::uint64_t total = 0, ok = 0, failed = 0, in_flight = 0, attempts = 0;
  std::vector<std::pair<std::string, std::uint64_t>>
      outcomes;  // those that occurred, in the order of traffic::Outcome
  Latency latency;
  std::vector<VersionRequests> versions;  // in order of first appearance
};

struct QueueRow {    // of SQS
  std::string name;  // sqs/jobs
  std::uint64_t sent = 0, done = 0, redelivered = 0, repeated = 0, dead_lettered = 0, waiting = 0;
  Latency age;  // of messages at their deletion
};

// What connections take places in, where it is simulated: a NAT gateway's ports to one destination, a node's
// conntrack table.
struct ConnectionTable {
  std::string name;  // "NAT gateway nat-a to external/payments (203.0.113.10:443)"
  std::uint64_t limit = 0, peak = 0, opened = 0, refused = 0;
  SimTime peak_at;
};

struct CauseStep {  // one link of a chain, the effect first
  SimTime at;
  std::string what;  // "pod my-application-…: SIGTERM"
  FilePosition manifest;
};

struct ExplainedRequest {  // without causes if it succeeded
  std::uint64_t id = 0;
  std::string load, outcome, version, pod, phase;  // phase: "exited 35ms ago"
  SimTime sent, ended;
  int http_code = 0;
  int attempts = 0, tries = 0;
  std::vector<CauseStep> cause;
};

struct SecondRow {  // of one load; second 0 begins at time 0
  std::int64_t second = 0;
  std::uint64_t sent = 0, ok = 0, failed = 0;
  Duration p50, p99;  // 0 where none succeeded
};
struct LoadSeries {
  std::string load;
  std::vector<SecondRow> seconds;
};

struct ReplicaPoint {  // after each change; the time of the last change of that instant
  SimTime at;
  std::int32_t replicas = 0, ready = 0;  // pods that exist and do not terminate; that are Ready
  std::int32_t terminating = 0;
};
struct ReplicaSeries {            // by workload, then version, each in order of first appearance
  std::string workload, version;  // my-application, 1.4
  std::vector<ReplicaPoint> points;
};

struct PodRow {  // in order of creation
  std::string namespace_, name, workload, version, node, zone;
  std::optional<SimTime> created, scheduled, started, listening, ready, deleted, sigterm, stopped_accepting,
      exited, gone;
  std::int32_t restarts = 0;
  std::string last_phase;                                 // Running, CrashLoopBackOff …
  std::vector<std::pair<SimTime, std::string>> troubles;  // "sqs/jobs: AccessDenied: the pod has no role"
};

struct EventRow {  // as `kubectl get events`, in order of first time
  SimTime first, last;
  std::int32_t count = 1;
  std::string namespace_, type, reason, object, message;
};

struct TimelineRow {  // what happened to workloads, in order of time
  SimTime at;
  std::string object, what;  // "ReplicaSet my-application-…", "scaled up from 0 to 1"
  bool by_user = false;      // an entry of the scenario's timeline
};

struct Expectation {  // in the order of the scenario
  std::string text;
  bool held = false;
  std::string seen;
  FilePosition source;
};

enum class Severity : std::uint8_t { kInfo, kWarning, kError };
std::string_view to_string(Severity severity);  // info, warning, error

struct Finding {     // the gravest first
  std::string rule;  // stable identifier: no-prestop
  Severity severity = Severity::kWarning;
  std::string object;              // deployment/my-application
  std::string what;                // one sentence: what users or operators saw
  std::vector<std::string> chain;  // why, effect first
  std::string change;              // what to change
  FilePosition manifest;
  std::uint64_t requests = 0;  // failed requests that it accounts for
};

struct Violation {  // an invariant that did not hold: our bug
  SimTime at;
  std::string rule, what;
};

struct RunResult {
  std::string scenario, variant, description, platform;  // variant: empty for the base
  std::uint64_t seed = 0;
  bool pass = false;             // every expectation held and no invariant broke
  std::string fingerprint;       // 16 hexadecimal digits
  Duration simulated;            // from time 0 on
  Duration settled;              // how long settling took
  std::optional<Duration> wall;  // set by the command and the bindings only
  std::uint64_t events_fired = 0;
  SimTime end;
  std::vector<Requests> requests;  // in the order of the scenario
  std::optional<Requests> dns;     // queries to the cluster's DNS servers, where they are simulated
  std::vector<QueueRow> queues;    // in the order of their declaration
  std::vector<ConnectionTable> connection_tables;  // gateways, then nodes, as they came
  std::vector<ExplainedRequest> failures;          // a sample: the first ones of each outcome
  std::vector<LoadSeries> series;
  std::vector<ReplicaSeries> replicas;
  std::vector<PodRow> pods;
  std::vector<EventRow> events;
  std::vector<TimelineRow> timeline;
  std::vector<Expectation> expectations;
  std::vector<Finding> findings;
  std::vector<Violation> violations;
  std::vector<std::string> not_simulated;  // "NetworkPolicy (networking.k8s.io/v1), 2 objects"
  std::string full_name() const { return scenario + (variant.empty() ? "" : "/" + variant); }
};

}  // namespace seatrial::report
