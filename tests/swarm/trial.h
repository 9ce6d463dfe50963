// Runs a case and says which rule it broke, if any.
//   loads        the text is a scenario without problems
//   check …      no CHECK fails (FILE:LINE of the one that does)
//   replay       a copy taken at an instant drawn from the seed ends with the same fingerprint
//   no-orphans   at the end, whoever names a controller has one that exists
//   … and those of sim/checks/invariants.h, by their names
#pragma once

#include <functional>
#include <optional>

#include "sim/scenario/world.h"
#include "tests/swarm/case.h"

namespace seatrial::swarm {

struct Failure {
  std::string rule, what;
};

// A further rule, over the end of a run: a text says that it is broken.
using EndRule = std::function<std::optional<std::string>(const scenario::World&)>;

std::optional<Failure> try_case(const Case& tried, const EndRule& further = {});

}  // namespace seatrial::swarm
