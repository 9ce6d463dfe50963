// Cron schedules: minute, hour, day of month, month, day of week; lists, ranges, steps, names, and @hourly
// and its like.
//
// They are times of a zone's clocks: an hour that these leave out in spring has none, one that they show
// twice in autumn has them twice. If both days are restricted, a day matches that satisfies either: "0 0 13 *
// 5" is each 13th and each Friday. Parsing refuses in the API server's words. Source:
// github.com/robfig/cron/v3 (parser.go, spec.go), which Kubernetes uses.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "sim/api/time_zone.h"
#include "sim/engine/time.h"

namespace seatrial::api {

class CronSchedule {
 public:
  static std::expected<CronSchedule, std::string> parse(const std::string& text, TimeZone zone = {});

  // The first time after `time`; none if there is none within five years ("0 0 30 2 *").
  std::optional<SimTime> next(SimTime time) const;

 private:
  bool day_matches(Duration since_epoch) const;

  Duration every_;  // of "@every 90s"; zero: the fields count
  std::uint64_t minutes_ = 0, hours_ = 0, days_of_month_ = 0, months_ = 0, days_of_week_ = 0;
  TimeZone zone_;
  bool any_day_of_month_ = false, any_day_of_week_ = false;
};

}  // namespace seatrial::api
