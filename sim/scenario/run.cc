#include "sim/scenario/run.h"

#include <algorithm>

namespace seatrial::scenario {

std::expected<World, api::Problems> play(std::shared_ptr<const Scenario> scenario,
                                         const RunOptions& options) {
  const std::uint64_t seed = options.seed.value_or(scenario->seed);
  const SimTime end = options.until.value_or(SimTime::at(scenario->duration));
  auto world = World::create(std::move(scenario), seed, options.log_every, options.explained_pod);
  if (!world) return world;
  constexpr Duration kStep = Duration::seconds(1);
  while (world->cluster().kernel().now() < end) {
    world->run_until(options.progress ? std::min(end, world->cluster().kernel().now() + kStep) : end);
    if (options.progress && !options.progress(world->cluster().kernel().now())) break;
  }
  return world;
}

std::expected<RunResult, api::Problems> run(std::shared_ptr<const Scenario> scenario,
                                            const RunOptions& options) {
  const auto world = play(std::move(scenario), options);
  if (!world) return std::unexpected(world.error());
  return collect(*world);
}

}  // namespace seatrial::scenario
