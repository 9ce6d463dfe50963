// What a run left behind, column by column.
#include <pybind11/stl.h>

#include <limits>
#include <set>

#include "bindings/columns.h"
#include "bindings/run.h"

namespace seatrial::bindings {

double seconds(const std::optional<SimTime>& at) {
  return at ? at->to_seconds() : std::numeric_limits<double>::quiet_NaN();
}

namespace {

// One column of numbers, one for each row.
template <class T, class Rows, class Value>
py::array numbers(const Rows& rows, Value&& value) {
  std::vector<T> column;
  column.reserve(rows.size());
  for (const auto& row : rows) column.push_back(static_cast<T>(value(row)));
  return owning(std::move(column));
}

template <class Rows, class Value>
py::tuple texts(const Rows& rows, Value&& value) {
  Texts column;
  for (const auto& row : rows) column.add(value(row));
  return column.take();
}

// Distinct names of all pods by the store's index, as the request log counts them: namespace/name.
std::vector<std::string> pod_names(const scenario::World& world) {
  std::vector<std::string> names(world.cluster().store().next_index(api::Kind::kPod));
  for (const cluster::WatchEvent& change : world.recorder().history()) {
    const api::Object& object = *change.object;
    if (object.kind != api::Kind::kPod || !names[object.index].empty()) continue;
    names[object.index] = object.metadata.namespace_.str() + "/" + object.metadata.name.str();
  }
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!seen.insert(names[i]).second) names[i] += "#" + std::to_string(i);
  }
  return names;
}

// The codes of a log's column, whose bits are those of unsigned numbers: all ones is "none", which is -1.
py::array as_signed(const py::array& codes, const char* type) {
  return codes.attr("view")(type).cast<py::array>();
}

}  // namespace

py::dict request_columns(const std::shared_ptr<Run>& run) {
  const traffic::Traffic& traffic = run->world->cluster().traffic();
  const traffic::RequestLog& log = traffic.accounts().log();
  const py::object owner = py::cast(run);
  std::vector<std::string> loads, versions, outcomes;
  for (std::size_t i = 0; i < traffic.load_count(); ++i)
    loads.push_back(traffic.load(static_cast<traffic::LoadIndex>(i)).name.str());
  for (std::size_t i = 0; i < traffic.accounts().version_count(); ++i) {
    versions.push_back(traffic.version_name(static_cast<traffic::VersionIndex>(i)).str());
  }
  for (int i = 0; i < traffic::kOutcomeCount; ++i)
    outcomes.emplace_back(to_string(static_cast<traffic::Outcome>(i)));
  py::dict columns;
  columns["id"] = borrowed(log.id, owner);
  columns["sent_ns"] = borrowed(log.sent, owner);
  columns["latency_ns"] = borrowed(log.latency, owner);
  columns["load"] = py::make_tuple(as_signed(borrowed(log.load, owner), "int16"), loads);
  columns["version"] = py::make_tuple(as_signed(borrowed(log.version, owner), "int16"), versions);
  columns["pod"] = py::make_tuple(as_signed(borrowed(log.pod, owner), "int32"), pod_names(*run->world));
  columns["outcome"] = py::make_tuple(as_signed(borrowed(log.outcome, owner), "int8"), outcomes);
  columns["attempts"] = borrowed(log.attempts, owner);
  columns["tries"] = borrowed(log.tries, owner);
  return columns;
}

