// Access control of a set of objects, without a run: what a cluster would decide that has these and nothing
// else.
#pragma once

#include <vector>

#include "sim/api/meta.h"
#include "sim/cluster/store.h"

namespace seatrial::scenario {

// A store with the Roles and bindings among them beside those that every cluster has; of two of one name the
// last counts, as when they are applied. ClusterRoles that aggregate others have done so.
cluster::Store access_store(const std::vector<api::ObjectPtr>& objects);

}  // namespace seatrial::scenario
