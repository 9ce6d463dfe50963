// The machines on which recordings may have been taken: what is a race on the real one is tried on each.
#pragma once

#include "sim/cluster/timings.h"
#include "sim/scheduler/scheduler.h"

namespace seatrial::scenario {

// How busy the machine was. The rolling traces of 10 and more replicas were recorded on a nearly idle one,
// the others while up to three control planes and other work shared it (reference/observed.md, "Quality of
// the recordings"). kOrdered is a quiet one whose scheduler always finds the nodes in the order of its list,
// and so takes the same of several that are equal (reference §5.6); on others chance decides.
enum class Machine : std::uint8_t { kQuiet, kShared, kCrowded, kOrdered };

cluster::ControlPlaneTimings timings_on(Machine machine);
scheduler::SchedulerConfig scheduler_on(Machine machine);

}  // namespace seatrial::scenario
