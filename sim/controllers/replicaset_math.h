// The arithmetic of the ReplicaSet controller: batches, what its pods add up to, its status. Of values only.
//
// Sources: pkg/controller/replicaset/{replica_set,replica_set_utils}.go, pkg/api/v1/pod/util.go; reference
// §2.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sim/api/apps.h"

namespace seatrial::controllers {

// At most so many pods are created or deleted by one sync.
inline constexpr std::int32_t kBurstReplicas = 500;

// Slow start: batches of 1, 2, 4, 8, … until `count` is reached. 10 pods: 1, 2, 4, 3. A batch with a failure
// is the last, so a namespace without quota hears of one failed request, not of 500.
class SlowStart {
 public:
  explicit SlowStart(std::int32_t count) : remaining_(count), batch_(std::min(count, 1)) {}
  std::int32_t batch() const { return batch_; }  // size of the batch to make now; 0: finished
  void done(std::int32_t failures) {
    successes_ += batch_ - failures;
    calls_ += batch_;
    remaining_ -= batch_;
    failed_ = failures > 0;
    batch_ = failed_ ? 0 : std::min(2 * batch_, remaining_);
  }
  std::int32_t successes() const { return successes_; }
  std::int32_t calls() const { return calls_; }
  bool failed() const { return failed_; }

 private:
  std::int32_t remaining_, batch_, successes_ = 0, calls_ = 0;
  bool failed_ = false;
};

// What the pods of a ReplicaSet add up to.
struct PodCounts {
  std::int32_t active = 0, fully_labeled = 0, ready = 0, available = 0, terminating = 0;
  // When the next ready pod becomes available, if one is not yet.
  std::optional<SimTime> next_available;
};
// Counts pods one by one; `labels` are the template's. A ready pod is available once Ready has been true for
// min_ready_seconds, counted from a whole second: ready at 12.9 s with 3 s is available at 15.0 s.
class PodCounter {
 public:
  PodCounter(const api::LabelMap& labels, std::int32_t min_ready_seconds, SimTime now)
      : labels_(labels), min_ready_(Duration::seconds(min_ready_seconds)), now_(now) {}
  void add_active(const api::Pod& pod);
  void add_terminating() { ++counts_.terminating; }
  const PodCounts& counts() const { return counts_; }

 private:
  const api::LabelMap& labels_;
  Duration min_ready_;
  SimTime now_;
  PodCounts counts_;
  const api::LabelMap* last_labels_ = nullptr;  // of the pod before: pods of a template share them
  bool last_matches_ = false;
};

// `failure` is what went wrong when creating or deleting (empty: nothing). Conditions keep an earlier
// failure's text.
api::ReplicaSet::Status calculate_status(const api::ReplicaSet& rs, const PodCounts& counts,
                                         const std::string& failure, SimTime now);
// Whether the status must be written: it differs, or a new generation was not observed yet.
bool status_needs_write(const api::ReplicaSet& rs, const api::ReplicaSet::Status& status);

}  // namespace seatrial::controllers
