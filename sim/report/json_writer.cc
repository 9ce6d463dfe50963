#include <nlohmann/json.hpp>

#include "sim/report/writers.h"

namespace seatrial::report {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration d) { return d.to_seconds(); }
double seconds(SimTime t) { return t.to_seconds(); }
Json seconds(const std::optional<SimTime>& t) { return t ? Json(t->to_seconds()) : Json(nullptr); }

void add_position(Json& json, const FilePosition& position) {
  json["file"] = position.line > 0 ? Json(position.file) : Json(nullptr);
  json["line"] = position.line > 0 ? Json(position.line) : Json(nullptr);
}

Json latency_json(const Latency& latency) {
  return {{"count", latency.count},      {"mean", seconds(latency.mean)}, {"p50", seconds(latency.p50)},
          {"p90", seconds(latency.p90)}, {"p99", seconds(latency.p99)},   {"p99.9", seconds(latency.p999)},
          {"max", seconds(latency.max)}};
}

Json requests_json(const std::vector<Requests>& loads) {
  Json all = Json::object();
  for (const Requests& load : loads) {
    Json outcomes = Json::object(), versions = Json::object();
    for (const auto& [outcome, count] : load.outcomes) outcomes[outcome] = count;
    for (const VersionRequests& version : load.versions) {
      versions[version.version] = {
          {"ok", version.ok}, {"failed", version.failed}, {"latency", latency_json(version.latency)}};
    }
    all[load.load] = {{"to", load.to},
                      {"total", load.total},
                      {"ok", load.ok},
                      {"failed", load.failed},
                      {"inFlight", load.in_flight},
                      {"attempts", load.attempts},
                      {"outcomes", outcomes},
                      {"latency", latency_json(load.latency)},
                      {"versions", versions}};
  }
  return all;
}

Json queues_json(const RunResult& result) {
  Json all = Json::object();
  for (const QueueRow& queue : result.queues)
    all[queue.name] = {{"sent", queue.sent},
                       {"done", queue.done},
                       {"redelivered", queue.redelivered},
                       {"repeated", queue.repeated},
                       {"deadLettered", queue.dead_lettered},
                       {"waiting", queue.waiting},
                       {"age", latency_json(queue.age)}};
  return all;
}

Json expectations_json(const RunResult& result) {
  Json all = Json::array();
  for (const Expectation& expectation : result.expectations) {
    Json row = {{"text", expectation.text}, {"held", expectation.held}, {"seen", expectation.seen}};
    add_position(row, expectation.source);
    row["column"] = expectation.source.line > 0 ? Json(expectation.source.column) : Json(nullptr);
    all.push_back(std::move(row));
  }
  return all;
}

Json findings_json(const RunResult& result) {
  Json all = Json::array();
  for (const Finding& finding : result.findings) {
    Json row = {{"rule", finding.rule},     {"severity", to_string(finding.severity)},
                {"object", finding.object}, {"what", finding.what},
                {"chain", finding.chain},   {"change", finding.change}};
    add_position(row, finding.manifest);
    row["requests"] = finding.requests;
    all.push_back(std::move(row));
  }
  return all;
}

Json failures_json(const RunResult& result) {
  Json all = Json::array();
  for (const ExplainedRequest& failure : result.failures) {
    Json cause = Json::array();
    for (const CauseStep& step : failure.cause) {
      Json row = {{"at", seconds(step.at)}, {"what", step.what}};
      add_position(row, step.manifest);
      cause.push_back(std::move(row));
    }
    all.push_back({{"id", failure.id},
                   {"load", failure.load},
                   {"outcome", failure.outcome},
                   {"version", failure.version},
                   {"pod", failure.pod},
                   {"phase", failure.phase},
                   {"sent", seconds(failure.sent)},
                   {"ended", seconds(failure.ended)},
                   {"httpCode", failure.http_code},
                   {"attempts", failure.attempts},
                   {"tries", failure.tries},
                   {"cause", std::move(cause)}});
  }
  return all;
}

Json series_json(const RunResult& result) {
  Json all = Json::object();
  for (const LoadSeries& load : result.series) {
    Json columns = {{"sent", Json::array()},
                    {"ok", Json::array()},
                    {"failed", Json::array()},
                    {"p50", Json::array()},
                    {"p99", Json::array()}};
    for (const SecondRow& row : load.seconds) {
      columns["sent"].push_back(row.sent);
      columns["ok"].push_back(row.ok);
      columns["failed"].push_back(row.failed);
      columns["p50"].push_back(seconds(row.p50));
      columns["p99"].push_back(seconds(row.p99));
    }
    all[load.load] = std::move(columns);
  }
  return all;
}

