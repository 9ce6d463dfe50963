#include "sim/api/wall_clock.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "sim/api/time_text.h"

namespace seatrial::api {

SimTime unix_epoch() {
  static const SimTime start = *parse_time("1970-01-01T00:00:00Z");
  return start;
}

std::int64_t unix_minutes(SimTime time) { return (time - unix_epoch()) / Duration::seconds(60); }

std::string rfc1123_text(SimTime time) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds instant{std::chrono::seconds((time - unix_epoch()) / Duration::seconds(1))};
  const auto days = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(instant - days);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                     kDays[std::chrono::weekday(days).c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace seatrial::api
