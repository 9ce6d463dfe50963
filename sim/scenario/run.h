// From a Scenario to a RunResult: what the command, the Python package and the tests call.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "sim/api/problem.h"
#include "sim/scenario/result.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/world.h"

namespace seatrial::scenario {

struct RunOptions {
  std::optional<std::uint64_t> seed;  // else the scenario's
  std::optional<SimTime> until;       // else the scenario's duration
  std::uint64_t log_every = 0;        // every n-th request is kept whole; 0: none
  std::string explained_pod;          // the scheduler's last decision about pods of that name is kept
  // Told now and then how far the run is; false stops it there. Never affects what is simulated.
  std::function<bool(SimTime now)> progress;
};

// A world brought to the end, or to where `progress` stopped it.
std::expected<World, api::Problems> play(std::shared_ptr<const Scenario> scenario, const RunOptions& options);
std::expected<RunResult, api::Problems> run(std::shared_ptr<const Scenario> scenario,
                                            const RunOptions& options);

// What a world tells at this instant. `wall` stays empty.
RunResult collect(const World& world);

}  // namespace seatrial::scenario
