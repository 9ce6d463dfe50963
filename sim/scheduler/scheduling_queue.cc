#include "sim/scheduler/scheduling_queue.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::scheduler {

namespace {
constexpr Duration kWindow = Duration::seconds(1);
}  // namespace

SchedulingQueue::Order& SchedulingQueue::order(Place place) {
  switch (place) {
    case Place::kActive:
      return active_;
    case Place::kBackoff:
      return backoff_;
    case Place::kErrorBackoff:
      return error_backoff_;
    case Place::kUnschedulable:
      return unschedulable_;
    case Place::kNone:
      break;
  }
  CHECK(false);
}

void SchedulingQueue::put(QueuedPod pod, Place place) {
  const std::uint32_t index = pod.pod;
  if (index >= place_.size()) {
    place_.resize(index + 1, Place::kNone);
    entry_of_.resize(index + 1);
  }
  CHECK(place_[index] == Place::kNone);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(entries_.size()));
    entries_.emplace_back();
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  const bool backoff = place == Place::kBackoff || place == Place::kErrorBackoff;
  const Rank rank{backoff ? pod.backoff_until : SimTime(), place == Place::kUnschedulable ? 0 : -pod.priority,
                  pod.timestamp, ++sequence_, index};
  if (place == Place::kUnschedulable) {
    for (unsigned plugin = 0; plugin < 32; ++plugin) refused_count_[plugin] += pod.refused_by >> plugin & 1;
  }
  order(place).insert(rank);
  entries_[slot] = {std::move(pod), rank};
  place_[index] = place;
  entry_of_[index] = slot;
}

QueuedPod SchedulingQueue::take(std::uint32_t index) {
  const Place place = place_.at(index);
  CHECK(place != Place::kNone);
  Entry entry = std::move(entries_[entry_of_[index]]);
  free_.push_back(entry_of_[index]);
  order(place).erase(entry.rank);
  place_[index] = Place::kNone;
  if (place == Place::kUnschedulable) {
    for (unsigned plugin = 0; plugin < 32; ++plugin)
      refused_count_[plugin] -= entry.pod.refused_by >> plugin & 1;
  }
  return std::move(entry.pod);
}

bool SchedulingQueue::is_unschedulable(std::uint32_t pod) const {
  return pod < place_.size() && place_[pod] == Place::kUnschedulable;
}

const QueuedPod& SchedulingQueue::get(std::uint32_t pod) const {
  CHECK(contains(pod));
  return entries_[entry_of_[pod]].pod;
}

void SchedulingQueue::add(QueuedPod pod) {
  const Place place = pod.gated ? Place::kUnschedulable : Place::kActive;
  put(std::move(pod), place);
}

std::optional<QueuedPod> SchedulingQueue::pop() {
  const Order& from = active_.empty() ? backoff_ : active_;
  if (from.empty()) return std::nullopt;
  QueuedPod pod = take(from.begin()->pod);
  pod.refused_by = 0;
  return pod;
}

void SchedulingQueue::add_unschedulable(QueuedPod pod, SimTime now, bool worth_requeuing) {
  pod.timestamp = now;
  const bool error = pod.refused_by == 0;
  if (error) {
    ++pod.consecutive_errors;
  } else {
    ++pod.unschedulable_count;
    pod.consecutive_errors = 0;
  }
  const std::int64_t count = error ? pod.consecutive_errors : pod.unschedulable_count;
  pod.backoff_until =
      (now + backoff_duration(config_.initial_backoff, config_.max_backoff, count)).whole_second();
  if (error || worth_requeuing) {
    put_active_or_backoff(std::move(pod), now);
  } else {
    put(std::move(pod), Place::kUnschedulable);
  }
}

bool SchedulingQueue::is_backing_off(const QueuedPod& pod, SimTime now) const {
  const bool never_failed = pod.unschedulable_count == 0 && pod.consecutive_errors == 0;
  return !never_failed && pod.backoff_until >= now.whole_second();
}

void SchedulingQueue::put_active_or_backoff(QueuedPod pod, SimTime now) {
  Place place = Place::kActive;
  if (is_backing_off(pod, now)) place = pod.consecutive_errors > 0 ? Place::kErrorBackoff : Place::kBackoff;
  put(std::move(pod), place);
}

void SchedulingQueue::requeue(std::uint32_t index, SimTime now, JournalId cause) {
  CHECK(is_unschedulable(index));
  QueuedPod pod = take(index);
  pod.gated = false;
  pod.cause = cause;
  put_active_or_backoff(std::move(pod), now);
}

void SchedulingQueue::remove(std::uint32_t pod) {
  if (contains(pod)) take(pod);
}

void SchedulingQueue::activate(std::uint32_t pod) {
  if (contains(pod) && place_[pod] != Place::kActive) put(take(pod), Place::kActive);
}

void SchedulingQueue::flush(SimTime now) {
  for (Order* waiting : {&backoff_, &error_backoff_}) {
    while (!waiting->empty() && waiting->begin()->due < now.whole_second()) {
      put(take(waiting->begin()->pod), Place::kActive);
    }
  }
  for (const std::uint32_t index : unschedulable()) {
    if (now - get(index).timestamp > config_.max_in_unschedulable) put_active_or_backoff(take(index), now);
  }
}

std::optional<SimTime> SchedulingQueue::next_flush() const {
  std::optional<SimTime> next;
  const auto at = [&next](SimTime time) { next = next ? std::min(*next, time) : time; };
  if (!backoff_.empty()) at(backoff_.begin()->due + kWindow);
  if (!error_backoff_.empty()) at(error_backoff_.begin()->due + kWindow);
  for (const Rank& rank : unschedulable_) {
    if (get(rank.pod).gated) continue;
    // The first check after the pod is old enough.
    const std::int64_t old = (rank.timestamp + config_.max_in_unschedulable).count(),
                       period = config_.leftover_check.count();
    at(SimTime::at(Duration::nanos((old / period + 1) * period)));
    break;
  }
  return next;
}

std::vector<std::uint32_t> SchedulingQueue::unschedulable() const {
  std::vector<std::uint32_t> pods;
  for (const Rank& rank : unschedulable_) {
    if (!get(rank.pod).gated) pods.push_back(rank.pod);
  }
  return pods;
}

bool SchedulingQueue::any_refused_by(PluginSet plugins) const {
  for (unsigned plugin = 0; plugin < 32; ++plugin) {
    if ((plugins >> plugin & 1) && refused_count_[plugin] > 0) return true;
  }
  return false;
}

}  // namespace seatrial::scheduler
