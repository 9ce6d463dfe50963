#include "sim/api/cron_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <span>
#include <string_view>
#include <vector>

#include "sim/api/wall_clock.h"

namespace seatrial::api {
namespace {

using Error = std::unexpected<std::string>;

struct Bounds {
  std::int64_t min, max;
  std::span<const std::string_view> names;  // of the values from `min` on
};
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<Bounds, 5> kFields{
    {{0, 59, {}}, {0, 23, {}}, {1, 31, {}}, {1, 12, kMonths}, {0, 6, kDays}}};

struct Descriptor {
  std::string_view name;
  const char* schedule;
};
constexpr std::array<Descriptor, 7> kDescriptors{{{"@yearly", "0 0 1 1 *"},
                                                  {"@annually", "0 0 1 1 *"},
                                                  {"@monthly", "0 0 1 * *"},
                                                  {"@weekly", "0 0 * * 0"},
                                                  {"@daily", "0 0 * * *"},
                                                  {"@midnight", "0 0 * * *"},
                                                  {"@hourly", "0 * * * *"}}};

std::vector<std::string> split(std::string_view text, char by, bool keep_empty) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(by, at), text.size());
    if (keep_empty || end > at) parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return text;
}

std::expected<std::int64_t, std::string> number(const std::string& text) {
  std::int64_t value = 0;
  const char* const first = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return Error(
        fmt::format("failed to parse int from {0}: strconv.Atoi: parsing \"{0}\": invalid syntax", text));
  if (value < 0) return Error(fmt::format("negative number ({}) not allowed: {}", value, text));
  return value;
}

std::expected<std::int64_t, std::string> number_or_name(const std::string& text, const Bounds& bounds) {
  for (std::size_t i = 0; i < bounds.names.size(); ++i) {
    if (lower(text) == bounds.names[i]) return bounds.min + static_cast<std::int64_t>(i);
  }
  return number(text);
}

struct Field {
  std::uint64_t bits = 0;
  bool star = false;  // "*" or "*/1" is in it
};

// One item of a list: N, N-M, *, each with /step.
std::expected<Field, std::string> range(const std::string& text, const Bounds& bounds) {
  const std::vector<std::string> parts = split(text, '/', true), ends = split(parts.front(), '-', true);
  std::int64_t start = bounds.min, end = bounds.max, step = 1;
  bool star = ends.front() == "*" || ends.front() == "?";
  if (!star) {
    const auto first = number_or_name(ends.front(), bounds);
    if (!first) return Error(first.error());
    start = end = *first;
    if (ends.size() > 2) return Error("too many hyphens: " + text);
    if (ends.size() == 2) {
      const auto last = number_or_name(ends[1], bounds);
      if (!last) return Error(last.error());
      end = *last;
    }
  }
  if (parts.size() > 2) return Error("too many slashes: " + text);
  if (parts.size() == 2) {
    const auto given = number(parts[1]);
    if (!given) return Error(given.error());
    step = *given;
    if (ends.size() == 1) end = bounds.max;  // "N/step" is "N-max/step"
    star = star && step <= 1;
  }
  if (start < bounds.min)
    return Error(fmt::format("beginning of range ({}) below minimum ({}): {}", start, bounds.min, text));
  if (end > bounds.max)
    return Error(fmt::format("end of range ({}) above maximum ({}): {}", end, bounds.max, text));
  if (start > end)
    return Error(fmt::format("beginning of range ({}) beyond end of range ({}): {}", start, end, text));
  if (step == 0) return Error("step of range should be a positive number: " + text);
  Field field{0, star};
  for (std::int64_t value = start; value <= end; value += step) field.bits |= std::uint64_t{1} << value;
  return field;
}

std::expected<Field, std::string> list(const std::string& text, const Bounds& bounds) {
  Field all;
  for (const std::string& part : split(text, ',', false)) {
    const auto one = range(part, bounds);
    if (!one) return one;
    all.bits |= one->bits;
    all.star = all.star || one->star;
  }
  return all;
}

