// A run's result as text for people, JSON for programs and JUnit for CI. Pure functions: equal results give
// equal bytes.
//
// JSON, schema "seatrial.run/v1": one object for one scenario, a list of them for several. Times are seconds
// since the start of the scenario (settling lies before 0), durations seconds, both as numbers; wall time is
// not in it, so equal runs print equal documents. Fields are only ever added within v1.
//   schema, scenario, variant (null: the base), description, platform, seed, verdict (pass|fail),
//   fingerprint, simulatedSeconds, settledSeconds requests       {LOAD: {to, total, ok, failed, inFlight,
//   attempts, outcomes: {OUTCOME: n},
//                   latency: {count, mean, p50, p90, p99, p99.9, max}, versions: {VERSION: {ok, failed,
//                   latency}}}}
//   queues         {QUEUE: {sent, done, redelivered, repeated, deadLettered, waiting, age: {as latency}}}
//   expectations   [{text, held, seen, file, line, column}]
//   findings       [{rule, severity (info|warning|error), object, what, chain: [text], change, file, line,
//   requests}] violations     [{at, rule, what}]                      invariants that did not hold: a bug of
//   seatrial failedRequests [{id, load, outcome, version, pod, phase, sent, ended, httpCode, attempts, tries,
//                    cause: [{at, what, file, line}]}]      a sample: the first of each outcome
//   timeline       [{at, object, what, byUser}]
//   replicas       [{workload, version, points: [[at, replicas, ready, terminating]]}]
//   series         {LOAD: {sent: […], ok: […], failed: […], p50: […], p99: […]}}   by second from 0 on
//   pods           [{namespace, name, workload, version, node, zone, created, scheduled, started, listening,
//   ready, deleted,
//                    sigterm, stoppedAccepting, exited, gone, restarts, phase}]      null: did not happen
//   events         [{first, last, count, namespace, type, reason, object, message}]
//   notSimulated   [text]
#pragma once

#include <string>
#include <vector>

#include "sim/report/format.h"
#include "sim/report/result.h"

namespace seatrial::report {

std::string text_report(const RunResult& result, const Style& style);
std::string json_report(const std::vector<RunResult>& results);  // ends with a newline
std::string junit_report(const std::vector<RunResult>& results);
// A table of one scenario's versions (the base and its variants), and which expectations and findings tell
// them apart. Empty for a single one.
std::string comparison_report(const std::vector<RunResult>& versions, const Style& style);

// `kubectl get events`: of the result's whole run, or up to an instant.
std::string events_table(const std::vector<EventRow>& events, SimTime now);

// A request, a pod and a finding in full.
std::string explain_request(const ExplainedRequest& request, const Style& style);
std::string explain_pod(const RunResult& result, const PodRow& pod, const Style& style);
std::string explain_finding(const Finding& finding, std::size_t number, const Style& style);

}  // namespace seatrial::report
