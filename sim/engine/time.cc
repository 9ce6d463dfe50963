#include "sim/engine/time.h"

namespace seatrial {

std::string to_string(Duration d) {
  std::string text;
  if (d < Duration()) { text = "-"; d = -d; }
  const auto part = [](std::int64_t whole, std::int64_t rest, int digits, const char* unit) {
    std::string out = std::to_string(whole);
    if (rest != 0) {
      std::string fraction = std::to_string(rest);
      fraction.insert(0, static_cast<std::size_t>(digits) - fraction.size(), '0');
      fraction.erase(fraction.find_last_not_of('0') + 1);
      out += "." + fraction;
    }
    return out + unit;
  };
  std::int64_t n = d.count();
  if (n == 0) return "0s";
  if (n < 1'000) return text + part(n, 0, 0, "ns");
  if (n < 1'000'000) return text + part(n / 1'000, n % 1'000, 3, "us");
  if (n < 1'000'000'000) return text + part(n / 1'000'000, n % 1'000'000, 6, "ms");
  const std::int64_t hour = 3'600'000'000'000, minute = 60'000'000'000;
  if (n >= hour) { text += std::to_string(n / hour) + "h"; n %= hour; if (n == 0) return text; }
  if (n >= minute) { text += std::to_string(n / minute) + "m"; n %= minute; if (n == 0) return text; }
  return text + part(n / 1'000'000'000, n % 1'000'000'000, 9, "s");
}
std::string to_string(SimTime t) { return to_string(t.since_start()); }

}  // namespace seatrial
