// What an entry of the timeline does that is not kubectl's: injected faults and how they heal, and metrics
// that do not come from the load.
#pragma once

#include <optional>

#include "sim/scenario/choice.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/simulated_cluster.h"

namespace seatrial::scenario {

bool is_fault(const Action& action);
// After which time it heals; none: never.
std::optional<Duration> duration_of(const Action& action);
// REQUIRES: is_fault(action), and not one of DNS records (external_dns.h).
void begin_fault(SimulatedCluster& cluster, const Action& action, JournalId cause);
void end_fault(SimulatedCluster& cluster, const Action& action, JournalId cause);

}  // namespace seatrial::scenario