py::dict pod_columns(const Run& run) {
  using report::PodRow;
  const auto& rows = run.result.pods;
  py::dict columns;
  columns["namespace"] = texts(rows, [](const PodRow& r) { return r.namespace_; });
  columns["name"] = texts(rows, [](const PodRow& r) { return r.name; });
  columns["workload"] = texts(rows, [](const PodRow& r) { return r.workload; });
  columns["version"] = texts(rows, [](const PodRow& r) { return r.version; });
  columns["node"] = texts(rows, [](const PodRow& r) { return r.node; });
  columns["zone"] = texts(rows, [](const PodRow& r) { return r.zone; });
  using Instant = std::optional<SimTime> PodRow::*;
  const std::pair<const char*, Instant> instants[] = {
      {"created", &PodRow::created}, {"scheduled", &PodRow::scheduled},
      {"started", &PodRow::started}, {"listening", &PodRow::listening},
      {"ready", &PodRow::ready},     {"deleted", &PodRow::deleted},
      {"sigterm", &PodRow::sigterm}, {"stopped_accepting", &PodRow::stopped_accepting},
      {"exited", &PodRow::exited},   {"gone", &PodRow::gone}};
  for (const auto& [name, member] : instants) {
    columns[name] = numbers<double>(rows, [member = member](const PodRow& r) { return seconds(r.*member); });
  }
  columns["restarts"] = numbers<std::int32_t>(rows, [](const PodRow& r) { return r.restarts; });
  columns["phase"] = texts(rows, [](const PodRow& r) { return r.last_phase; });
  return columns;
}

py::dict replica_columns(const Run& run) {
  struct Row {
    const report::ReplicaSeries* series;
    const report::ReplicaPoint* point;
  };
  std::vector<Row> rows;
  for (const report::ReplicaSeries& series : run.result.replicas) {
    for (const report::ReplicaPoint& point : series.points) rows.push_back({&series, &point});
  }
  py::dict columns;
  columns["at"] = numbers<double>(rows, [](const Row& r) { return seconds(r.point->at); });
  columns["workload"] = texts(rows, [](const Row& r) { return r.series->workload; });
  columns["version"] = texts(rows, [](const Row& r) { return r.series->version; });
  columns["replicas"] = numbers<std::int32_t>(rows, [](const Row& r) { return r.point->replicas; });
  columns["ready"] = numbers<std::int32_t>(rows, [](const Row& r) { return r.point->ready; });
  columns["terminating"] = numbers<std::int32_t>(rows, [](const Row& r) { return r.point->terminating; });
  return columns;
}

py::dict event_columns(const Run& run) {
  using report::EventRow;
  const auto& rows = run.result.events;
  py::dict columns;
  columns["first"] = numbers<double>(rows, [](const EventRow& r) { return seconds(r.first); });
  columns["last"] = numbers<double>(rows, [](const EventRow& r) { return seconds(r.last); });
  columns["count"] = numbers<std::int32_t>(rows, [](const EventRow& r) { return r.count; });
  columns["namespace"] = texts(rows, [](const EventRow& r) { return r.namespace_; });
  columns["type"] = texts(rows, [](const EventRow& r) { return r.type; });
  columns["reason"] = texts(rows, [](const EventRow& r) { return r.reason; });
  columns["object"] = texts(rows, [](const EventRow& r) { return r.object; });
  columns["message"] = texts(rows, [](const EventRow& r) { return r.message; });
  return columns;
}

py::dict second_columns(const Run& run) {
  struct Row {
    const std::string* load;
    const report::SecondRow* second;
  };
  std::vector<Row> rows;
  for (const report::LoadSeries& series : run.result.series) {
    for (const report::SecondRow& second : series.seconds) rows.push_back({&series.load, &second});
  }
  py::dict columns;
  columns["second"] = numbers<std::int64_t>(rows, [](const Row& r) { return r.second->second; });
  columns["load"] = texts(rows, [](const Row& r) { return *r.load; });
  columns["sent"] = numbers<std::uint64_t>(rows, [](const Row& r) { return r.second->sent; });
  columns["ok"] = numbers<std::uint64_t>(rows, [](const Row& r) { return r.second->ok; });
  columns["failed"] = numbers<std::uint64_t>(rows, [](const Row& r) { return r.second->failed; });
  columns["p50"] = numbers<double>(rows, [](const Row& r) { return r.second->p50.to_seconds(); });
  columns["p99"] = numbers<double>(rows, [](const Row& r) { return r.second->p99.to_seconds(); });
  return columns;
}

