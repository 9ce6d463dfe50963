// Judging what is not about objects. Internal to sim/checks; everybody else calls judge().
#pragma once

#include "sim/checks/evidence.h"

namespace seatrial::checks {

Judged judge_one(const NodesExpectation& what, const Evidence& evidence);
Judged judge_one(const QueueExpectation& what, const Evidence& evidence);
Judged judge_one(const CommandExpectation& what, const Evidence& evidence);

}  // namespace seatrial::checks
