// The event queue: total order (time, sequence), so FIFO among equals; timers that are cancelled and re-armed in O(1);
// FIFO lanes for constant delays. A value: a copy goes on as the original would.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <vector>

#include "sim/engine/check.h"
#include "sim/engine/event.h"

namespace seatrial {

enum class LaneId : std::uint32_t {};

class EventQueue {
 public:
  // REQUIRES: event.timer is kNone.
  void push(Event event) {
    event.sequence = ++sequence_;
    heap_.push(event);
    ++pending_;
  }
  TimerId new_timer() {
    if (!free_.empty()) { const TimerId id = free_.back(); free_.pop_back(); return id; }
    live_.push_back(0);
    return TimerId{static_cast<std::uint32_t>(live_.size() - 1)};
  }
  void free_timer(TimerId timer) { cancel(timer); free_.push_back(timer); }
  // Arms or re-arms: what was pending for this timer never fires.
  void arm(TimerId timer, Event event) {
    cancel(timer);
    event.timer = timer;
    push(event);
    live_[static_cast<std::uint32_t>(timer)] = sequence_;
  }
  bool cancel(TimerId timer) {
    auto& live = live_[static_cast<std::uint32_t>(timer)];
    if (live == 0) return false;
    live = 0;
    --pending_;
    return true;
  }
  bool armed(TimerId timer) const { return live_[static_cast<std::uint32_t>(timer)] != 0; }

  // A lane holds events that all fire `delay` after they were pushed.
  LaneId add_lane(Duration delay) { lanes_.push_back(delay); return LaneId{static_cast<std::uint32_t>(lanes_.size() - 1)}; }
  void push_lane(LaneId lane, SimTime now, Event event) { event.at = now + lanes_[static_cast<std::uint32_t>(lane)]; push(event); }
  void arm_lane(LaneId lane, TimerId timer, SimTime now, Event event) {
    event.at = now + lanes_[static_cast<std::uint32_t>(lane)];
    arm(timer, event);
  }

  // The earliest live event if it is due by `end`.
  bool pop_until(SimTime end, Event& out) {
    while (!heap_.empty()) {
      const Event& top = heap_.top();
      if (top.timer != TimerId::kNone && live_[static_cast<std::uint32_t>(top.timer)] != top.sequence) { heap_.pop(); continue; }
      if (top.at > end) return false;
      out = top;
      heap_.pop();
      if (out.timer != TimerId::kNone) live_[static_cast<std::uint32_t>(out.timer)] = 0;
      --pending_;
      return true;
    }
    return false;
  }
  std::size_t pending() const { return pending_; }
  bool empty() const { return pending_ == 0; }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return a.at != b.at ? a.at > b.at : a.sequence > b.sequence; }
  };
  std::priority_queue<Event, std::vector<Event>, Later> heap_;
  std::vector<std::uint64_t> live_{0};              // by timer: the sequence of its pending event, or 0
  std::vector<TimerId> free_;
  std::vector<Duration> lanes_;
  std::uint64_t sequence_ = 0;
  std::size_t pending_ = 0;
};

}  // namespace seatrial
