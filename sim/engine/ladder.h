// A ladder queue: events in the order (at, sequence), at a cost that does not grow with their number.
//
// Three parts, from near to far. The bottom is a short sorted array, from which events are taken. The rungs
// divide the time after it into slots of equal width (a power of two), unsorted; the slot whose turn it is
// becomes the bottom, or, if it holds too many events, a rung of narrower slots. The top is a heap in the
// plain sense of the word: whatever lies beyond the outermost rung. When all rungs are used up, the top
// becomes the next outermost rung, whose width is taken from a sample of the top, so the queue adapts to how
// events lie in time; outliers stay in the top. With few events there is the bottom alone.
//
// Invariants:
//   - the bottom holds exactly the events with at <= bottom_last_; all others are behind it;
//   - rung i + 1 and the bottom cover the slots of rung i before `next`; slots from `next` on are untouched;
//   - within each list, events of equal time are in the order of their sequence, so that sorting by time
//   suffices.
//
// Cost: an event moves once for each rung that it passes; widths shrink at least eightfold from rung to rung,
// down to 1 ns, where no order but that of arrival is left. An event pushed before the time of the last one
// taken is ordered correctly, but may be slow. Source: Tang, Goh, Thng, "Ladder queue", ACM TOMACS 15 (2005),
// with power-of-two widths and a sampled top.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "sim/engine/event.h"
#include "sim/engine/event_pool.h"

namespace seatrial {

class Ladder {
 public:
  // Keeps the event with this time and sequence, written where it will lie: one copy, since wide loads of
  // what has just been written piece by piece are slow. REQUIRES: the sequence is above all before it.
  void push(SimTime at, std::uint64_t sequence, const Event& event) {
    ++size_;
    Event& kept = at.count() <= bottom_last_ ? place_in_bottom(at) : place_behind(at.count());
    kept = event;
    kept.at = at;
    kept.sequence = sequence;
  }
  // The earliest event, if it is due by `limit`, else null. REQUIRES: what is pushed from now on is not
  // before the smaller of `limit` and that event's time (else it may be slow). The pointer holds until the
  // next call.
  const Event* front(SimTime limit) {
    if (head_ == tail_ && !refill(limit.count(), true)) return nullptr;
    const Event* event = &bottom_[head_];
    return event->at <= limit ? event : nullptr;
  }
  // REQUIRES: front() gave an event just before.
  void pop_front() {
    ++head_;
    --size_;
  }
  // The event that will be taken after `n` others if nothing comes between, as far as that is known without
  // work.
  const Event* upcoming(std::size_t n) const { return head_ + n < tail_ ? &bottom_[head_ + n] : nullptr; }
  // The earliest event or null, without requiring anything of the future.
  const Event* peek();
  // Removes what peek() gave just before.
  void pop_peeked() {
    if (head_ == tail_) refill(kForever, true);
    pop_front();
  }
  std::size_t size() const { return size_; }

  // Forgets events for which dead(event) holds.
  template <class Dead>
  void remove_if(Dead&& dead);

 private:
  using Nanos = std::int64_t;
  struct Rung {
    Nanos start;
    Nanos last;           // inclusive
    Nanos used;           // inclusive: up to here other parts are responsible
    std::uint32_t shift;  // a slot is 2^shift ns wide
    std::uint32_t first;  // of slots_
    std::uint32_t next;   // the first untouched slot
    std::uint32_t count;

    std::uint64_t slot_of(Nanos at) const {
      return (static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(start)) >> shift;
    }
    Nanos start_of(std::uint32_t slot) const {
      return static_cast<Nanos>(static_cast<std::uint64_t>(start) + (std::uint64_t{slot} << shift));
    }
    Nanos last_of(std::uint32_t slot) const {
      const Nanos begin = start_of(slot);
      const std::uint64_t width_less_one = (std::uint64_t{1} << shift) - 1;
      const auto left = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(begin);
      return width_less_one < left ? begin + static_cast<Nanos>(width_less_one) : last;
    }
  };
  static constexpr Nanos kForever = std::numeric_limits<Nanos>::max();
  static constexpr std::size_t kSamples = 64;

  // Room for an event of that time.
  Event& place_behind(Nanos at) {
    for (const Rung& rung : rungs_) {
      if (at <= rung.used) continue;
      const std::uint64_t slot = rung.slot_of(at);
      if (slot >= rung.count) break;  // only the outermost rung does not reach that far
      return pool_.append(slots_[rung.first + slot]);
    }
    top_earliest_ = std::min(top_earliest_, at);
    if ((top_.count & (sample_stride_ - 1)) == 0) sample(at);
    return pool_.append(top_);
  }
  Event& place_in_bottom(SimTime at);
  void sample(Nanos at);
  void make_room();
  void spill();
  bool refill(Nanos limit, bool open_crowds);
  bool refill_from_top(Nanos limit);
  bool next_slot_is_crowd(const Rung& rung) const;
  void open(EventList& list, bool in_order);
  void open_sorting(EventList& list);
  void add_outermost_rung();
  void add_rung(Nanos start, Nanos last, std::uint32_t shift);
  void refine(EventList list, Nanos start, Nanos last, std::uint32_t width_shift);

  std::vector<Event> bottom_;  // [head_, tail_) are events
  std::size_t head_ = 0, tail_ = 0;
  Nanos bottom_last_ = kForever;
  std::size_t size_ = 0;
  std::vector<Rung> rungs_;       // outermost first
  std::vector<EventList> slots_;  // those of all rungs
  EventPool pool_;
  EventList top_;
  Nanos top_earliest_ = kForever;
  std::uint32_t sample_stride_ = 1;  // a power of two
  std::uint32_t sample_count_ = 0;
  std::array<Nanos, kSamples> samples_{};  // times of every sample_stride_-th event of the top
};

template <class Dead>
void Ladder::remove_if(Dead&& dead) {
  const auto begin = bottom_.begin();
  const auto end = std::remove_if(begin + static_cast<std::ptrdiff_t>(head_),
                                  begin + static_cast<std::ptrdiff_t>(tail_), dead);
  tail_ = static_cast<std::size_t>(end - begin);
  size_ = tail_ - head_;
  const auto filter = [&](EventList& list) {
    EventList kept;
    pool_.drain(list, [&](const Event& event) {
      if (!dead(event)) pool_.append(kept) = event;
    });
    list = kept;
    size_ += kept.count;
  };
  for (EventList& slot : slots_)
    if (slot.count > 0) filter(slot);
  filter(top_);
  if (top_.count == 0) top_earliest_ = kForever;
}

}  // namespace seatrial
