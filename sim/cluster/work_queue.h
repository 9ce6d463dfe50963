// client-go's work queue: a key is in the queue at most once, is never handed to two workers, and comes back
// if it was added while it was being worked on. Failures are retried after 5 ms * 2^n for each key (at most
// 1000 s) and at most ten a second overall (burst 100), whichever is later. Source:
// k8s.io/client-go/util/workqueue/{queue,default_rate_limiters}.go; reference §1.1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "sim/cluster/rate_limiter.h"
#include "sim/engine/time.h"

namespace seatrial::cluster {

template <class Key>
class WorkQueue {
 public:
  // `base` and `longest` bound the back-off of a key, `overall` the failures of all keys together.
  explicit WorkQueue(Duration base = Duration::millis(5), Duration longest = Duration::seconds(1000),
                     TokenBucket overall = {10, 100})
      : base_(base), longest_(longest), overall_(overall) {}

  void add(const Key& key) {
    if (!dirty_.insert(key).second) return;
    if (!processing_.contains(key)) ready_.push_back(key);
  }
  bool empty() const { return ready_.empty(); }
  std::size_t size() const { return ready_.size(); }
  // REQUIRES: !empty().
  Key get() {
    const Key key = ready_.front();
    ready_.pop_front();
    dirty_.erase(key);
    processing_.insert(key);
    return key;
  }
  void done(const Key& key) {
    processing_.erase(key);
    if (dirty_.contains(key)) ready_.push_back(key);
  }

  // How long to wait before the key is added again after one more failure.
  Duration next_retry(const Key& key, SimTime now) {
    const std::int32_t failures = failures_[key]++;
    const Duration backoff =
        failures >= 40 ? longest_ : std::min(longest_, base_ * (std::int64_t{1} << failures));
    return std::max(backoff, overall_.reserve(now) - now);
  }
  std::int32_t retries(const Key& key) const {
    const auto it = failures_.find(key);
    return it == failures_.end() ? 0 : it->second;
  }
  void forget(const Key& key) { failures_.erase(key); }

  // Delayed adds: of several for one key the earliest counts. True if an event is to be scheduled for `when`.
  bool wait(const Key& key, SimTime when) {
    const auto [it, is_new] = waiting_.emplace(key, when);
    if (!is_new && it->second <= when) return false;
    it->second = when;
    return true;
  }
  // The event of a delayed add has come; false if an earlier one took its place.
  bool wait_is_over(const Key& key, SimTime now) {
    const auto it = waiting_.find(key);
    if (it == waiting_.end() || it->second != now) return false;
    waiting_.erase(it);
    return true;
  }

 private:
  Duration base_, longest_;
  std::deque<Key> ready_;
  std::set<Key> dirty_, processing_;
  std::map<Key, std::int32_t> failures_;
  std::map<Key, SimTime> waiting_;
  TokenBucket overall_;
};

}  // namespace seatrial::cluster