py::dict latency_columns(const Run& run) {
  struct Row {
    std::string load, version;
    traffic::Histogram::Bucket bucket;
  };
  const traffic::Traffic& traffic = run.world->cluster().traffic();
  std::vector<Row> rows;
  for (std::size_t l = 0; l < traffic.load_count(); ++l) {
    const auto load = static_cast<traffic::LoadIndex>(l);
    for (std::size_t v = 0; v < traffic.accounts().version_count(); ++v) {
      const auto version = static_cast<traffic::VersionIndex>(v);
      for (const auto& bucket : traffic.accounts().cell(load, version).latency.buckets()) {
        rows.push_back({traffic.load(load).name.str(), traffic.version_name(version).str(), bucket});
      }
    }
  }
  py::dict columns;
  columns["load"] = texts(rows, [](const Row& r) { return r.load; });
  columns["version"] = texts(rows, [](const Row& r) { return r.version; });
  columns["lowest"] = numbers<double>(rows, [](const Row& r) { return r.bucket.lowest.to_seconds(); });
  columns["highest"] = numbers<double>(rows, [](const Row& r) { return r.bucket.highest.to_seconds(); });
  columns["count"] = numbers<std::uint64_t>(rows, [](const Row& r) { return r.bucket.count; });
  return columns;
}

py::dict outcome_columns(const Run& run) {
  struct Row {
    const std::string *load, *outcome;
    std::uint64_t requests;
  };
  std::vector<Row> rows;
  for (const report::Requests& load : run.result.requests) {
    for (const auto& [outcome, count] : load.outcomes) rows.push_back({&load.load, &outcome, count});
  }
  py::dict columns;
  columns["load"] = texts(rows, [](const Row& r) { return *r.load; });
  columns["outcome"] = texts(rows, [](const Row& r) { return *r.outcome; });
  columns["requests"] = numbers<std::uint64_t>(rows, [](const Row& r) { return r.requests; });
  return columns;
}

py::dict timeline_columns(const Run& run) {
  using report::TimelineRow;
  const auto& rows = run.result.timeline;
  py::dict columns;
  columns["at"] = numbers<double>(rows, [](const TimelineRow& r) { return seconds(r.at); });
  columns["object"] = texts(rows, [](const TimelineRow& r) { return r.object; });
  columns["what"] = texts(rows, [](const TimelineRow& r) { return r.what; });
  columns["by_user"] =
      numbers<std::uint8_t>(rows, [](const TimelineRow& r) { return r.by_user; }).attr("view")("bool");
  return columns;
}

py::dict finding_columns(const Run& run) {
  using report::Finding;
  const auto& rows = run.result.findings;
  py::dict columns;
  columns["rule"] = texts(rows, [](const Finding& r) { return r.rule; });
  columns["severity"] = texts(rows, [](const Finding& r) { return std::string(to_string(r.severity)); });
  columns["object"] = texts(rows, [](const Finding& r) { return r.object; });
  columns["what"] = texts(rows, [](const Finding& r) { return r.what; });
  columns["change"] = texts(rows, [](const Finding& r) { return r.change; });
  columns["where"] = texts(rows, [](const Finding& r) { return r.manifest.str(); });
  columns["requests"] = numbers<std::uint64_t>(rows, [](const Finding& r) { return r.requests; });
  return columns;
}

py::dict expectation_columns(const Run& run) {
  using report::Expectation;
  const auto& rows = run.result.expectations;
  py::dict columns;
  columns["text"] = texts(rows, [](const Expectation& r) { return r.text; });
  columns["held"] =
      numbers<std::uint8_t>(rows, [](const Expectation& r) { return r.held; }).attr("view")("bool");
  columns["seen"] = texts(rows, [](const Expectation& r) { return r.seen; });
  columns["where"] = texts(rows, [](const Expectation& r) { return r.source.str(); });
  return columns;
}

}  // namespace seatrial::bindings
