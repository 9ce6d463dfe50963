// A scenario in memory, played to its end.
#pragma once

#include <memory>
#include <stdexcept>

#include "sim/scenario/load.h"
#include "sim/scenario/run.h"

namespace seatrial::scenario::tests {

// That of the folder s. Throws std::logic_error with the first problem if it cannot be loaded or run.
inline report::RunResult played(const MemoryFiles& files) {
  auto loaded = load_scenario("s", files);
  if (!loaded) throw std::logic_error(loaded.error().front().str());
  auto result = run(std::make_shared<const Scenario>(std::move(*loaded)), {});
  if (!result) throw std::logic_error(result.error().front().str());
  return std::move(*result);
}

}  // namespace seatrial::scenario::tests
