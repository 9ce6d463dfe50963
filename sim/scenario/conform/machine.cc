#include "sim/scenario/conform/machine.h"

namespace seatrial::scenario {

cluster::ControlPlaneTimings timings_on(Machine machine) {
  cluster::ControlPlaneTimings timings;
  if (machine == Machine::kQuiet || machine == Machine::kOrdered) return timings;
  const std::int64_t busy = machine == Machine::kShared ? 4 : 12;
  timings.api_service = Distribution::lognormal(Duration::millis(busy), Duration::millis(5 * busy));
  timings.watch_delivery = Distribution::lognormal(Duration::micros(400 * busy), Duration::millis(3 * busy));
  timings.controller_reaction =
      Distribution::lognormal(Duration::micros(400 * busy), Duration::millis(3 * busy));
  return timings;
}

scheduler::SchedulerConfig scheduler_on(Machine machine) {
  scheduler::SchedulerConfig config;
  if (machine == Machine::kOrdered) config.search.ties = scheduler::TieBreak::kPreorder;
  return config;
}

}  // namespace seatrial::scenario
