// client-go's token bucket (golang.org/x/time/rate as flowcontrol uses it): `qps` tokens a second, at most
// `burst` saved up. `reserve` takes a token now and answers when it may be used, first come first served.
//
// Example: qps 20, burst 30, 32 reservations at time 0: thirty at 0, then 50 ms and 100 ms.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/engine/time.h"

namespace seatrial::cluster {

class TokenBucket {
 public:
  TokenBucket() = default;  // without a limit
  TokenBucket(std::int64_t qps, std::int64_t burst)
      : interval_(Duration::nanos(1'000'000'000 / qps)), burst_(burst) {}

  SimTime reserve(SimTime now) {
    if (interval_ == Duration()) return now;
    // `full_at_` is when the bucket would be full again; a bucket of b tokens is full at most b intervals
    // ahead.
    full_at_ = std::max(full_at_, now) + interval_;
    return std::max(now, full_at_ - interval_ * burst_);
  }

 private:
  Duration interval_;  // between two tokens; 0: no limit
  std::int64_t burst_ = 0;
  SimTime full_at_ = SimTime::at(Duration::nanos(std::numeric_limits<std::int64_t>::min() / 4));
};

}  // namespace seatrial::cluster
