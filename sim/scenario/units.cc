#include "sim/scenario/units.h"

#include <algorithm>
#include <array>
#include <limits>

#include "sim/api/nearest.h"
#include "sim/api/quantity.h"

namespace seatrial::scenario {
namespace {

using std::unexpected;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }
std::unexpected<std::string> invalid(std::string_view what, std::string_view text, std::string_view like) {
  return unexpected("invalid " + std::string(what) + " " + quoted(text) + ": write it as in " +
                    std::string(like));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

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

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

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
  if (count == 0) return invalid("duration", whole, "90s, 1m30s or 250ms");
  if (part.scale > 1'000'000'000)
    return unexpected("invalid duration " + quoted(whole) + ": more than 9 decimals");
  rest.remove_prefix(at);
  const auto unit =
      std::ranges::find_if(kUnits, [&](const UnitRow& row) { return rest.starts_with(row.name); });
  if (unit == kUnits.end()) {
    const std::size_t end = std::min(rest.find_first_of("0123456789."), rest.size());
    if (end == 0)
      return unexpected("missing unit in duration " + quoted(whole) + ": write it as in 90s, 1m30s or 250ms");
    return unexpected("unknown unit " + quoted(rest.substr(0, end)) + " in duration " + quoted(whole));
  }
  rest.remove_prefix(unit->name.size());
  part.unit = &*unit;
  return part;
}

}  // namespace

std::expected<Duration, std::string> parse_duration(std::string_view text) {
  const std::string_view whole = text = trimmed(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration();
  if (text.empty()) return invalid("duration", whole, "90s, 1m30s or 250ms");
  __extension__ __int128 sum = 0;
  while (!text.empty()) {
    const auto part = next_part(text, whole);
    if (!part) return unexpected(part.error());
    __extension__ const __int128 value = part->digits;
    sum += value * part->unit->nanos / part->scale;
    if (sum > kMost / 4) return unexpected("invalid duration " + quoted(whole) + ": longer than 73 years");
  }
  const auto nanos = static_cast<std::int64_t>(sum);
  return Duration::nanos(negative ? -nanos : nanos);
}

std::expected<std::int64_t, std::string> parse_decimal(std::string_view text, int decimals) {
  text = trimmed(text);
  const bool negative = text.starts_with('-');
  std::string_view rest = negative ? text.substr(1) : text;
  std::int64_t value = 0;
  int left = decimals, digits = 0;
  bool point = false;
  for (const char c : rest) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!is_digit(c)) return unexpected("not a number: " + quoted(text));
    if (point && left-- <= 0)
      return unexpected(quoted(text) + " has more than " + std::to_string(decimals) + " decimals");
    if (++digits + decimals > 18) return unexpected(quoted(text) + " is too large");
    value = value * 10 + (c - '0');
  }
  if (digits == 0) return unexpected("not a number: " + quoted(text));
  for (; left > 0; --left) value *= 10;
  return negative ? -value : value;
}

namespace {

// Of the time that a rate is by: s, m, h; 0: another one.
std::int64_t seconds_of(std::string_view per) {
  per = trimmed(per);
  return per == "s" ? 1 : per == "m" || per == "min" ? 60 : per == "h" ? 3600 : 0;
}

}  // namespace

std::expected<traffic::Rate, std::string> parse_rate(std::string_view text) {
  const std::string_view whole = text = trimmed(text);
  const std::size_t slash = text.find('/');
  constexpr std::string_view like = "400/s, 1.5/s or 24000/m";
  if (slash == std::string_view::npos) return invalid("rate", whole, like);
  const std::int64_t seconds = seconds_of(text.substr(slash + 1));
  const auto number = parse_decimal(text.substr(0, slash), 6);
  if (seconds == 0 || !number) return invalid("rate", whole, like);
  if (*number < 0) return unexpected("invalid rate " + quoted(whole) + ": must not be negative");
  const std::int64_t unit = 1000 * seconds, milli = (*number + unit / 2) / unit;
  const std::int64_t off = std::abs(*number - milli * unit);
  if (off > *number / 1000) {
    return unexpected("invalid rate " + quoted(whole) + ": rates go by requests in 1000 s, and this is " +
                      (milli == 0 ? "less than one" : "not near a whole number of them"));
  }
  if (milli > 1'000'000'000'000)
    return unexpected("invalid rate " + quoted(whole) + ": more than 1000000000/s");
  return traffic::Rate{milli};
}

