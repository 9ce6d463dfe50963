// Pods that wait for a node: those to try now (active), those that wait a while after a failure (backoff),
// and those that nothing has happened for since they failed (unschedulable; gated ones too).
//
// Active: priority, then the instant since which the pod waits. Backoff: 1 s·2^(k−1) up to 10 s after the
// k-th failure, the end cut to the whole second and the pods released at the whole second after it; a
// scheduler with nothing active takes the first of them at once, except those that failed by an error.
// Unschedulable pods move on when an event helps them by the hint of a plugin that refused them, or after 5
// minutes (looked at each 30 s). Sources:
// pkg/scheduler/backend/queue/{scheduling_queue,backoff_queue,active_queue}.go; reference §5.1.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "sim/engine/event.h"
#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

struct QueueConfig {
  Duration initial_backoff = Duration::seconds(1), max_backoff = Duration::seconds(10);
  Duration max_in_unschedulable = Duration::seconds(300), leftover_check = Duration::seconds(30);
};

struct QueuedPod {
  std::uint32_t pod = 0;  // index of the Pod object
  std::int64_t priority = 0;
  SimTime timestamp;  // of the last entry as new or failed
  std::int64_t unschedulable_count = 0, consecutive_errors = 0;
  PluginSet refused_by = 0;  // plugins of the last attempt
  SimTime backoff_until;     // whole seconds
  bool gated = false;
  JournalId cause = JournalId::kNone;  // why it is tried (again)
};

class SchedulingQueue {
 public:
  explicit SchedulingQueue(const QueueConfig& config) : config_(config) {}

  bool contains(std::uint32_t pod) const { return pod < place_.size() && place_[pod] != Place::kNone; }
  bool is_unschedulable(std::uint32_t pod) const;
  const QueuedPod& get(std::uint32_t pod) const;
  // A new pod; gated ones wait.
  void add(QueuedPod pod);
  // The pod to try next, taken out; none if there is nothing to try.
  std::optional<QueuedPod> pop();
  // Back after a failed attempt; `worth_requeuing`: something that may help happened meanwhile. Without a
  // plugin that refused it the attempt was an error.
  void add_unschedulable(QueuedPod pod, SimTime now, bool worth_requeuing);
  // Out of the unschedulable ones, by an event. REQUIRES: is_unschedulable(pod).
  void requeue(std::uint32_t pod, SimTime now, JournalId cause);
  void remove(std::uint32_t pod);
  // To be tried at once, if it waits here; not out of turn if it is active already.
  void activate(std::uint32_t pod);

  // Moves what has waited long enough.
  void flush(SimTime now);
  // When flush() has something to do next; none while nothing waits.
  std::optional<SimTime> next_flush() const;

  // Unschedulable pods in the order of their entry, gated ones left out.
  std::vector<std::uint32_t> unschedulable() const;
  bool any_refused_by(PluginSet plugins) const;
  std::size_t active_size() const { return active_.size(); }
  std::size_t backoff_size() const { return backoff_.size() + error_backoff_.size(); }
  std::size_t unschedulable_size() const { return unschedulable_.size(); }

 private:
  enum class Place : std::uint8_t { kNone, kActive, kBackoff, kErrorBackoff, kUnschedulable };
  struct Rank {   // smallest first
    SimTime due;  // of the backoff queues; else 0
    std::int64_t negative_priority = 0;
    SimTime timestamp;
    std::uint64_t sequence = 0;
    std::uint32_t pod = 0;
    auto operator<=>(const Rank&) const = default;
  };
  struct Entry {
    QueuedPod pod;
    Rank rank;
  };
  using Order = std::set<Rank>;
  Order& order(Place place);
  void put(QueuedPod pod, Place place);
  QueuedPod take(std::uint32_t pod);
  void put_active_or_backoff(QueuedPod pod, SimTime now);
  bool is_backing_off(const QueuedPod& pod, SimTime now) const;

  QueueConfig config_;
  Order active_, backoff_, error_backoff_, unschedulable_;
  std::vector<Place> place_;             // by pod
  std::vector<std::uint32_t> entry_of_;  // by pod
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::vector<std::int64_t> refused_count_ = std::vector<std::int64_t>(32);  // unschedulable pods by plugin
  std::uint64_t sequence_ = 0;
};

}  // namespace seatrial::scheduler
