// What the network policies say of the objects of a store: the compiled evaluator, kept up with them.
#pragma once

#include "sim/cluster/store.h"
#include "sim/cluster/watch.h"
#include "sim/network/policy/compiled.h"

namespace seatrial::cluster {

// Whether a change of an object of that kind may change a verdict.
bool concerns_policies(api::Kind kind);
// Takes a change over. Pods that have ended are no peers any more.
network::PolicyChange take_over(network::CompiledPolicies& policies, const WatchEvent& change);
// All that the store has.
network::CompiledPolicies compile_policies(const Store& store, const network::PolicyOptions& options);

}  // namespace seatrial::cluster