std::expected<std::int64_t, std::string> parse_bytes(std::string_view text) {
  const auto quantity = api::Quantity::parse(trimmed(text));
  if (!quantity) return invalid("size", text, "210Mi or 2G");
  if (quantity->is_negative()) return unexpected("invalid size " + quoted(text) + ": must not be negative");
  return quantity->value();
}

std::expected<std::pair<std::int64_t, Duration>, std::string> parse_bytes_rate(std::string_view text) {
  const std::string_view whole = text = trimmed(text);
  const std::size_t slash = text.find('/');
  constexpr std::string_view like = "1Mi/s, 200Ki/m or 2G/h";
  const std::int64_t seconds = slash == std::string_view::npos ? 0 : seconds_of(text.substr(slash + 1));
  if (seconds == 0) return invalid("rate", whole, like);
  const auto amount = parse_bytes(text.substr(0, slash));
  if (!amount) return invalid("rate", whole, like);
  return std::pair(*amount, Duration::seconds(seconds));
}

std::expected<std::int64_t, std::string> parse_share(std::string_view text) {
  const std::string_view whole = text = trimmed(text);
  if (!text.ends_with('%')) return invalid("share", whole, "0.1% or 99.95%");
  text.remove_suffix(1);
  const auto value = parse_decimal(text, 4);
  if (!value) return invalid("share", whole, "0.1% or 99.95%");
  if (*value < 0 || *value > 1'000'000)
    return unexpected("invalid share " + quoted(whole) + ": must be between 0% and 100%");
  return value;
}

namespace {

struct ComparisonRow {
  std::string_view text;
  checks::Comparison comparison;
};
constexpr std::array<ComparisonRow, 8> kComparisons{{{"<=", checks::Comparison::kLessEqual},
                                                     {">=", checks::Comparison::kGreaterEqual},
                                                     {"==", checks::Comparison::kEqual},
                                                     {"!=", checks::Comparison::kNotEqual},
                                                     {"<", checks::Comparison::kLess},
                                                     {">", checks::Comparison::kGreater},
                                                     {"=", checks::Comparison::kEqual},
                                                     {"", checks::Comparison::kEqual}}};

std::expected<std::int64_t, std::string> parse_in_unit(std::string_view text, checks::Unit unit) {
  switch (unit) {
    case checks::Unit::kCount:
      return parse_decimal(text, 0);
    case checks::Unit::kShare:
      return parse_share(text);
    case checks::Unit::kDuration:
      break;
  }
  const auto duration = parse_duration(text);
  if (!duration) return unexpected(duration.error());
  return duration->count();
}

}  // namespace

std::expected<checks::Bound, std::string> parse_bound(std::string_view text, checks::Unit unit) {
  text = trimmed(text);
  const auto row =
      std::ranges::find_if(kComparisons, [&](const ComparisonRow& r) { return text.starts_with(r.text); });
  const auto value = parse_in_unit(trimmed(text.substr(row->text.size())), unit);
  if (!value) return unexpected("invalid comparison " + quoted(text) + ": " + value.error());
  if (*value < 0) return unexpected("invalid comparison " + quoted(text) + ": nothing is ever negative");
  if (row->text.empty() && unit == checks::Unit::kDuration) {
    return unexpected("a comparison is needed: write \"< " + std::string(text) + "\"");
  }
  return checks::Bound{row->comparison, *value};
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  return api::nearest(word, candidates);
}

}  // namespace seatrial::scenario
