// A golden recording of a real control plane: what was done to which nodes, and what came of it.
// Format: tests/conformance/golden/README.md.
#pragma once

#include <expected>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/engine/time.h"

namespace seatrial::scenario {

struct Recording {
  struct Action {
    SimTime at;
    nlohmann::json what;  // {"do": "apply", "object": …}
  };
  std::string name, topic;
  std::vector<std::shared_ptr<api::Node>> nodes;
  std::vector<std::pair<std::string, std::string>> zone_of_node;
  Duration start, ready, term;  // of the hollow kubelet
  std::vector<Action> input;
  api::LabelMap namespace_labels;  // pod-security.kubernetes.io/…; only `what` tells: "enforce=baseline"
  bool selects_nodes = false;      // the admission plugin PodNodeSelector gave each pod pool=NAMESPACE
  nlohmann::json summary, varied;
  std::vector<std::string> stable;
  Duration length;  // of the timeline
  // How far into its minute the clock was at the start, where that shows: CronJobs start Jobs when a minute
  // begins.
  Duration into_minute;
};

// Of the work that decides in a recording, whose phase is free: autoscaler, node monitor with Lease renewal,
// pod garbage collection (golden/README.md, "How to compare").
Duration period_of(const Recording& recording);

// Of a row of `nodes`, and of an action that adds a node or taints some.
std::shared_ptr<api::Node> node_of(const nlohmann::json& row);
std::vector<api::Taint> taints_of(const nlohmann::json& row);

// The error says what is wrong with the file.
std::expected<Recording, std::string> load_recording(const std::filesystem::path& file);
// True if the file is one of golden/kubelet, which is of another kind.
bool is_kubelet_recording(const nlohmann::json& document);

}  // namespace seatrial::scenario
