// The event queue: total order (time, sequence), so first in, first out among equals; timers that are
// cancelled and re-armed in O(1); lanes for constant delays. A value: a copy goes on as the original would.
//
// A timer has at most one pending event. Its number stays in a table with the sequence of that event; an
// event of another sequence is dead and is dropped when its turn comes, or by compact() once dead events are
// many, so that memory stays proportional to what is pending. A lane is a ring, because events of one delay
// fall due in the order of arming.
//
// REQUIRES of all: nothing is scheduled before the time of the last event taken (the Kernel sees to that).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engine/check.h"
#include "sim/engine/event.h"
#include "sim/engine/ladder.h"

namespace seatrial {

enum class LaneId : std::uint32_t {};

class EventQueue {
 public:
  // Schedules an event at `at`, whatever event.at says; it cannot be cancelled. REQUIRES: event.timer is
  // none.
  void push(SimTime at, const Event& event) {
    CHECK(event.timer == TimerId::kNone);
    ++pending_;
    main_.push(at, ++sequence_, event);
  }
  void push(const Event& event) { push(event.at, event); }

  TimerId new_timer();
  // REQUIRES: `timer` came from new_timer() and is not used afterwards. Its pending event, if any, never
  // fires.
  void free_timer(TimerId timer);
  // Arms or re-arms, for event.at: what was pending for this timer never fires.
  void arm(TimerId timer, Event event) {
    claim(timer);
    event.timer = timer;
    push_main(event);
    drop_dead_if_many();
  }
  // Whether an event was pending; it never fires.
  bool cancel(TimerId timer) {
    std::uint64_t& live = live_of(timer);
    if (live == 0) return false;
    live = 0;
    --pending_;
    drop_dead_if_many();
    return true;
  }
  bool armed(TimerId timer) const { return live_.at(static_cast<std::uint32_t>(timer)) != 0; }

  // A lane holds events that all fire `delay` after they were put there. REQUIRES: delay >= 0.
  LaneId add_lane(Duration delay);
  // Like push and arm, with event.at = now + the lane's delay. REQUIRES: `now` does not go back.
  void push_lane(LaneId lane, SimTime now, Event event) {
    CHECK(event.timer == TimerId::kNone);
    ++pending_;
    push_into_lane(lane, now, event);
  }
  void arm_lane(LaneId lane, TimerId timer, SimTime now, Event event) {
    claim(timer);
    event.timer = timer;
    push_into_lane(lane, now, event);
    drop_dead_if_many();
  }

  // Takes the earliest event if it is due by `end`.
  bool pop_until(SimTime end, Event& out) {
    for (;;) {
      const LaneHead* lane = live_lane_head();
      const Event* event = main_.front(lane != nullptr ? std::min(end, lane->at) : end);
      if (lane != nullptr &&
          (event == nullptr || (event->at == lane->at && event->sequence > lane->sequence))) {
        if (lane->at > end) return false;
        out = lanes_[lane->lane].front();
        pop_lane();
        break;
      }
      if (event == nullptr) return false;
      out = *event;
      main_.pop_front();
      if (is_live(out)) break;
    }
    if (out.timer != TimerId::kNone) live_[static_cast<std::uint32_t>(out.timer)] = 0;
    --pending_;
    return true;
  }
  // A guess at the event that fires after `n` others, or null; good for nothing but fetching what it will
  // need.
  const Event* upcoming(std::size_t n) const { return main_.upcoming(n); }
  // When the next event fires. Not const: it may tidy up.
  std::optional<SimTime> next_time();
  // How many events will fire as things are.
  std::size_t pending() const { return pending_; }
  bool empty() const { return pending_ == 0; }

 private:
  // A ring of events; its size is a power of two.
  struct Lane {
    Duration delay;
    std::vector<Event> ring = std::vector<Event>(16);
    std::uint64_t head = 0, tail = 0;

    const Event& front() const { return at(head); }
    const Event& at(std::uint64_t place) const { return ring[place & (ring.size() - 1)]; }
    bool empty() const { return head == tail; }
    void append(const Event& event) {
      if (tail - head == ring.size()) [[unlikely]]
        resize(2 * ring.size());
      ring[tail++ & (ring.size() - 1)] = event;
    }
    void resize(std::size_t size);
  };
  // A lane with its first event: an entry of lane_heads_, a binary heap.
  struct LaneHead {
    SimTime at;
    std::uint64_t sequence;
    std::uint32_t lane;
  };

  std::uint64_t& live_of(TimerId timer) {
    const auto index = static_cast<std::uint32_t>(timer);
    CHECK(index != 0 && index < live_.size());
    return live_[index];
  }
  bool is_live(const Event& event) const {
    return event.timer == TimerId::kNone || live_[static_cast<std::uint32_t>(event.timer)] == event.sequence;
  }
  // The next event pushed is the timer's.
  void claim(TimerId timer) {
    std::uint64_t& live = live_of(timer);
    pending_ += live == 0;
    live = sequence_ + 1;
  }
  void push_main(const Event& event) { main_.push(event.at, ++sequence_, event); }
  void push_into_lane(LaneId id, SimTime now, Event& event) {
    const auto index = static_cast<std::uint32_t>(id);
    Lane& lane = lanes_.at(index);
    event.at = now + lane.delay;
    event.sequence = ++sequence_;
    ++in_lanes_;
    if (lane.empty()) {
      add_lane_head(index, event);
    } else {
      CHECK(lane.at(lane.tail - 1).at <= event.at);
    }
    lane.append(event);
  }
  // The earliest first event of all lanes, dropping dead ones, or null.
  const LaneHead* live_lane_head() {
    while (!lane_heads_.empty()) {
      if (is_live(lanes_[lane_heads_.front().lane].front())) return &lane_heads_.front();
      pop_lane();
    }
    return nullptr;
  }
  void pop_lane() {
    --in_lanes_;
    Lane& lane = lanes_[lane_heads_.front().lane];
    ++lane.head;
    if (lane_heads_.size() > 1 || lane.empty()) return reorder_lane_heads();
    lane_heads_.front().at = lane.front().at;
    lane_heads_.front().sequence = lane.front().sequence;
  }
  void add_lane_head(std::uint32_t lane, const Event& event);
  void reorder_lane_heads();
  void drop_dead_if_many() {
    if (main_.size() + in_lanes_ > 2 * pending_ + 1024) [[unlikely]]
      compact();
  }
  void compact();

  std::uint64_t sequence_ = 0;
  Ladder main_;
  std::vector<Lane> lanes_;
  std::size_t in_lanes_ = 0;            // live events and dead ones
  std::vector<LaneHead> lane_heads_;    // of lanes that are not empty
  std::vector<std::uint64_t> live_{0};  // by timer: the sequence of its pending event, or 0
  std::vector<TimerId> free_;
  std::size_t pending_ = 0;  // live events
};

}  // namespace seatrial
