// A finished world as a RunResult: judged, explained, and copied into plain values.
#include <algorithm>
#include <map>

#include "sim/api/kinds.h"
#include "sim/checks/evidence.h"
#include "sim/checks/findings/finding.h"
#include "sim/scenario/causes.h"
#include "sim/scenario/run.h"

namespace seatrial::scenario {
namespace {

using checks::Evidence;
using checks::PodLife;

report::Latency latency_of(const traffic::Histogram& histogram) {
  return {histogram.count(),
          histogram.mean(),
          histogram.quantile(500'000),
          histogram.quantile(900'000),
          histogram.quantile(990'000),
          histogram.quantile(999'000),
          histogram.max()};
}

report::Requests requests_of(const Load& load, traffic::LoadIndex index, const traffic::Traffic& traffic) {
  const traffic::Accounts& accounts = traffic.accounts();
  const traffic::LoadTotals totals = accounts.totals(index);
  report::Requests row{load.name.str(),    load.to.url,     totals.sent, totals.ok(), totals.failed(),
                       totals.in_flight(), totals.attempts, {},          {},          {}};
  for (std::size_t i = 0; i < totals.outcomes.size(); ++i) {
    if (totals.outcomes[i] > 0)
      row.outcomes.emplace_back(to_string(static_cast<traffic::Outcome>(i)), totals.outcomes[i]);
  }
  row.latency = latency_of(accounts.latency(index));
  for (std::size_t v = 0; v < accounts.version_count(); ++v) {
    const auto version = static_cast<traffic::VersionIndex>(v);
    const traffic::Cell& cell = accounts.cell(index, version);
    std::uint64_t failed = 0;
    for (const std::uint64_t count : cell.failed) failed += count;
    if (cell.latency.count() + failed == 0) continue;
    row.versions.push_back(
        {traffic.version_name(version).str(), cell.latency.count(), failed, latency_of(cell.latency)});
  }
  return row;
}

std::vector<report::QueueRow> queue_rows(const traffic::Queues& queues) {
  std::vector<report::QueueRow> rows;
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const auto index = static_cast<traffic::QueueIndex>(i);
    const traffic::QueueTotals& totals = queues.totals(index);
    rows.push_back({queues.config(index).name.str(), totals.sent, totals.done, totals.redeliveries.size(),
                    totals.repeated, totals.dead_lettered, totals.waiting, latency_of(totals.age)});
  }
  return rows;
}

std::vector<report::ConnectionTable> connection_tables(const traffic::Traffic& traffic) {
  std::vector<report::ConnectionTable> rows;
  const auto add = [&](std::string name, const network::FlowTable& table) {
    rows.push_back({std::move(name), static_cast<std::uint64_t>(table.limit()),
                    static_cast<std::uint64_t>(table.peak()), table.opened(), table.refused(),
                    table.peak_at()});
  };
  for (const traffic::NatGateway& gateway : traffic.nat_gateways())
    for (const auto& [destination, to] : gateway.destinations)
      add("NAT gateway " + gateway.config.name.str() + " to " + to.name, to.ports.flows);
  if (const traffic::Conntrack* const conntrack = traffic.conntrack())
    for (const traffic::Conntrack::Node& node : conntrack->nodes)
      add("conntrack of " + node.name.str(), node.table.flows);
  return rows;
}

report::LoadSeries series_of(const Load& load, traffic::LoadIndex index, const traffic::Traffic& traffic) {
  const traffic::Accounts& accounts = traffic.accounts();
  report::LoadSeries series{load.name.str(), {}};
  const std::vector<std::uint32_t> sent = accounts.sent_seconds(index);
  std::vector<traffic::SecondLatency> latency(sent.size());
  for (std::size_t s = 0; s < sent.size(); ++s)
    series.seconds.push_back({static_cast<std::int64_t>(s), sent[s], 0, 0, {}, {}});
  for (std::size_t v = 0; v < accounts.version_count(); ++v) {
    const auto version = static_cast<traffic::VersionIndex>(v);
    const auto seconds = accounts.seconds(index, version);
    const auto latencies = accounts.latency_seconds(index, version);
    for (std::size_t s = 0; s < std::min(seconds.size(), sent.size()); ++s) {
      series.seconds[s].ok += seconds[s].ok;
      series.seconds[s].failed += seconds[s].failed;
    }
    for (std::size_t s = 0; s < std::min(latencies.size(), sent.size()); ++s) latency[s].merge(latencies[s]);
  }
  for (std::size_t s = 0; s < sent.size(); ++s) {
    series.seconds[s].p50 = latency[s].quantile(500'000);
    series.seconds[s].p99 = latency[s].quantile(990'000);
  }
  return series;
}

std::string phase_of(const api::Pod& pod) {
  if (pod.metadata.deletion_timestamp) return "Terminating";
  for (const api::ContainerStatus& status : pod.status.container_statuses) {
    const auto* const waiting = std::get_if<api::ContainerStateWaiting>(&status.state);
    if (waiting && !waiting->reason.empty()) return waiting->reason.str();
    const auto* const ended = std::get_if<api::ContainerStateTerminated>(&status.state);
    if (ended && !ended->reason.empty()) return ended->reason.str();
  }
  return std::string(to_string(pod.status.phase));
}

std::vector<report::PodRow> pod_rows(const Evidence& evidence) {
  std::vector<report::PodRow> rows;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod) continue;
    const api::Pod& pod = *life.pod;
    report::PodRow row;
    row.namespace_ = pod.metadata.namespace_.str();
    row.name = pod.metadata.name.str();
    row.workload = life.workload.kind == api::Kind::kPod ? "" : life.workload.str();
    row.version = life.version;
    row.node = pod.node_name.str();
    if (const auto* const node = evidence.store.find<api::Node>({}, pod.node_name)) {
      row.zone = node->metadata.labels->get("topology.kubernetes.io/zone");
    }
    row.created = life.created;
    row.scheduled = life.bound;
    row.started = life.started;
    row.listening = life.listening;
    row.ready = life.ready;
    row.deleted = life.deletion;
    row.sigterm = life.sigterm;
    row.stopped_accepting = life.stopped_accepting;
    row.exited = life.exited;
    row.gone = life.gone;
    for (const api::ContainerStatus& status : pod.status.container_statuses)
      row.restarts += status.restart_count;
    row.last_phase = phase_of(pod);
    for (const JournalId id : life.troubles) {
      const JournalRecord& record = evidence.kernel.journal().record(id);
      row.troubles.emplace_back(record.at, evidence.kernel.journal().text(record.text));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// Counts by workload and version, changed pod by pod in the order of the commits.
std::vector<report::ReplicaSeries> replicas_of(const Evidence& evidence) {
  struct State {
    bool there = false, ready = false, leaving = false;
  };
  std::vector<report::ReplicaSeries> all;
  std::map<std::tuple<api::Symbol, api::Symbol, std::string>, std::size_t> index;
  std::vector<std::pair<std::size_t, std::size_t>> order;  // the first series of each one's workload, itself
  std::map<std::pair<api::Symbol, api::Symbol>, std::size_t> firsts;
  std::vector<State> states(evidence.pods.size());
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kPod) continue;
    const auto& pod = static_cast<const api::Pod&>(*change.object);
    const PodLife& life = evidence.pods[pod.index];
    if (life.workload.kind == api::Kind::kPod) continue;
    const auto [at, added] =
        index.try_emplace({life.workload.namespace_, life.workload.name, life.version}, all.size());
    if (added) {
      const auto first = firsts.try_emplace({life.workload.namespace_, life.workload.name}, all.size()).first;
      order.emplace_back(first->second, all.size());
      all.push_back({life.workload.name.str(), life.version, {}});
    }
    const bool exists = change.type != cluster::ChangeType::kDeleted && !api::is_pod_terminal(pod);
    const bool leaving = exists && pod.metadata.deletion_timestamp.has_value();
    const State now{exists && !leaving, exists && !leaving && api::is_pod_ready(pod), leaving};
    State& before = states[pod.index];
    if (now.there == before.there && now.ready == before.ready && now.leaving == before.leaving) continue;
    std::vector<report::ReplicaPoint>& points = all[at->second].points;
    report::ReplicaPoint point = points.empty() ? report::ReplicaPoint() : points.back();
    point.at = evidence.time_of(change);
    point.replicas += int{now.there} - int{before.there};
    point.ready += int{now.ready} - int{before.ready};
    point.terminating += int{now.leaving} - int{before.leaving};
    if (!points.empty() && points.back().at == point.at)
      points.back() = point;
    else
      points.push_back(point);
    before = now;
  }
  std::ranges::sort(order);
  std::vector<report::ReplicaSeries> grouped;
  for (const auto& [first, at] : order) grouped.push_back(std::move(all[at]));
  return grouped;
}

std::vector<report::EventRow> events_of(const Evidence& evidence) {
  std::map<std::uint32_t, std::pair<report::EventRow, std::uint64_t>> by_index;  // row, order of first sight
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kEvent || change.type == cluster::ChangeType::kDeleted) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*change.object);
    std::string kind = event.involved_kind.str();
    for (char& c : kind) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    auto& [row, order] = by_index[event.index];
    if (row.reason.empty()) order = by_index.size();
    row = {event.first_timestamp,
           event.last_timestamp,
           event.count,
           event.metadata.namespace_.str(),
           event.type.str(),
           event.reason.str(),
           kind + "/" + event.involved_name.str(),
           event.message};
  }
  std::vector<report::EventRow> rows;
  for (auto& [index, entry] : by_index) rows.push_back(std::move(entry.first));
  std::ranges::stable_sort(rows, {}, &report::EventRow::first);
  return rows;
}

report::FilePosition position_of(const api::SourcePosition& where) {
  return {where.file.str(), where.line, where.column};
}

void add_verdict(const World& world, const Evidence& evidence, report::RunResult& result) {
  result.pass = true;
  for (const checks::Expectation& expectation : world.scenario().expect) {
    const checks::Judged judged = checks::judge(expectation, evidence);
    result.pass &= judged.held;
    result.expectations.push_back(
        {expectation.text, judged.held, judged.seen, position_of(expectation.source)});
  }
  for (const checks::Finding& finding : checks::look_for_findings(evidence)) {
    result.findings.push_back({std::string(finding.rule), static_cast<report::Severity>(finding.severity),
                               finding.object.name.empty() ? "" : finding.object.str(), finding.what,
                               finding.chain, finding.change, position_of(finding.manifest),
                               finding.requests});
  }
  checks::Invariants invariants = world.invariants();
  invariants.finish(evidence.kernel, evidence.store, evidence.traffic);
  for (const checks::Violation& violation : invariants.violations()) {
    result.violations.push_back({violation.at, std::string(violation.rule), violation.what});
  }
  result.pass &= result.violations.empty();
}

// The first failures of each outcome and load.
std::vector<report::ExplainedRequest> failures_of(const Evidence& evidence) {
  constexpr std::size_t kEach = 20;
  std::map<std::pair<traffic::LoadIndex, traffic::Outcome>, std::size_t> kept;
  std::vector<report::ExplainedRequest> rows;
  const Causes causes(evidence);
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (kept[{failure.load, failure.outcome}]++ < kEach) rows.push_back(causes.explained(failure));
  }
  std::ranges::stable_sort(rows, {}, &report::ExplainedRequest::id);
  return rows;
}

// When the last pod that was there at time 0 had become Ready, counted from the start of the clock.
Duration settling(const Evidence& evidence, Duration settle) {
  SimTime last = SimTime::at(-settle);
  for (const PodLife& life : evidence.pods) {
    if (life.ready && *life.ready < SimTime()) last = std::max(last, *life.ready);
  }
  return last - SimTime::at(-settle);
}

}  // namespace

RunResult collect(const World& world) {
  const SimulatedCluster& cluster = world.cluster();
  const Scenario& scenario = world.scenario();
  const Evidence evidence(cluster.kernel(), cluster.store(), cluster.traffic(), world.recorder().history(),
                          cluster.api().denials());
  RunResult result;
  result.scenario = scenario.name.str();
  result.variant = scenario.variant.str();
  result.description = scenario.description;
  result.platform = scenario.platform.name.str();
  result.seed = cluster.kernel().seed();
  result.fingerprint = cluster.kernel().fingerprint().hex();
  result.end = cluster.kernel().now();
  result.simulated = result.end.since_start();
  result.settled = settling(evidence, scenario.settle);
  result.events_fired = cluster.kernel().events_fired();
  for (std::size_t i = 0; i < cluster.traffic().load_count(); ++i) {
    const auto index = static_cast<traffic::LoadIndex>(i);
    if (scenario.load[i].queries) {
      result.dns = requests_of(scenario.load[i], index, cluster.traffic());
      continue;
    }
    result.requests.push_back(requests_of(scenario.load[i], index, cluster.traffic()));
    result.series.push_back(series_of(scenario.load[i], index, cluster.traffic()));
  }
  result.queues = queue_rows(cluster.traffic().queues());
  result.connection_tables = connection_tables(cluster.traffic());
  result.failures = failures_of(evidence);
  result.replicas = replicas_of(evidence);
  result.pods = pod_rows(evidence);
  result.events = events_of(evidence);
  result.timeline = timeline_of(evidence);
  result.not_simulated = scenario.not_simulated;
  add_verdict(world, evidence, result);
  return result;
}

}  // namespace seatrial::scenario
