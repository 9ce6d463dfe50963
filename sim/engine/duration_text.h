// Durations as Go and Prometheus write them. Integers only: nothing here goes through a double, so the same
// text is the same value everywhere.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "sim/engine/time.h"

namespace seatrial {

// 90s, 1m30s, 1.5h, 250ms, 35us, 2d, 1w; the last two are not Go's. A bare 0 is zero; a sign is allowed. At
// most 18 digits to a number, 9 of them decimals. Worked example: "1m0.5s" is 60'500'000'000 ns. The error
// says what is wrong.
std::expected<Duration, std::string> parse_duration(std::string_view text);

}  // namespace seatrial
