// Simulated time as people's clocks show it: CronJobs start by it.
//
// Simulated time 0 is Monday, 5 January 2026, 00:00:00 UTC (time_text.h).
#pragma once

#include <cstdint>
#include <string>

#include "sim/engine/time.h"

namespace seatrial::api {

// The instant 1970-01-01T00:00:00Z.
SimTime unix_epoch();
// Whole minutes since then; times before it do not occur.
std::int64_t unix_minutes(SimTime time);
// "Mon, 05 Jan 2026 00:01:00 +0000" (RFC 1123 with a numeric zone), in UTC.
std::string rfc1123_text(SimTime time);

}  // namespace seatrial::api
