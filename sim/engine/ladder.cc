#include "sim/engine/ladder.h"

#include <algorithm>
#include <bit>

namespace seatrial {
namespace {

constexpr std::uint32_t kSlotOpens = 48;   // a slot with up to so many events is sorted at once
constexpr std::uint32_t kOnlyBottom = 40;  // so few events in all need no rungs
static_assert(kOnlyBottom <= kSlotOpens);
constexpr std::size_t kBottomFull = 64;   // out of order, no more are inserted one by one
constexpr std::uint32_t kSlotTarget = 8;  // events a slot
constexpr std::uint64_t kMostSlots =
    512;  // of a rung, about: the ends of their lists stay in the first-level cache

// Where each of n times belongs in a sorted array: the number of smaller ones, and of equal ones before it.
// For so few it is faster to compare all pairs without branches than to sort with mispredicted ones.
void rank(const std::int64_t* times, std::uint32_t n, std::uint32_t* ranks) {
  for (std::uint32_t i = 0; i < n; ++i) ranks[i] = 0;
  for (std::uint32_t i = 1; i < n; ++i) {
    std::uint32_t before = 0;
    for (std::uint32_t j = 0; j < i; ++j) {
      const std::uint32_t later = times[j] > times[i];
      ranks[j] += later;
      before += 1 - later;
    }
    ranks[i] = before;
  }
}

}  // namespace

void Ladder::sample(Nanos at) {
  if (top_.count == 0) {
    sample_stride_ = 1;
    sample_count_ = 0;
  }
  if (sample_count_ == kSamples) {
    for (std::uint32_t i = 0; i < kSamples / 2; ++i) samples_[i] = samples_[2 * i];
    sample_count_ = kSamples / 2;
    sample_stride_ *= 2;
  }
  samples_[sample_count_++] = at;
}

Event& Ladder::place_in_bottom(SimTime at) {
  if (head_ == tail_) head_ = tail_ = 0;
  if (tail_ - head_ >= kBottomFull && at < bottom_[tail_ - 1].at) {
    spill();
    if (at.count() > bottom_last_) return place_behind(at.count());
  }
  if (tail_ == bottom_.size()) make_room();
  std::size_t place = tail_++;
  for (; place > head_ && bottom_[place - 1].at > at; --place) bottom_[place] = bottom_[place - 1];
  return bottom_[place];
}

// Room for one more at the end: what was taken from the front goes, or the array doubles.
void Ladder::make_room() {
  if (head_ <= bottom_.size() / 2) return bottom_.resize(std::max(std::size_t{64}, 2 * bottom_.size()));
  std::copy(bottom_.begin() + static_cast<std::ptrdiff_t>(head_),
            bottom_.begin() + static_cast<std::ptrdiff_t>(tail_), bottom_.begin());
  tail_ -= head_;
  head_ = 0;
}

// The bottom has grown long: its events become a rung, or join the top.
void Ladder::spill() {
  const Nanos start = bottom_[head_].at.count();
  if (!rungs_.empty()) {
    const auto span = static_cast<std::uint64_t>(bottom_last_) - static_cast<std::uint64_t>(start);
    add_rung(start, bottom_last_, static_cast<std::uint32_t>(std::bit_width(span / (tail_ - head_))));
  }
  bottom_last_ = start - 1;
  for (std::size_t i = head_; i < tail_; ++i) place_behind(bottom_[i].at.count()) = bottom_[i];
  head_ = tail_ = 0;
}

const Event* Ladder::peek() {
  if (head_ != tail_ || refill(kForever, false)) return &bottom_[head_];
  if (rungs_.empty()) return nullptr;
  const Rung& rung = rungs_.back();
  return &pool_.front(slots_[rung.first + rung.next]);
}

// More events in a slot than are sorted at once, and all of the same time.
bool Ladder::next_slot_is_crowd(const Rung& rung) const {
  return rung.shift == 0 && slots_[rung.first + rung.next].count > kSlotOpens;
}

// Fills the empty bottom with the next events if their slot begins by `limit`. A crowd is left alone unless
// `open_crowds`: nothing may be inserted before it once it is the bottom, or each insertion would move all of
// it.
bool Ladder::refill(Nanos limit, bool open_crowds) {
  for (;;) {
    if (rungs_.empty()) {
      if (refill_from_top(limit)) return true;
      if (rungs_.empty()) return false;
    }
    Rung& rung = rungs_.back();
    while (rung.next < rung.count && slots_[rung.first + rung.next].count == 0) ++rung.next;
    if (rung.next == rung.count) {
      bottom_last_ = rung.last;
      slots_.resize(rung.first);
      rungs_.pop_back();
      continue;
    }
    const Nanos start = rung.start_of(rung.next);
    bottom_last_ = rung.used = start - 1;
    if (start > limit || (!open_crowds && next_slot_is_crowd(rung))) return false;
    const Nanos last = rung.used = rung.last_of(rung.next);
    EventList& list = slots_[rung.first + rung.next++];
    if (list.count <= kSlotOpens || rung.shift == 0) {
      if (rung.next < rung.count) pool_.prefetch(slots_[rung.first + rung.next]);
      open(list, rung.shift == 0);
      bottom_last_ = last;
      return true;
    }
    refine(std::exchange(list, EventList()), start, last, rung.shift);
  }
}

// Without rungs: opens a small top, or makes a rung of a large one (and returns false, with rungs).
bool Ladder::refill_from_top(Nanos limit) {
  if (top_.count == 0) {
    bottom_last_ = kForever;
    return false;
  }
  if (top_earliest_ > limit) return false;
  if (top_.count > kOnlyBottom) {
    add_outermost_rung();
    return false;
  }
  open(top_, false);
  bottom_last_ = top_earliest_ = kForever;
  return true;
}

void Ladder::open(EventList& list, bool in_order) {
  const std::uint32_t n = list.count;
  if (bottom_.size() < n || bottom_.size() > 4096 + 2 * std::size_t{n})
    std::vector<Event>(std::max(n, 64u)).swap(bottom_);
  head_ = 0;
  tail_ = n;
  if (!in_order) return open_sorting(list);
  Event* to = bottom_.data();
  pool_.drain(list, [&](const Event& event) { *to++ = event; });
}

void Ladder::open_sorting(EventList& list) {
  std::array<const Event*, kSlotOpens> events;
  std::array<Nanos, kSlotOpens> times;
  std::array<std::uint32_t, kSlotOpens> ranks;
  std::uint32_t n = 0;
  pool_.for_each(list, [&](const Event& event) {
    times[n] = event.at.count();
    events[n++] = &event;
  });
  rank(times.data(), n, ranks.data());
  for (std::uint32_t i = 0; i < n; ++i) bottom_[ranks[i]] = *events[i];
  pool_.release(list);
}

void Ladder::add_rung(Nanos start, Nanos last, std::uint32_t shift) {
  const auto span = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(start);
  const auto first = static_cast<std::uint32_t>(slots_.size()),
             count = static_cast<std::uint32_t>((span >> shift) + 1);
  rungs_.push_back({start, last, start - 1, shift, first, 0, count});
  slots_.resize(first + count);
}

// Example: 1000 events in a slot of 2^20 ns: 128 slots of 2^13 ns.
void Ladder::refine(EventList list, Nanos start, Nanos last, std::uint32_t width_shift) {
  const std::uint64_t slots = std::min(std::uint64_t{std::bit_ceil(list.count / kSlotTarget)}, kMostSlots);
  const auto less = static_cast<std::uint32_t>(std::bit_width(slots) - 1);
  add_rung(start, last, width_shift > less ? width_shift - less : 0);
  const Rung rung = rungs_.back();
  pool_.drain(list, [&](const Event& event) {
    pool_.append(slots_[rung.first + rung.slot_of(event.at.count())]) = event;
  });
}

// Reaches twice as far as seven eighths of the sample, so that few events stay in the top; the width gives
// kSlotTarget events to a slot at the density of the nearer half, which is also what later pushes will bring
// there. Example: 1000 events, half of them within 0.7 s, 7/8 within 2 s: width 0.7 s / 500 * 8 = 11 ms,
// reach 4 s, 360 slots.
void Ladder::add_outermost_rung() {
  const std::uint64_t n = top_.count;
  std::array<std::uint64_t, kSamples> ahead{};
  for (std::uint32_t i = 0; i < sample_count_; ++i)
    ahead[i] = static_cast<std::uint64_t>(samples_[i]) - static_cast<std::uint64_t>(top_earliest_);
  std::sort(ahead.begin(), ahead.begin() + sample_count_);
  const std::uint64_t median = ahead[sample_count_ / 2], most = ahead[sample_count_ * 7 / 8];
  const std::uint64_t most_left =
      static_cast<std::uint64_t>(kForever) - static_cast<std::uint64_t>(top_earliest_);
  const std::uint64_t reach = std::min(2 * std::min(most, std::uint64_t{1} << 62), most_left);
  const std::uint64_t width =
      std::max({median / n * 2 * kSlotTarget, reach / std::min(kMostSlots, n), std::uint64_t{1}});
  const auto shift = static_cast<std::uint32_t>(std::bit_width(width) - 1);
  const std::uint64_t covered = std::min((((reach >> shift) + 1) << shift) - 1, most_left);
  add_rung(top_earliest_, top_earliest_ + static_cast<Nanos>(covered), shift);
  bottom_last_ = top_earliest_ - 1;
  top_earliest_ = kForever;
  EventList all = std::exchange(top_, EventList());
  pool_.drain(all, [&](const Event& event) { place_behind(event.at.count()) = event; });
}

}  // namespace seatrial
