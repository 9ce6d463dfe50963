// Durations, rates, sizes and shares as users write them, and how they are refused. Integers only: nothing
// here goes through a double, so the same text is the same value everywhere.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api/nearest.h"
#include "sim/checks/expectation.h"
#include "sim/engine/time.h"
#include "sim/traffic/arrivals.h"

namespace seatrial::scenario {

// As engine/duration_text.h says, with spaces around it.
std::expected<Duration, std::string> parse_duration(std::string_view text);
// 400/s, 1.5/s, 24000/m, 90/h. At most 9 decimals; kept to thousandths of a request per second.
std::expected<traffic::Rate, std::string> parse_rate(std::string_view text);
// Bytes: 210Mi, 2G, 100M. Not negative.
std::expected<std::int64_t, std::string> parse_bytes(std::string_view text);
// Bytes in a time: 1Mi/s, 200Ki/m, 2G/h.
std::expected<std::pair<std::int64_t, Duration>, std::string> parse_bytes_rate(std::string_view text);
// Parts per million: 0.1%, 99.95%.
std::expected<std::int64_t, std::string> parse_share(std::string_view text);
// "< 800ms", ">=3", "0": without a comparison it is equality.
std::expected<checks::Bound, std::string> parse_bound(std::string_view text, checks::Unit unit);

// A decimal number without exponent as an integer of 10^-decimals units; the error says what is wrong with
// it.
std::expected<std::int64_t, std::string> parse_decimal(std::string_view text, int decimals);

using api::did_you_mean, api::nearest;

}  // namespace seatrial::scenario
