// Time zones by their IANA names: how far their clocks are from UTC.
//
// A run must be the same on every machine, whatever time zone database that has, so the zones stand in a
// table here: with the rules that are in force in 2026, for all years. Source: IANA tz database 2025b.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/engine/time.h"

namespace seatrial::api {

struct ZoneRow;

class TimeZone {
 public:
  TimeZone() = default;  // UTC
  // None if the zone is not in the table.
  static std::optional<TimeZone> find(std::string_view name);

  // What is added to UTC at that instant: of Europe/London in summer one hour.
  Duration offset(SimTime time) const;
  // RFC 3339: "2026-07-01T09:00:00+01:00", "2026-01-05T09:00:00Z".
  std::string time_text(SimTime time) const;

 private:
  const ZoneRow* row_ = nullptr;  // of a static table
};

}  // namespace seatrial::api
