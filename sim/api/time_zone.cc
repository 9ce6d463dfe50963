#include "sim/api/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "sim/api/time_text.h"
#include "sim/api/wall_clock.h"

namespace seatrial::api {

namespace {

// When clocks change: on the n-th Sunday of a month (0: the last), at an hour of UTC or of standard time.
struct Change {
  unsigned month, week;
  int hour;
  bool utc;
};
struct Rule {
  Change begin, end;  // of summer time, which is an hour ahead
};
constexpr Rule kEurope{{3, 0, 1, true}, {10, 0, 1, true}}, kAmerica{{3, 2, 2, false}, {11, 1, 1, false}},
    kAustralia{{10, 1, 2, false}, {4, 1, 2, false}}, kNewZealand{{9, 0, 2, false}, {4, 1, 2, false}};

}  // namespace

struct ZoneRow {
  std::string_view name;
  int minutes;  // of standard time, ahead of UTC
  const Rule* summer = nullptr;
};

namespace {

constexpr std::array kZones{
    ZoneRow{"UTC", 0},
    ZoneRow{"Etc/UTC", 0},
    ZoneRow{"Etc/GMT", 0},
    ZoneRow{"GMT", 0},
    ZoneRow{"Africa/Johannesburg", 120},
    ZoneRow{"Africa/Lagos", 60},
    ZoneRow{"Africa/Nairobi", 180},
    ZoneRow{"America/Anchorage", -540, &kAmerica},
    ZoneRow{"America/Bogota", -300},
    ZoneRow{"America/Chicago", -360, &kAmerica},
    ZoneRow{"America/Denver", -420, &kAmerica},
    ZoneRow{"America/Halifax", -240, &kAmerica},
    ZoneRow{"America/Los_Angeles", -480, &kAmerica},
    ZoneRow{"America/Mexico_City", -360},
    ZoneRow{"America/New_York", -300, &kAmerica},
    ZoneRow{"America/Phoenix", -420},
    ZoneRow{"America/Sao_Paulo", -180},
    ZoneRow{"America/Toronto", -300, &kAmerica},
    ZoneRow{"Asia/Bangkok", 420},
    ZoneRow{"Asia/Calcutta", 330},
    ZoneRow{"Asia/Dhaka", 360},
    ZoneRow{"Asia/Dubai", 240},
    ZoneRow{"Asia/Ho_Chi_Minh", 420},
    ZoneRow{"Asia/Hong_Kong", 480},
    ZoneRow{"Asia/Jakarta", 420},
    ZoneRow{"Asia/Kolkata", 330},
    ZoneRow{"Asia/Manila", 480},
    ZoneRow{"Asia/Seoul", 540},
    ZoneRow{"Asia/Shanghai", 480},
    ZoneRow{"Asia/Singapore", 480},
    ZoneRow{"Asia/Taipei", 480},
    ZoneRow{"Asia/Tokyo", 540},
    ZoneRow{"Atlantic/Reykjavik", 0},
    ZoneRow{"Australia/Adelaide", 570, &kAustralia},
    ZoneRow{"Australia/Brisbane", 600},
    ZoneRow{"Australia/Melbourne", 600, &kAustralia},
    ZoneRow{"Australia/Perth", 480},
    ZoneRow{"Australia/Sydney", 600, &kAustralia},
    ZoneRow{"Europe/Amsterdam", 60, &kEurope},
    ZoneRow{"Europe/Athens", 120, &kEurope},
    ZoneRow{"Europe/Berlin", 60, &kEurope},
    ZoneRow{"Europe/Brussels", 60, &kEurope},
    ZoneRow{"Europe/Bucharest", 120, &kEurope},
    ZoneRow{"Europe/Budapest", 60, &kEurope},
    ZoneRow{"Europe/Copenhagen", 60, &kEurope},
    ZoneRow{"Europe/Dublin", 0, &kEurope},
    ZoneRow{"Europe/Helsinki", 120, &kEurope},
    ZoneRow{"Europe/Istanbul", 180},
    ZoneRow{"Europe/Kyiv", 120, &kEurope},
    ZoneRow{"Europe/Lisbon", 0, &kEurope},
    ZoneRow{"Europe/London", 0, &kEurope},
    ZoneRow{"Europe/Luxembourg", 60, &kEurope},
    ZoneRow{"Europe/Madrid", 60, &kEurope},
    ZoneRow{"Europe/Moscow", 180},
    ZoneRow{"Europe/Oslo", 60, &kEurope},
    ZoneRow{"Europe/Paris", 60, &kEurope},
    ZoneRow{"Europe/Prague", 60, &kEurope},
    ZoneRow{"Europe/Riga", 120, &kEurope},
    ZoneRow{"Europe/Rome", 60, &kEurope},
    ZoneRow{"Europe/Sofia", 120, &kEurope},
    ZoneRow{"Europe/Stockholm", 60, &kEurope},
    ZoneRow{"Europe/Tallinn", 120, &kEurope},
    ZoneRow{"Europe/Vienna", 60, &kEurope},
    ZoneRow{"Europe/Vilnius", 120, &kEurope},
    ZoneRow{"Europe/Warsaw", 60, &kEurope},
    ZoneRow{"Europe/Zurich", 60, &kEurope},
    ZoneRow{"Pacific/Auckland", 720, &kNewZealand},
    ZoneRow{"Pacific/Honolulu", -600},
};

constexpr Duration kOneMinute = Duration::seconds(60);

std::chrono::sys_seconds since_epoch(SimTime time) {
  return std::chrono::sys_seconds(
      std::chrono::seconds((time - unix_epoch()).count() / Duration::seconds(1).count()));
}

std::chrono::sys_seconds change_in(std::chrono::year year, const Change& change, int zone_minutes) {
  using std::chrono::Sunday;
  const auto month = year / std::chrono::month(change.month);
  const std::chrono::sys_days day = change.week == 0
                                        ? std::chrono::sys_days(month / Sunday[std::chrono::last])
                                        : std::chrono::sys_days(month / Sunday[change.week]);
  return day + std::chrono::hours(change.hour) - std::chrono::minutes(change.utc ? 0 : zone_minutes);
}

bool is_summer(const ZoneRow& zone, SimTime time) {
  const auto at = since_epoch(time);
  const std::chrono::year year =
      std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)).year();
  const auto begin = change_in(year, zone.summer->begin, zone.minutes),
             end = change_in(year, zone.summer->end, zone.minutes);
  return begin < end ? at >= begin && at < end : at >= begin || at < end;
}

}  // namespace

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  const auto found = std::ranges::find(kZones, name, &ZoneRow::name);
  if (found == kZones.end()) return std::nullopt;
  TimeZone zone;
  zone.row_ = &*found;
  return zone;
}

Duration TimeZone::offset(SimTime time) const {
  if (!row_) return {};
  const bool ahead = row_->summer && is_summer(*row_, time);
  return (row_->minutes + (ahead ? 60 : 0)) * kOneMinute;
}

std::string TimeZone::time_text(SimTime time) const {
  const std::int64_t minutes = offset(time) / kOneMinute;
  std::string text = api::time_text(time + minutes * kOneMinute);
  if (minutes == 0) return text;
  text.pop_back();  // Z
  const std::int64_t distance = std::max(minutes, -minutes);
  return text + fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}

}  // namespace seatrial::api