Json connections_json(const RunResult& result) {
  Json all = Json::array();
  for (const ConnectionTable& row : result.connection_tables)
    all.push_back({{"name", row.name},
                   {"opened", row.opened},
                   {"refused", row.refused},
                   {"peak", row.peak},
                   {"peakAt", seconds(row.peak_at)},
                   {"limit", row.limit}});
  return all;
}

Json replicas_json(const RunResult& result) {
  Json all = Json::array();
  for (const ReplicaSeries& series : result.replicas) {
    Json points = Json::array();
    for (const ReplicaPoint& point : series.points)
      points.push_back({seconds(point.at), point.replicas, point.ready, point.terminating});
    all.push_back(
        {{"workload", series.workload}, {"version", series.version}, {"points", std::move(points)}});
  }
  return all;
}

Json pods_json(const RunResult& result) {
  Json all = Json::array();
  for (const PodRow& pod : result.pods) {
    all.push_back({{"namespace", pod.namespace_},
                   {"name", pod.name},
                   {"workload", pod.workload},
                   {"version", pod.version},
                   {"node", pod.node},
                   {"zone", pod.zone},
                   {"created", seconds(pod.created)},
                   {"scheduled", seconds(pod.scheduled)},
                   {"started", seconds(pod.started)},
                   {"listening", seconds(pod.listening)},
                   {"ready", seconds(pod.ready)},
                   {"deleted", seconds(pod.deleted)},
                   {"sigterm", seconds(pod.sigterm)},
                   {"stoppedAccepting", seconds(pod.stopped_accepting)},
                   {"exited", seconds(pod.exited)},
                   {"gone", seconds(pod.gone)},
                   {"restarts", pod.restarts},
                   {"phase", pod.last_phase}});
  }
  return all;
}

Json events_json(const RunResult& result) {
  Json all = Json::array();
  for (const EventRow& event : result.events) {
    all.push_back({{"first", seconds(event.first)},
                   {"last", seconds(event.last)},
                   {"count", event.count},
                   {"namespace", event.namespace_},
                   {"type", event.type},
                   {"reason", event.reason},
                   {"object", event.object},
                   {"message", event.message}});
  }
  return all;
}

Json timeline_json(const RunResult& result) {
  Json all = Json::array();
  for (const TimelineRow& row : result.timeline) {
    all.push_back(
        {{"at", seconds(row.at)}, {"object", row.object}, {"what", row.what}, {"byUser", row.by_user}});
  }
  return all;
}

Json violations_json(const RunResult& result) {
  Json all = Json::array();
  for (const Violation& row : result.violations)
    all.push_back({{"at", seconds(row.at)}, {"rule", row.rule}, {"what", row.what}});
  return all;
}

Json result_json(const RunResult& result) {
  return {{"schema", "seatrial.run/v1"},
          {"scenario", result.scenario},
          {"variant", result.variant.empty() ? Json(nullptr) : Json(result.variant)},
          {"description", result.description},
          {"platform", result.platform},
          {"seed", result.seed},
          {"verdict", result.pass ? "pass" : "fail"},
          {"fingerprint", result.fingerprint},
          {"simulatedSeconds", seconds(result.simulated)},
          {"settledSeconds", seconds(result.settled)},
          {"requests", requests_json(result.requests)},
          {"dns", result.dns ? requests_json({*result.dns})[result.dns->load] : Json(nullptr)},
          {"queues", queues_json(result)},
          {"connectionTables", connections_json(result)},
          {"expectations", expectations_json(result)},
          {"findings", findings_json(result)},
          {"violations", violations_json(result)},
          {"failedRequests", failures_json(result)},
          {"timeline", timeline_json(result)},
          {"replicas", replicas_json(result)},
          {"series", series_json(result)},
          {"pods", pods_json(result)},
          {"events", events_json(result)},
          {"notSimulated", result.not_simulated}};
}

}  // namespace

std::string json_report(const std::vector<RunResult>& results) {
  Json all = Json::array();
  for (const RunResult& result : results) all.push_back(result_json(result));
  const Json& shown = results.size() == 1 ? all.front() : all;
  return shown.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace seatrial::report
