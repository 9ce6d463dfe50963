// When requests of an open-loop load are sent: whatever happens to earlier ones.
//
// Four kinds: evenly spaced, Poisson, Poisson with a rate that follows a profile of points, and a recorded
// trace. An Arrivals is a value that walks forward: next() gives strictly non-decreasing instants in [from,
// until), then SimTime::max() for ever. Draws come from the stream that the caller passes
// (`load/NAME/arrivals`); no libm.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/distributions.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"

namespace seatrial::traffic {

// Requests per 1000 seconds: 400/s is 400'000.
struct Rate {
  std::int64_t milli_per_second = 0;
  static constexpr Rate per_second(std::int64_t n) { return {n * 1000}; }
  auto operator<=>(const Rate&) const = default;
};

struct ProfilePoint {
  SimTime at;
  Rate rate;
};

class Arrivals {
 public:
  Arrivals() = default;  // none
  // The k-th request (k = 0, 1, …) at from + k / rate, cut off to nanoseconds without drift. A rate of 0
  // sends none.
  static Arrivals constant(Rate rate, SimTime from, SimTime until = SimTime::max());
  // Independent exponential gaps with mean 1 / rate.
  static Arrivals poisson(Rate rate, SimTime from, SimTime until = SimTime::max());
  // Poisson with a rate linear between the points, by thinning; nothing before the first point, the last rate
  // after the last one. Two points at one instant are a step. REQUIRES: at least one point, times not
  // decreasing, no negative rate.
  static Arrivals profile(std::vector<ProfilePoint> points, SimTime until = SimTime::max());
  // REQUIRES: times not decreasing.
  static Arrivals trace(std::vector<SimTime> times);

  SimTime next(RandomStream& stream) {
    if (kind_ != Kind::kPoisson) [[unlikely]]
      return next_other(stream);
    now_ += gap_.sample(stream);
    return now_ < until_ ? now_ : SimTime::max();
  }

 private:
  enum class Kind : std::uint8_t { kNone, kConstant, kPoisson, kProfile, kTrace };
  struct Segment {  // of a profile: rate linear from `from` to `to`
    SimTime from, to;
    std::int64_t rate_from, rate_to, bound;  // bound: the larger of both, the rate of candidates
    Distribution gap = Distribution::constant(Duration());
    bool keeps(SimTime candidate, RandomStream& stream) const;
  };

  SimTime next_other(RandomStream& stream);
  SimTime next_constant();
  SimTime next_of_profile(RandomStream& stream);
  static Distribution gap_of(std::int64_t milli_per_second);

  Kind kind_ = Kind::kNone;
  SimTime now_, until_;
  Distribution gap_ = Distribution::constant(Duration());
  std::int64_t step_ = 0, remainder_ = 0, carry_ = 0,
               rate_ = 0;     // kConstant: step_ + remainder_ / rate_ ns apart
  std::size_t position_ = 0;  // of the segment or of the trace
  std::shared_ptr<const std::vector<Segment>> segments_;
  std::shared_ptr<const std::vector<SimTime>> times_;
};

struct TraceError {
  int line = 0;  // 1-based
  std::string message;
};
// The first column of a CSV file: seconds since the start of the scenario, decimals down to nanoseconds, not
// decreasing; a first line that is no number is a heading; empty lines and those that begin with # are
// skipped. Every wrong line is reported.
std::expected<std::vector<SimTime>, std::vector<TraceError>> parse_trace_csv(std::string_view text);

}  // namespace seatrial::traffic
