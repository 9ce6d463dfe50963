// Times as the API writes them: RFC 3339 in UTC, 2026-01-05T00:00:00Z.
//
// Simulated time 0 is Monday, 5 January 2026, 00:00:00 UTC; CronJobs start by it (wall_clock.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/engine/time.h"

namespace seatrial::api {

std::string time_text(SimTime time);        // whole seconds
std::string micro_time_text(SimTime time);  // six decimals, as a Lease has
std::optional<SimTime> parse_time(std::string_view text);

}  // namespace seatrial::api
