// The kubelet's back-offs: how long a crashed container waits for its restart, and a failed pull for its next
// attempt. Sources: k8s.io/client-go/util/flowcontrol/backoff.go, kuberuntime_manager.go (doBackOff),
// images/image_manager.go; reference §3.4, §3.5.
//
// Example, a container that always lives 1 s: its exits are followed by waits of 0, 10, 20, 40, 80, 160, 300,
// 300 s.
#pragma once

#include <algorithm>
#include <optional>

#include "sim/engine/time.h"

namespace seatrial::cluster {

inline constexpr Duration kFirstBackoff = Duration::seconds(10), kLongestBackoff = Duration::seconds(300);

class Backoff {
 public:
  // How much of the wait after an event at `since` is left; none if it may go on.
  std::optional<Duration> remaining(SimTime since, SimTime now, Duration longest = kLongestBackoff) const {
    if (delay_ == Duration() || expired(since, longest)) return {};
    const Duration left = delay_ - (now - since);
    return left > Duration() ? std::optional(left) : std::nullopt;
  }
  // The next wait: 10 s, doubled each time up to the longest; from the start again once an event lies more
  // than twice the longest after the last call.
  void next(SimTime since, SimTime now, Duration longest = kLongestBackoff) {
    const bool fresh = delay_ == Duration() || expired(since, longest);
    delay_ = std::min(longest, fresh ? kFirstBackoff : delay_ * 2);
    updated_ = now;
  }
  Duration delay() const { return delay_; }  // 0: none yet
  SimTime updated() const { return updated_; }

 private:
  bool expired(SimTime since, Duration longest) const { return since - updated_ > longest * 2; }

  Duration delay_;
  SimTime updated_;
};

}  // namespace seatrial::cluster
