// The smallest case that fails in the same way: delta debugging (Zeller and Hildebrandt 2002) over objects
// and timeline entries, then single optional parts, then numbers. What remains cannot lose any one of them.
#pragma once

#include <functional>

#include "tests/swarm/case.h"

namespace seatrial::swarm {

// REQUIRES: fails(failing).
Case shrink(Case failing, const std::function<bool(const Case&)>& fails);

}  // namespace seatrial::swarm
