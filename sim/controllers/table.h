// The one table of controllers.
#pragma once

#include <span>

#include "sim/cluster/controller_runtime.h"

namespace seatrial::controllers {

// In a fixed order, which is that of their reactions to one change. REQUIRES nothing; lives as long as the
// program.
std::span<const cluster::ControllerRow> controller_rows();

}  // namespace seatrial::controllers
