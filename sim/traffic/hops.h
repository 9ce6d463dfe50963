// How far it is between two places, and whether packets get there at all.
//
// A place is whatever the composition root wants to tell apart: the internet, a zone, a namespace in a zone.
// The table is dense, one-way, and zero and reachable where nothing was set; it may change during a run
// (faults), and a change holds for packets sent after it. While nothing was ever set, looking up costs one
// branch. How long packets of a pair take may be a distribution: each request draws once for a pair, from the
// pair's key and its own number, so that a draw is nobody else's and there and back take the same time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/engine/check.h"
#include "sim/engine/distributions.h"
#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial::traffic {

enum class PlaceId : std::uint16_t { kDefault = 0 };

struct Hop {
  Duration one_way;                    // beside what is drawn
  JournalId cause = JournalId::kNone;  // of the latest of the cuts
  std::uint16_t cuts = 0;              // by how many faults no packet passes
  std::uint16_t drawn_from = 0;        // of Hops' distributions; 0: nothing is drawn

  bool reachable() const { return cuts == 0; }
};

class Hops {
 public:
  // REQUIRES: one_way >= 0. Direction matters: `from` is the side that opens the connection.
  void set(PlaceId from, PlaceId to, Hop hop) {
    CHECK(hop.one_way >= Duration());
    const std::size_t needed = static_cast<std::size_t>(std::max(from, to)) + 1;
    if (needed > size_) grow(needed);
    table_[index(from, to)] = hop;
  }
  Hop get(PlaceId from, PlaceId to) const {
    if (static_cast<std::size_t>(from) >= size_ || static_cast<std::size_t>(to) >= size_) return {};
    return table_[index(from, to)];
  }
  // What a packet takes one way. REQUIRES: fewer than 65,535 calls.
  void set_random(PlaceId from, PlaceId to, Distribution one_way, std::uint64_t key);
  // As get(), with what the request with that number draws.
  Hop get(PlaceId from, PlaceId to, std::uint64_t request) const {
    Hop hop = get(from, to);
    if (hop.drawn_from != 0) [[unlikely]]
      hop.one_way += draw(hop.drawn_from, request);
    return hop;
  }
  bool trivial() const { return size_ == 0; }

 private:
  struct Spread {
    Distribution one_way;
    std::uint64_t key = 0;
  };
  Duration draw(std::uint16_t spread, std::uint64_t request) const;
  std::size_t index(PlaceId from, PlaceId to) const {
    return static_cast<std::size_t>(from) * size_ + static_cast<std::size_t>(to);
  }
  void grow(std::size_t size) {
    std::vector<Hop> table(size * size);
    for (std::size_t f = 0; f < size_; ++f)
      for (std::size_t t = 0; t < size_; ++t) table[f * size + t] = table_[f * size_ + t];
    table_ = std::move(table);
    size_ = size;
  }
  std::vector<Hop> table_;
  std::vector<Spread> spreads_;  // by Hop::drawn_from - 1
  std::size_t size_ = 0;
};

}  // namespace seatrial::traffic
