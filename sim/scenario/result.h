// `Scenario` goes in, `RunResult` comes out. The struct itself stands in sim/report/, because the writers
// there may not look to the right.
#pragma once

#include "sim/report/result.h"

namespace seatrial::scenario {

using report::RunResult;

}  // namespace seatrial::scenario
