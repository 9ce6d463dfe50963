// What a healthy kubelet says of its node. Source: pkg/kubelet/nodestatus/setters.go.
#pragma once

#include <vector>

#include "sim/api/core.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

std::vector<api::Condition> healthy_conditions(SimTime now);
// Puts right what others (the node lifecycle controller) have made of these conditions.
void report_healthy(api::Node& node, SimTime now);

}  // namespace seatrial::cluster
