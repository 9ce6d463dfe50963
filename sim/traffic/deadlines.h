// Deadlines of one constant timeout, in order of arming: a first-in, first-out ring with one pending engine
// event.
//
// Arming is a store of eight bytes; nothing is done to call a deadline off, because the owner notices that
// the entry's epoch is stale when its turn comes. The engine's event is armed for the entry at the head only,
// so a timeout that is long against the latency costs no event for most requests.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/engine/check.h"
#include "sim/engine/time.h"
#include "sim/traffic/request.h"

namespace seatrial::traffic {

class DeadlineLane {
 public:
  struct Entry {
    Slot slot;
    std::uint32_t epoch;
  };
  explicit DeadlineLane(Duration timeout) : timeout_(timeout) {}

  Duration timeout() const { return timeout_; }
  bool empty() const { return head_ == tail_; }
  Entry front() const { return ring_[head_ & (ring_.size() - 1)]; }
  void pop() { ++head_; }
  void push(Entry entry) {
    if (tail_ - head_ == ring_.size()) [[unlikely]]
      grow();
    ring_[tail_++ & (ring_.size() - 1)] = entry;
  }
  // Is an engine event pending for the head?
  bool armed = false;

 private:
  void grow() {
    std::vector<Entry> bigger(ring_.empty() ? 64 : ring_.size() * 2);
    for (std::size_t i = head_; i != tail_; ++i)
      bigger[i & (bigger.size() - 1)] = ring_[i & (ring_.size() - 1)];
    ring_ = std::move(bigger);
  }
  Duration timeout_;
  std::vector<Entry> ring_;          // size is 0 or a power of two
  std::size_t head_ = 0, tail_ = 0;  // count up; taken modulo the size
};

}  // namespace seatrial::traffic
