// The whole cluster's matrix by classes, and why its cells are as they are.
#pragma once

#include "sim/report/reach.h"
#include "sim/scenario/reach/state.h"

namespace seatrial::scenario {

// As the network policies have it, whether anybody listens or not.
report::ReachMatrix reach_matrix(const ReachState& state);

// Says of changes why they are, from the states of the two sides; either may be missing.
void explain_changes(std::vector<report::ReachChange>& changes, const ReachState* before,
                     const ReachState* after);

}  // namespace seatrial::scenario
