#include "sim/api/time_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace seatrial::api {
namespace {

using std::chrono::day, std::chrono::month, std::chrono::year;
constexpr std::chrono::sys_days kStart = year(2026) / month(1) / day(5);

std::string seconds_text(std::int64_t since_start) {
  const auto instant = std::chrono::sys_seconds(kStart) + std::chrono::seconds(since_start);
  const auto days = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(instant - days);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

bool number(std::string_view& text, std::size_t digits, char end, int& out) {
  if (text.size() < digits) return false;
  const auto result = std::from_chars(text.data(), text.data() + digits, out);
  if (result.ec != std::errc() || result.ptr != text.data() + digits || out < 0) return false;
  text.remove_prefix(digits);
  if (end == '\0') return true;
  if (text.empty() || text[0] != end) return false;
  text.remove_prefix(1);
  return true;
}

// ".123456" in nanoseconds.
bool fraction(std::string_view& text, std::int64_t& nanos) {
  if (!text.starts_with('.')) return true;
  text.remove_prefix(1);
  std::int64_t unit = 100'000'000;
  const std::size_t before = text.size();
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10) {
    nanos += (text[0] - '0') * unit;
  }
  return text.size() < before;
}

// "Z" or "+01:00".
bool zone(std::string_view text, int& minutes) {
  if (text == "Z") return true;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return false;
  const int sign = text[0] == '-' ? -1 : 1;
  int h = 0, m = 0;
  text.remove_prefix(1);
  if (!number(text, 2, ':', h) || !number(text, 2, '\0', m)) return false;
  minutes = sign * (h * 60 + m);
  return true;
}

}  // namespace

std::string time_text(SimTime time) {
  return seconds_text(time.whole_second().since_start() / Duration::seconds(1)) + "Z";
}

std::string micro_time_text(SimTime time) {
  const std::int64_t micros = (time - time.whole_second()) / Duration::micros(1);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), ".%06dZ", static_cast<int>(micros));
  return seconds_text(time.whole_second().since_start() / Duration::seconds(1)) + text.data();
}

std::optional<SimTime> parse_time(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, offset = 0;
  std::int64_t nanos = 0;
  if (!number(text, 4, '-', y) || !number(text, 2, '-', mo) || !number(text, 2, 'T', d)) return std::nullopt;
  if (!number(text, 2, ':', h) || !number(text, 2, ':', mi) || !number(text, 2, '\0', s)) return std::nullopt;
  if (!fraction(text, nanos) || !zone(text, offset)) return std::nullopt;
  const auto date = year(y) / month(static_cast<unsigned>(mo)) / day(static_cast<unsigned>(d));
  if (!date.ok() || h > 23 || mi > 59 || s > 59) return std::nullopt;
  const auto days = (std::chrono::sys_days(date) - kStart).count();
  // About 292 years either way fit.
  if (days > 100'000 || days < -100'000) return std::nullopt;
  const std::int64_t seconds = ((static_cast<std::int64_t>(days) * 24 + h) * 60 + mi - offset) * 60 + s;
  return SimTime::at(Duration::seconds(seconds) + Duration::nanos(nanos));
}

}  // namespace seatrial::api
