// The simulation kernel: clock, event queue, journal, fingerprint and random streams of one run, and the loop
// that fires events in their total order. A value: copying it copies the run's whole engine state.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/engine/check.h"
#include "sim/engine/event.h"
#include "sim/engine/event_queue.h"
#include "sim/engine/fingerprint.h"
#include "sim/engine/journal.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"

namespace seatrial {

class Kernel {
 public:
  // The clock starts at `start`, which may lie before time 0 so that initial objects can settle.
  explicit Kernel(std::uint64_t seed, SimTime start = SimTime()) : seed_(seed), now_(start) {}

  SimTime now() const { return now_; }
  std::uint64_t seed() const { return seed_; }
  EventQueue& queue() { return queue_; }
  const EventQueue& queue() const { return queue_; }
  Journal& journal() { return journal_; }
  const Journal& journal() const { return journal_; }
  Fingerprint& fingerprint() { return fingerprint_; }
  const Fingerprint& fingerprint() const { return fingerprint_; }
  std::uint64_t events_fired() const { return fired_; }

  // The stream of that name: a function of (seed, name) only, so that a new component shifts nobody's draws.
  RandomStream stream(std::string_view name) const { return RandomStream(seed_, name); }

  // Schedules an event. REQUIRES: not in the past. Returns nothing: what must be cancelled uses a timer of
  // queue().
  void at(SimTime when, const Event& event) {
    CHECK(when >= now_);
    queue_.push(when, event);
  }
  void after(Duration delay, const Event& event) { at(now_ + delay, event); }
  // Arms (or re-arms) a timer: at most one event of a timer is pending. O(1).
  void arm(TimerId timer, Duration delay, Event event) {
    CHECK(delay >= Duration());
    event.at = now_ + delay;
    queue_.arm(timer, event);
  }

  // Writes a record at the present instant and returns it, to be handed on as the cause of what follows.
  JournalId record(JournalRecord record) {
    record.at = now_;
    const JournalId id = journal_.append(record);
    fingerprint_.mix(record, journal_.hash_of_text(record.text));
    return id;
  }

  // Fires every event up to and including `end` in order through `handler(const Event&)`, then sets the clock
  // to `end`. `stop()` from inside a handler ends the loop after that event, the clock staying there.
  template <class Handler>
  void run_until(SimTime end, Handler&& handler) {
    run_until(end, handler, [](const Event&, bool) {});
  }
  // The same; `announce(const Event&, bool soon)` hears of events that will probably fire soon, or sooner, so
  // that memory that they need can be fetched. It must not change anything.
  template <class Handler, class Announce>
  void run_until(SimTime end, Handler&& handler, Announce&& announce) {
    const CheckClock clock(now_);
    stopped_ = false;
    Event event;
    while (!stopped_ && queue_.pop_until(end, event)) {
      CHECK(event.at >= now_);
      now_ = event.at;
      ++fired_;
      if (queue_.pending() > kInCache) {
        if (const Event* later = queue_.upcoming(kFarAhead)) announce(*later, false);
        if (const Event* soon = queue_.upcoming(kNearAhead)) announce(*soon, true);
      }
      handler(static_cast<const Event&>(event));
    }
    if (!stopped_) now_ = end;
  }
  void stop() { stopped_ = true; }

 private:
  static constexpr std::size_t kFarAhead = 8, kNearAhead = 4;
  static constexpr std::size_t kInCache = 2048;  // what so few pending events need is near anyway
  std::uint64_t seed_;
  SimTime now_;
  EventQueue queue_;
  Journal journal_;
  Fingerprint fingerprint_;
  std::uint64_t fired_ = 0;
  bool stopped_ = false;
};

}  // namespace seatrial
