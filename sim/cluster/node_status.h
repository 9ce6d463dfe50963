// What a kubelet says of its node: the conditions of its status. Source: pkg/kubelet/nodestatus/setters.go.
#pragma once

#include <string_view>
#include <vector>

#include "sim/api/core.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

struct NodeHealth {
  bool memory_pressure = false, shutting_down = false;
};
std::vector<api::Condition> conditions_of(const NodeHealth& health, SimTime now);
inline std::vector<api::Condition> healthy_conditions(SimTime now) { return conditions_of({}, now); }
// Sets those conditions that differ, whoever has made them so, and answers the reasons of the events about
// it: NodeHasInsufficientMemory, NodeNotReady, ….
std::vector<std::string_view> report_conditions(api::Node& node, const NodeHealth& health, SimTime now);

}  // namespace seatrial::cluster
