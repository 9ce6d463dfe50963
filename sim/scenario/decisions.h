// The scheduler's last decision about a pod, in words. There is one where RunOptions::explained_pod named it.
#pragma once

#include <optional>
#include <string_view>

#include "sim/report/scheduling_text.h"
#include "sim/scenario/world.h"

namespace seatrial::scenario {

std::optional<report::Scheduling> scheduling_of(const World& world, std::string_view namespace_,
                                                std::string_view pod);

}  // namespace seatrial::scenario
