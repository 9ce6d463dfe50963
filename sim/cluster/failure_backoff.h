// Back-off by key: how long a controller waits before it does again what failed. 1 s after the first failure,
// doubled with each that follows, at most 15 min; from the start again once 30 min lie between two. Sources:
// k8s.io/client-go/util/flowcontrol/backoff.go, as pkg/controller/daemon uses it (reference §6);
// pkg/controller/endpointslice, whose queue begins with 1 s too (§4.1).
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>

#include "sim/engine/time.h"

namespace seatrial::cluster {

class FailureBackoff {
 public:
  // Of the queue, what of it (a node), and its generation.
  using Key = std::tuple<std::uint64_t, std::uint32_t, std::int64_t>;

  // How long `key` waits at `now`, counted from its last failure; 0: it need not.
  Duration wait(Key key, SimTime now) const {
    const auto it = entries_.find(key);
    if (it == entries_.end() || now - it->second.updated >= it->second.delay) return {};
    return it->second.delay;
  }
  void failed(Key key, SimTime now) {
    Entry& entry = entries_[key];
    const bool fresh = entry.delay == Duration() || now - entry.updated > kLongest * 2;
    entry = {fresh ? Duration::seconds(1) : std::min(kLongest, entry.delay * 2), now};
  }
  void forget(Key key) { entries_.erase(key); }

 private:
  static constexpr Duration kLongest = Duration::seconds(15 * 60);
  struct Entry {
    Duration delay;
    SimTime updated;
  };
  std::map<Key, Entry> entries_;
};

}  // namespace seatrial::cluster
