// The Node objects that a platform's node groups start with: zones dealt in turn, well-known labels set.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/scenario/platform.h"

namespace seatrial::scenario {

// `default-3`: the group's name and a number from 1 on.
std::string node_name(const NodeGroup& group, std::int32_t index);
// In the order of the groups; Ready, without leases.
std::vector<std::shared_ptr<api::Node>> make_nodes(const Platform& platform);

}  // namespace seatrial::scenario
