// A case from a seed. Each seed first draws which features it has at all (swarm testing, Groce et al. 2012):
// cases that lack a feature reach states that cases with everything never see.
#pragma once

#include "tests/swarm/case.h"

namespace seatrial::swarm {

Case draw_case(std::uint64_t seed);

}  // namespace seatrial::swarm
