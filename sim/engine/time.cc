#include "sim/engine/time.h"

namespace seatrial {
namespace {

// A whole number of units and the digits of the rest: part(3, 400'000'000, 9, "s") is "3.4s".
std::string part(std::uint64_t whole, std::uint64_t rest, std::size_t digits, const char* unit) {
  std::string text = std::to_string(whole);
  if (rest != 0) {
    std::string fraction = std::to_string(rest);
    fraction.insert(0, digits - fraction.size(), '0');
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text + unit;
}

std::string long_span(std::uint64_t nanos) {
  constexpr std::uint64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond, kHour = 60 * kMinute;
  std::string text;
  if (nanos >= kHour) text += std::to_string(nanos / kHour) + "h";
  nanos %= kHour;
  if (nanos >= kMinute) text += std::to_string(nanos / kMinute) + "m";
  nanos %= kMinute;
  if (nanos > 0) text += part(nanos / kSecond, nanos % kSecond, 9, "s");
  return text;
}

}  // namespace

std::string to_string(Duration d) {
  if (d == Duration()) return "0s";
  const std::string sign = d < Duration() ? "-" : "";
  const auto n =
      d < Duration() ? 0 - static_cast<std::uint64_t>(d.count()) : static_cast<std::uint64_t>(d.count());
  if (n < 1'000) return sign + part(n, 0, 0, "ns");
  if (n < 1'000'000) return sign + part(n / 1'000, n % 1'000, 3, "us");
  if (n < 1'000'000'000) return sign + part(n / 1'000'000, n % 1'000'000, 6, "ms");
  return sign + long_span(n);
}

std::string to_string(SimTime t) { return to_string(t.since_start()); }

}  // namespace seatrial
