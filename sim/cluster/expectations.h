// Expectations: what a controller has asked for and not yet seen. While a key's are unfulfilled (and younger
// than five minutes) its syncs create and delete nothing. Source: pkg/controller/controller_utils.go
// (UIDTrackingControllerExpectations); reference §2.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "sim/engine/time.h"

namespace seatrial::cluster {

class Expectations {
 public:
  using Key = std::uint64_t;
  void expect_creations(Key key, std::int64_t count, SimTime now) { entries_[key] = {count, {}, now}; }
  void expect_deletions(Key key, std::set<std::uint32_t> pods, SimTime now) {
    entries_[key] = {0, std::move(pods), now};
  }
  void expect(Key key, std::int64_t creations, std::set<std::uint32_t> deletions, SimTime now) {
    entries_[key] = {creations, std::move(deletions), now};
  }
  void creation_observed(Key key) {
    const auto it = entries_.find(key);
    if (it != entries_.end()) --it->second.creations;
  }
  void deletion_observed(Key key, std::uint32_t pod) {
    const auto it = entries_.find(key);
    if (it != entries_.end()) it->second.deletions.erase(pod);
  }
  bool satisfied(Key key, SimTime now) const {
    const auto it = entries_.find(key);
    return it == entries_.end() || (it->second.creations <= 0 && it->second.deletions.empty()) ||
           now - it->second.since > Duration::seconds(300);
  }
  void forget(Key key) { entries_.erase(key); }

 private:
  struct Entry {
    std::int64_t creations = 0;
    std::set<std::uint32_t> deletions;  // by pod index
    SimTime since;
  };
  std::map<Key, Entry> entries_;
};

}  // namespace seatrial::cluster
