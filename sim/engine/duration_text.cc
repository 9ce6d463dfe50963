#include "sim/engine/duration_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace seatrial {
namespace {

using std::unexpected;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }
constexpr std::string_view kLike = "write it as in 90s, 1m30s or 250ms";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct UnitRow {
  std::string_view name;
  std::int64_t nanos;
};
// Longest first where one is the beginning of another.
constexpr std::array<UnitRow, 10> kUnits{{{"ns", 1},
                                          {"us", 1'000},
                                          {"\u00b5s", 1'000},
                                          {"\u03bcs", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"d", 86'400'000'000'000},
                                          {"w", 604'800'000'000'000}}};

// "1.5" and "h" of "1.5h30m". The number's digits are at most 18, its decimals at most 9.
struct Part {
  std::int64_t digits = 0, scale = 1;
  const UnitRow* unit = nullptr;
};

std::expected<Part, std::string> next_part(std::string_view& rest, std::string_view whole) {
  Part part;
  std::size_t at = 0, count = 0;
  bool point = false;
  for (; at < rest.size() && (is_digit(rest[at]) || (rest[at] == '.' && !point)); ++at) {
    if (rest[at] == '.') {
      point = true;
      continue;
    }
    if (++count > 18) return unexpected("invalid duration " + quoted(whole) + ": too many digits");
    part.digits = part.digits * 10 + (rest[at] - '0');
    if (point) part.scale *= 10;
  }
  if (count == 0) return unexpected("invalid duration " + quoted(whole) + ": " + std::string(kLike));
  if (part.scale > 1'000'000'000)
    return unexpected("invalid duration " + quoted(whole) + ": more than 9 decimals");
  rest.remove_prefix(at);
  const auto unit =
      std::ranges::find_if(kUnits, [&](const UnitRow& row) { return rest.starts_with(row.name); });
  if (unit == kUnits.end()) {
    const std::size_t end = std::min(rest.find_first_of("0123456789."), rest.size());
    if (end == 0) return unexpected("missing unit in duration " + quoted(whole) + ": " + std::string(kLike));
    return unexpected("unknown unit " + quoted(rest.substr(0, end)) + " in duration " + quoted(whole));
  }
  rest.remove_prefix(unit->name.size());
  part.unit = &*unit;
  return part;
}

}  // namespace

std::expected<Duration, std::string> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration();
  if (text.empty()) return unexpected("invalid duration " + quoted(whole) + ": " + std::string(kLike));
  __extension__ __int128 sum = 0;
  while (!text.empty()) {
    const auto part = next_part(text, whole);
    if (!part) return unexpected(part.error());
    __extension__ const __int128 value = part->digits;
    sum += value * part->unit->nanos / part->scale;
    if (sum > std::numeric_limits<std::int64_t>::max() / 4)
      return unexpected("invalid duration " + quoted(whole) + ": longer than 73 years");
  }
  const auto nanos = static_cast<std::int64_t>(sum);
  return Duration::nanos(negative ? -nanos : nanos);
}

}  // namespace seatrial
