#include "sim/scenario/conform/recording.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "sim/cluster/node_status.h"
#include "sim/controllers/cronjob_math.h"

namespace seatrial::scenario {

using nlohmann::json;

namespace {

api::Quantity quantity(const json& value) {
  return api::Quantity::parse(value.is_string() ? value.get<std::string>() : value.dump())
      .value_or(api::Quantity());
}

}  // namespace

std::vector<api::Taint> taints_of(const json& row) {
  std::vector<api::Taint> taints;
  for (const json& taint : row.value("taints", json::array())) {
    taints.push_back({taint.at("key").get<std::string>(), taint.value("value", ""),
                      taint.at("effect").get<std::string>()});
  }
  return taints;
}

std::shared_ptr<api::Node> node_of(const json& row) {
  auto node = std::make_shared<api::Node>();
  const auto name = row.at("name").get<std::string>();
  node->metadata.name = name;
  api::LabelMap labels{{"kubernetes.io/hostname", name}, {"topology.kubernetes.io/region", "eu-west-2"}};
  if (row.contains("zone")) labels.set("topology.kubernetes.io/zone", row["zone"].get<std::string>());
  if (row.contains("labels")) {
    for (const auto& [key, value] : row["labels"].items()) labels.set(key, value.get<std::string>());
  }
  node->metadata.labels = labels;
  for (const auto* resource : {"cpu", "memory", "pods"}) {
    if (row.contains(resource)) node->allocatable[resource] = quantity(row[resource]);
  }
  node->capacity = node->allocatable;
  node->taints = taints_of(row);
  node->conditions = cluster::healthy_conditions({});
  return node;
}

namespace {

// "namespace with enforce=restricted and warn=baseline", as labels.
api::LabelMap pod_security_labels(const std::string& what) {
  api::LabelMap labels;
  for (const std::string mode : {"enforce", "audit", "warn"}) {
    for (const std::string& key : {mode, mode + "-version"}) {
      const std::size_t at = what.find(key + "=");
      if (at == std::string::npos) continue;
      const std::size_t begin = at + key.size() + 1, end = what.find_first_of(" ,;:)", begin);
      labels.set("pod-security.kubernetes.io/" + key, what.substr(begin, end - begin));
    }
  }
  return labels;
}

bool has_node_selector(const json& flags) {
  return std::ranges::any_of(
      flags, [](const json& flag) { return flag.get<std::string>().contains("PodNodeSelector on"); });
}

// What makes a CronJob start a Job besides its clock: an action on it, and the end of the Job before.
std::vector<Duration> other_reasons(const json& document) {
  std::vector<Duration> times;
  for (const json& action : document.at("input"))
    times.push_back(Duration::millis(action.at("at_ms").get<std::int64_t>()));
  for (const json& line : document.at("timeline")) {
    const std::string type = line.at("kind") == "Condition" ? line.value("type", "") : "";
    if (type == "Complete" || type == "Failed")
      times.push_back(Duration::millis(line.at("t_ms").get<std::int64_t>()));
  }
  return times;
}

// A schedule's times are whole minutes, and the controller wakes kScheduleDelta after them: the first Job
// that a CronJob made for no other reason shows when a minute began.
Duration into_minute(const json& document) {
  const Duration minute = Duration::seconds(60), soon = Duration::seconds(1);
  const std::vector<Duration> others = other_reasons(document);
  std::set<std::string> known;
  for (const json& line : document.at("timeline")) {
    const std::string name = line.value("name", "");
    if (line.at("kind") != "Job" || !name.contains('/') || !known.insert(name).second) continue;
    const Duration at = Duration::millis(line.at("t_ms").get<std::int64_t>());
    const auto explains = [&](Duration other) { return at >= other && at < other + soon; };
    if (std::ranges::any_of(others, explains)) continue;
    return minute - (at - controllers::kScheduleDelta) % minute;
  }
  return {};
}

}  // namespace

Duration period_of(const Recording& recording) {
  Duration period;
  if (recording.topic == "hpa") period = Duration::seconds(15);
  for (const Recording::Action& action : recording.input) {
    const auto verb = action.what.at("do").get<std::string>();
    if (verb == "stop-heartbeat") period = std::max(period, Duration::seconds(15));
    if (verb == "delete-node") period = std::max(period, Duration::seconds(20));
  }
  return period;
}

bool is_kubelet_recording(const json& document) { return document.contains("actions_log"); }

std::expected<Recording, std::string> load_recording(const std::filesystem::path& file) try {
  std::ifstream in(file);
  if (!in) return std::unexpected(file.string() + ": cannot be read");
  const json document = json::parse(in);
  Recording recording;
  recording.name = document.at("name").get<std::string>();
  recording.topic = document.at("topic").get<std::string>();
  for (const json& row : document.at("nodes")) {
    recording.nodes.push_back(node_of(row));
    recording.zone_of_node.emplace_back(row.at("name").get<std::string>(), row.value("zone", ""));
  }
  const json& kubelet = document.at("kubelet");
  recording.start = Duration::millis(kubelet.at("start_ms").get<std::int64_t>());
  recording.ready = Duration::millis(kubelet.at("ready_ms").get<std::int64_t>());
  recording.term = Duration::millis(kubelet.at("term_ms").get<std::int64_t>());
  for (const json& action : document.at("input")) {
    recording.input.push_back(
        {SimTime::at(Duration::millis(action.at("at_ms").get<std::int64_t>())), action});
  }
  recording.summary = document.at("summary");
  recording.varied = document.at("varied");
  recording.stable = document.at("stable").get<std::vector<std::string>>();
  recording.namespace_labels = pod_security_labels(document.value("what", ""));
  recording.selects_nodes = has_node_selector(document.value("flags", json::array()));
  const json& timeline = document.at("timeline");
  if (!timeline.empty()) recording.length = Duration::millis(timeline.back().at("t_ms").get<std::int64_t>());
  recording.into_minute = into_minute(document);
  return recording;
} catch (const std::exception& error) {
  return std::unexpected(file.string() + ": " + error.what());
}

}  // namespace seatrial::scenario
