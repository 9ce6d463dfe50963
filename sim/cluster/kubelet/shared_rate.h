// Work that shares one resource: container starts on a node's CPUs, pulls on its link. `slots` pieces run at
// full speed; more share it evenly (processor sharing).
//
// Example, one slot: a (100 ms) comes at 0, b (100 ms) at 50 ms. Both run at half speed from 50 ms on; a has
// 50 ms left and ends at 150 ms; b has then 50 ms left, runs alone, and ends at 200 ms.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engine/time.h"

namespace seatrial::cluster {

class SharedRate {
 public:
  SharedRate() = default;
  // `slots` in thousandths.
  explicit SharedRate(std::int64_t slots) : slots_(slots) {}

  // REQUIRES of all: `now` does not go back.
  void add(SimTime now, std::uint32_t id, Duration work) {
    advance(now);
    pieces_.push_back({id, work.count()});
  }
  void remove(SimTime now, std::uint32_t id) {
    advance(now);
    std::erase_if(pieces_, [id](const Piece& p) { return p.id == id; });
  }
  // When the next one ends if nothing is added or removed.
  std::optional<SimTime> next_end() const {
    if (pieces_.empty()) return {};
    const std::int64_t left = std::max<std::int64_t>(0, std::ranges::min(pieces_, {}, &Piece::left).left);
    return since_ + Duration::nanos(stretched(left));
  }
  // The next one that has ended by `now`, in order of arrival; it is forgotten.
  std::optional<std::uint32_t> take_ended(SimTime now) {
    advance(now);
    const auto at = std::ranges::find_if(pieces_, [](const Piece& p) { return p.left <= 0; });
    if (at == pieces_.end()) return {};
    const std::uint32_t id = at->id;
    pieces_.erase(at);
    return id;
  }
  std::size_t size() const { return pieces_.size(); }

 private:
  struct Piece {
    std::uint32_t id;
    std::int64_t left;  // ns at full speed
  };
  __extension__ using Wide = __int128;
  // How long `work` takes at the present speed, rounded up.
  std::int64_t stretched(std::int64_t work) const {
    const auto n = static_cast<std::int64_t>(pieces_.size()) * 1000;
    if (n <= slots_) return work;
    return static_cast<std::int64_t>((Wide{work} * n + slots_ - 1) / slots_);
  }
  void advance(SimTime now) {
    const std::int64_t elapsed = (now - since_).count();
    since_ = now;
    const auto n = static_cast<std::int64_t>(pieces_.size()) * 1000;
    const std::int64_t done = n <= slots_ ? elapsed : static_cast<std::int64_t>(Wide{elapsed} * slots_ / n);
    for (Piece& piece : pieces_) piece.left -= done;
  }

  std::int64_t slots_ = 1000;
  SimTime since_;
  std::vector<Piece> pieces_;
};

}  // namespace seatrial::cluster
