// Simulated time: strong 64-bit integers of nanoseconds.
//
// `SimTime` is an instant (nanoseconds since the start of the scenario; negative while the initial objects
// settle), `Duration` a span. Neither converts to or from a bare number, and no floating-point seconds exist
// in the simulation: the two conversions from `double` are for drawn values and for printing only. Range:
// about 292 years either way; sums are not checked for overflow.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace seatrial {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration nanos(std::int64_t n) { return Duration(n); }
  static constexpr Duration micros(std::int64_t n) { return Duration(n * 1'000); }
  static constexpr Duration millis(std::int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration seconds(std::int64_t n) { return Duration(n * 1'000'000'000); }
  static constexpr Duration max() { return Duration(std::numeric_limits<std::int64_t>::max()); }

  constexpr std::int64_t count() const { return nanos_; }
  // For printing and plotting only: never feed the result back into the simulation.
  constexpr double to_seconds() const { return static_cast<double>(nanos_) / 1e9; }

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator-() const { return Duration(-nanos_); }
  constexpr Duration& operator+=(Duration d) {
    nanos_ += d.nanos_;
    return *this;
  }
  constexpr Duration& operator-=(Duration d) {
    nanos_ -= d.nanos_;
    return *this;
  }
  friend constexpr Duration operator+(Duration a, Duration b) { return Duration(a.nanos_ + b.nanos_); }
  friend constexpr Duration operator-(Duration a, Duration b) { return Duration(a.nanos_ - b.nanos_); }
  friend constexpr Duration operator*(Duration a, std::int64_t k) { return Duration(a.nanos_ * k); }
  friend constexpr Duration operator*(std::int64_t k, Duration a) { return Duration(a.nanos_ * k); }
  friend constexpr Duration operator/(Duration a, std::int64_t k) { return Duration(a.nanos_ / k); }
  friend constexpr std::int64_t operator/(Duration a, Duration b) { return a.nanos_ / b.nanos_; }
  friend constexpr Duration operator%(Duration a, Duration b) { return Duration(a.nanos_ % b.nanos_); }

 private:
  constexpr explicit Duration(std::int64_t n) : nanos_(n) {}
  std::int64_t nanos_ = 0;
};

// Down to a whole number of units. Example: 2.7 s in seconds is 2 s.
constexpr Duration truncated(Duration d, Duration unit) { return d - d % unit; }

class SimTime {
 public:
  constexpr SimTime() = default;
  static constexpr SimTime at(Duration since_start) { return SimTime(since_start); }
  static constexpr SimTime max() { return SimTime(Duration::max()); }

  constexpr Duration since_start() const { return since_start_; }
  constexpr std::int64_t count() const { return since_start_.count(); }
  constexpr double to_seconds() const { return since_start_.to_seconds(); }
  // Cut off to whole seconds, towards the past, as times in a Kubernetes status are.
  constexpr SimTime whole_second() const {
    const Duration second = Duration::seconds(1);
    Duration rest = since_start_ % second;
    if (rest < Duration()) rest += second;
    return SimTime(since_start_ - rest);
  }

  constexpr auto operator<=>(const SimTime&) const = default;
  constexpr SimTime& operator+=(Duration d) {
    since_start_ += d;
    return *this;
  }
  friend constexpr SimTime operator+(SimTime t, Duration d) { return SimTime(t.since_start_ + d); }
  friend constexpr SimTime operator-(SimTime t, Duration d) { return SimTime(t.since_start_ - d); }
  friend constexpr Duration operator-(SimTime a, SimTime b) { return a.since_start_ - b.since_start_; }

 private:
  constexpr explicit SimTime(Duration d) : since_start_(d) {}
  Duration since_start_;
};

namespace literals {
constexpr Duration operator""_ns(unsigned long long n) {
  return Duration::nanos(static_cast<std::int64_t>(n));
}
constexpr Duration operator""_us(unsigned long long n) {
  return Duration::micros(static_cast<std::int64_t>(n));
}
constexpr Duration operator""_ms(unsigned long long n) {
  return Duration::millis(static_cast<std::int64_t>(n));
}
constexpr Duration operator""_s(unsigned long long n) {
  return Duration::seconds(static_cast<std::int64_t>(n));
}
constexpr Duration operator""_min(unsigned long long n) {
  return Duration::seconds(static_cast<std::int64_t>(n) * 60);
}
constexpr Duration operator""_h(unsigned long long n) {
  return Duration::seconds(static_cast<std::int64_t>(n) * 3600);
}
}  // namespace literals

// "12.345s", "2m3.4s", "850ms", "35us": the shortest exact form down to nanoseconds.
std::string to_string(Duration d);
std::string to_string(SimTime t);

}  // namespace seatrial