// "1h30m", "90s": whole units only.
std::optional<Duration> every(std::string_view text) {
  Duration total;
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::int64_t unit = text.starts_with('h') ? 3600 : text.starts_with('m') ? 60 : 1;
    if (unit == 1 && !text.starts_with('s')) return std::nullopt;
    text.remove_prefix(1);
    total += Duration::seconds(count * unit);
  }
  return std::max(total, Duration::seconds(1));
}

constexpr Duration kMinute = Duration::seconds(60), kHour = kMinute * 60, kDay = kHour * 24;

}  // namespace

std::expected<CronSchedule, std::string> CronSchedule::parse(const std::string& text, TimeZone zone) {
  if (text.empty()) return Error("empty spec string");
  if (text.starts_with('@')) {
    for (const Descriptor& descriptor : kDescriptors) {
      if (text == descriptor.name) return parse(descriptor.schedule, zone);
    }
    constexpr std::string_view kEvery = "@every ";
    if (!text.starts_with(kEvery)) return Error("unrecognized descriptor: " + text);
    const std::string amount = text.substr(kEvery.size());
    const auto interval = every(amount);
    if (amount.empty() || !interval)
      return Error(fmt::format("failed to parse duration {}: time: invalid duration \"{}\"", text, amount));
    CronSchedule schedule;
    schedule.every_ = *interval;
    return schedule;
  }
  const std::vector<std::string> words = split(text, ' ', false);
  if (words.size() != kFields.size()) {
    return Error(fmt::format("expected exactly {} fields, found {}: [{}]", kFields.size(), words.size(),
                             fmt::join(words, " ")));
  }
  std::array<Field, kFields.size()> fields;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto field = list(words[i], kFields[i]);
    if (!field) return Error(field.error());
    fields[i] = *field;
  }
  CronSchedule schedule;
  schedule.zone_ = zone;
  schedule.minutes_ = fields[0].bits;
  schedule.hours_ = fields[1].bits;
  schedule.days_of_month_ = fields[2].bits;
  schedule.months_ = fields[3].bits;
  schedule.days_of_week_ = fields[4].bits;
  schedule.any_day_of_month_ = fields[2].star;
  schedule.any_day_of_week_ = fields[4].star;
  return schedule;
}

bool CronSchedule::day_matches(Duration since_epoch) const {
  const std::chrono::sys_days days{std::chrono::days(since_epoch / kDay)};
  const std::chrono::year_month_day date(days);
  const auto is_in = [](std::uint64_t bits, unsigned value) { return (bits >> value & 1) != 0; };
  if (!is_in(months_, static_cast<unsigned>(date.month()))) return false;
  const bool of_month = is_in(days_of_month_, static_cast<unsigned>(date.day()));
  const bool of_week = is_in(days_of_week_, std::chrono::weekday(days).c_encoding());
  return any_day_of_month_ || any_day_of_week_ ? of_month && of_week : of_month || of_week;
}

std::optional<SimTime> CronSchedule::next(SimTime time) const {
  if (every_ > Duration()) return time.whole_second() + every_;
  const SimTime first = unix_epoch() + ((time - unix_epoch()) / kMinute + 1) * kMinute,
                last = first + 5 * 366 * kDay;
  for (SimTime at = first; at < last;) {
    const Duration local = at - unix_epoch() + zone_.offset(at), rest_of_hour = kHour - local % kHour;
    if (!day_matches(local)) {
      // By hours towards midnight, as clocks may change on the way; before that in one step.
      const Duration rest_of_day = kDay - local % kDay;
      at += std::max(rest_of_hour, rest_of_day - 2 * kHour);
    } else if ((hours_ >> (local % kDay / kHour) & 1) == 0) {
      at += rest_of_hour;
    } else if ((minutes_ >> (local % kHour / kMinute) & 1) == 0) {
      at += kMinute;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace seatrial::api
