// Which objects of the cluster an entry of the timeline means.
#pragma once

#include <memory>
#include <vector>

#include "sim/cluster/store.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

// The nodes of a choice, in order of name, or the oldest first (of equal ones in order of name).
std::vector<std::shared_ptr<const api::Node>> chosen_nodes(const cluster::Store& store,
                                                           const NodeChoice& choice);
// The selector of a workload's pods; null for what selects none.
const api::LabelSelector* selector_of(const api::Object& object);
// The pods that a workload's selector matches, or the pod itself, in order of name.
std::vector<std::shared_ptr<const api::Pod>> pods_of(const cluster::Store& store, const ObjectName& workload);

}  // namespace seatrial::scenario
