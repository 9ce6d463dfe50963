// A table of limited size in which each connection takes a place while it is open, and for a while after it
// has been closed: a NAT gateway's ports to one destination, a node's conntrack table.
//
// How long a place is kept is constant for each class of entries, so what lingers is one queue for each, and
// counting costs nothing that nobody asks for. Whose the entries are is the caller's number.
//
// A table is short from the first time that it refuses somebody until it has refused nobody for
// kShortageOver: at its limit each place that comes free is taken in that instant, so a table that is full
// and one that is not take turns many times a second. A minute is the period by which CloudWatch counts
// refusals (ErrorPortAllocation).
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "sim/engine/check.h"
#include "sim/engine/time.h"

namespace seatrial::network {

inline constexpr Duration kShortageOver = Duration::seconds(60);

struct Shortage {
  SimTime first, last;  // refusal
  std::uint64_t refused = 0;
  std::uint32_t most = 0;      // whose most entries were at the first
  std::int64_t most_held = 0;  // how many of them
};

class FlowTable {
 public:
  static constexpr std::uint32_t kNobody = 0xffffffff;

  // `kept`: how long entries of each class stay. REQUIRES: limit > 0.
  FlowTable(std::int64_t limit, std::vector<Duration> kept)
      : limit_(limit), kept_(std::move(kept)), lingering_(kept_.size()) {
    CHECK(limit_ > 0);
  }

  // An entry that is open until close(). False: there is no room, and it is refused.
  bool open(std::uint32_t user, SimTime now) {
    if (!has_room(now)) return false;
    ++open_;
    hold(user, 1);
    note_peak(now);
    return true;
  }
  // REQUIRES: it is open.
  void close(std::uint32_t user, std::size_t of_class, SimTime now) {
    CHECK(open_ > 0);
    --open_;
    lingering_[of_class].push_back({now + kept_[of_class], user});
  }
  // It is forgotten at once. REQUIRES: it is open.
  void drop(std::uint32_t user) {
    CHECK(open_ > 0);
    --open_;
    hold(user, -1);
  }
  // What is open stays.
  void forget_closed();
  // An entry that stays for its class's time from now on, and is never open.
  bool pass(std::uint32_t user, std::size_t of_class, SimTime now) {
    if (!has_room(now)) return false;
    lingering_[of_class].push_back({now + kept_[of_class], user});
    hold(user, 1);
    note_peak(now);
    return true;
  }

  std::int64_t limit() const { return limit_; }
  std::int64_t open_now() const { return open_; }
  bool is_full(SimTime now) {
    if (count() >= limit_) forget(now);
    return count() >= limit_;
  }
  std::int64_t lingering(std::size_t of_class, SimTime now) {
    forget(now);
    return static_cast<std::int64_t>(lingering_[of_class].size());
  }
  std::int64_t peak() const { return peak_; }
  SimTime peak_at() const { return peak_at_; }
  std::uint64_t opened() const { return opened_; }
  const std::vector<Shortage>& shortages() const { return shortages_; }
  std::uint64_t refused() const;  // in all shortages
  bool is_short(SimTime now) const { return short_ && now - shortages_.back().last < kShortageOver; }
  // Whether the shortage is over, which is said once, by whoever asks next.
  bool recovers(SimTime now) {
    if (!short_ || is_short(now)) return false;
    short_ = false;
    return true;
  }

 private:
  struct Entry {
    SimTime until;
    std::uint32_t user;
  };
  bool has_room(SimTime now);
  void forget(SimTime now);
  void hold(std::uint32_t user, std::int32_t more);
  void note_peak(SimTime now);
  std::int64_t count() const {
    std::int64_t all = open_;
    for (const std::deque<Entry>& of_class : lingering_) all += static_cast<std::int64_t>(of_class.size());
    return all;
  }

  std::int64_t limit_, open_ = 0, peak_ = 0;
  SimTime peak_at_;
  std::uint64_t opened_ = 0;
  std::vector<Duration> kept_;
  std::vector<std::deque<Entry>> lingering_;  // by class, the first to go first
  std::vector<std::int32_t> held_;            // by user
  std::vector<Shortage> shortages_;
  bool short_ = false;
};

}  // namespace seatrial::network
