#include "sim/scenario/units.h"

#include <algorithm>
#include <array>

#include "sim/api/quantity.h"
#include "sim/engine/duration_text.h"

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

}  // namespace

std::expected<Duration, std::string> parse_duration(std::string_view text) {
  return seatrial::parse_duration(trimmed(text));
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

}  // namespace seatrial::scenario
