// How controllers run: shared informers, a work queue with workers for each controller, and syncs that write
// through a rate-limited client.
//
// A controller is a row of two functions. `on_change` says which keys a change concerns. `sync` brings one
// key nearer to its desired state: straight-line code over what the cache held when the sync began
// (`Sync::pin`) and over the answers to its writes. A write takes simulated time, and a World must be
// copyable at any instant, so there is no suspended stack: `sync` returns kPending where it needs an answer
// that has not come yet, and is called again from its start when it has. What it did already is not done
// twice: the n-th write of a sync answers with the n-th result, the n-th event is reported once. REQUIRES
// therefore: up to its first unanswered write a sync is a function of its pins and answers only.
//
// Sources: k8s.io/client-go/util/workqueue, pkg/controller/controller_utils.go; reference §1.1, §2, §8; the
// rule that a sync fails while its cache is older than its own last write: observed.md 35
// (StaleControllerConsistency*).
#pragma once

#include <any>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/cluster/cache.h"
#include "sim/cluster/event_recorder.h"
#include "sim/cluster/expectations.h"
#include "sim/cluster/failure_backoff.h"
#include "sim/cluster/work_queue.h"

namespace seatrial::cluster {

// What a controller remembers of the failures below a key, from one sync to the next. Only in memory, as in
// pkg/controller/job/backoff_utils.go.
struct FailureRecord {
  std::int32_t failures = 0;  // since the last success
  std::optional<SimTime> last;
};

// A key of a work queue: the object, by kind and index.
using SyncKey = std::uint64_t;
inline SyncKey sync_key(api::ObjectRef ref) { return static_cast<SyncKey>(ref.kind) << 32 | ref.index; }
inline api::ObjectRef object_of(SyncKey key) {
  return {static_cast<api::Kind>(key >> 32), static_cast<std::uint32_t>(key)};
}

// A change as a controller sees it: the cache already holds the new version.
struct Change {
  const Cache& cache;
  ChangeType type;
  const api::Object* old;     // null for kAdded
  const api::Object* object;  // for kDeleted: as it last was
  SimTime now;
};

class Enqueue;
class Sync;

enum class SyncStatus : std::uint8_t { kPending, kDone, kFailed };
struct SyncResult {
  SyncStatus status = SyncStatus::kDone;
  Duration requeue_after;     // kDone: not zero: again after that time
  std::string error;          // kFailed: why; retried with back-off
  bool rate_limited = false;  // kDone: again as soon as the queue's limits of failures allow it

  static SyncResult pending() { return {SyncStatus::kPending, {}, {}, false}; }
  static SyncResult done(Duration requeue_after = {}) {
    return {SyncStatus::kDone, requeue_after, {}, false};
  }
  // AddRateLimited, though nothing failed: what a sync that succeeds counts as a failure is forgotten at
  // once.
  static SyncResult again() { return {SyncStatus::kDone, {}, {}, true}; }
  static SyncResult failed(std::string why) { return {SyncStatus::kFailed, {}, std::move(why), false}; }
};

struct ControllerRow {
  std::string_view name;  // also its client's and event source's: "deployment-controller"
  std::int32_t workers = 5;
  std::int64_t qps = 20, burst = 30;  // its client's
  std::vector<api::Kind> watches;
  void (*on_change)(const Change&, Enqueue&);
  SyncResult (*sync)(Sync&);
  // Kinds that a sync must have seen its own writes of before the next one (empty: no such rule).
  std::vector<api::Kind> consistent_kinds = {};
  std::int32_t max_retries = 15;  // then the key is dropped until something changes; -1: never
  Duration retry_base = Duration::millis(5), retry_max = Duration::seconds(1000);
  TokenBucket retries = {10, 100};  // of all keys
  // Its client is made when it first writes, and it posts no Events: clients are numbered in the journal, so
  // that a run in which it has nothing to do keeps its fingerprint.
  bool client_on_demand = false;
};

// One write of several that are made at once, and the Events that its answer makes. "{name}" in the text
// becomes the name of the object in the answer, "{error}" the refusal.
struct Write {
  ApiRequest request;
  EventSpec on_success, on_failure;
};

struct SyncState {  // what outlives a call of `sync`; copied with the World
  SyncKey key = 0;
  std::uint32_t controller = 0;
  SimTime started;
  JournalId cause = JournalId::kNone;
  std::vector<std::shared_ptr<const std::any>> pins;
  std::vector<std::vector<ApiResult>> answers;  // of each write or batch of writes
  std::vector<Write> outstanding;               // of the batch that is under way: their Events …
  std::vector<std::uint32_t> calls;             // … and calls
  std::vector<std::optional<ApiResult>> arrived;
  std::size_t missing = 0;  // answers that have not come
  std::size_t done_once = 0;
  bool active = false;
  bool abandoned = false;  // by a restart of its controller: nobody waits for the answers
};

class ControllerManager {
 public:
  ControllerManager(const Kernel& kernel, ApiServer& api, std::span<const ControllerRow> rows);

  void on_watch(Kernel& kernel, ApiServer& api, const WatchEvent& change);
  void handle(Kernel& kernel, ApiServer& api, const Event& event);
  const Cache& cache() const { return cache_; }
  // Adds a key by hand (resync, tests).
  void enqueue(Kernel& kernel, ApiServer& api, std::uint32_t controller, SyncKey key, JournalId cause);
  // A controller ends and starts again: what it had in memory is lost, answers to its requests reach nobody,
  // and every object of its informers is new to it.
  void restart(Kernel& kernel, ApiServer& api, std::uint32_t controller);
  // Another process leads from then on: nothing is done until then, and what was begun is forgotten.
  void elect(Kernel& kernel, ApiServer& api, SimTime from);
  std::uint32_t controller(std::string_view name) const;
  std::uint64_t syncs() const { return syncs_; }

 private:
  friend class Sync;
  friend class Enqueue;
  struct Controller {
    const ControllerRow* row;  // of a static table
    WorkQueue<SyncKey> queue;
    ClientId client;  // that of the API server itself, as long as none was demanded
    EventRecorder events;
    Expectations expectations;
    FailureBackoff backoff;
    std::map<SyncKey, FailureRecord> failures;
    RandomStream random;
    std::int32_t busy = 0, active = 0;                      // workers that are awake; of these, in a sync
    std::map<SyncKey, JournalId> causes;                    // why a queued key was queued last
    std::map<SyncKey, std::vector<std::uint64_t>> written;  // resourceVersions by consistent kind
    std::any memory;                                        // Sync::memory
  };
  void start_workers(Kernel& kernel, ApiServer& api, std::uint32_t index);
  void begin(Kernel& kernel, ApiServer& api, std::uint32_t index);
  void run(Kernel& kernel, ApiServer& api, std::uint32_t slot);
  void finish(Kernel& kernel, ApiServer& api, std::uint32_t slot, const SyncResult& result);
  void answered(Kernel& kernel, ApiServer& api, const Event& event);
  void add_after(Kernel& kernel, std::uint32_t index, SyncKey key, Duration delay, JournalId cause);
  std::string stale(const Controller& controller, SyncKey key) const;
  void note_write(Controller& controller, SyncKey key, const api::Object& object);

  Cache cache_;
  std::vector<Controller> controllers_;
  std::vector<SyncState> syncs_state_;
  std::vector<std::uint32_t> free_syncs_;
  SimTime leads_from_ = SimTime::at(-Duration::max() / 2);
  std::uint64_t syncs_ = 0;
};

// What `on_change` adds keys to.
class Enqueue {
 public:
  void add(api::ObjectRef object);
  void add_after(api::ObjectRef object, Duration delay);
  Expectations& expectations();
  void event(const EventSpec& spec);
  // The controller's own stream, for what a real one leaves to chance.
  RandomStream& random();

 private:
  friend class ControllerManager;
  Enqueue(ControllerManager& manager, Kernel& kernel, ApiServer& api, std::uint32_t index, JournalId cause)
      : manager_(manager), kernel_(kernel), api_(api), index_(index), cause_(cause) {}
  ControllerManager& manager_;
  Kernel& kernel_;
  ApiServer& api_;
  std::uint32_t index_;
  JournalId cause_;
};

// What `sync` works with; exists during one call only.
class Sync {
 public:
  api::ObjectRef key() const { return object_of(state().key); }
  const Cache& cache() const { return manager_.cache_; }  // moves on between calls: pin what decides
  SimTime started() const { return state().started; }
  SimTime now() const { return kernel_.now(); }
  bool expectations_satisfied() const;
  // These are changed inside `once` only.
  Expectations& expectations();
  FailureBackoff& backoff();
  std::map<SyncKey, FailureRecord>& failures();
  // What else the controller keeps in memory from one sync to the next, of whichever key; of one type.
  template <class T>
  T& memory() {
    std::any& memory = manager_.controllers_[state().controller].memory;
    if (!memory.has_value()) memory.emplace<T>();
    return *std::any_cast<T>(&memory);
  }
  const MetricsApi& metrics() const { return api_.metrics(); }
  const ControlPlaneTimings& timings() const { return api_.timings(); }
  // The controller's own stream, for what a real one leaves to chance; drawn from inside `pin` or `once`
  // only.
  RandomStream& random() { return manager_.controllers_[state().controller].random; }

  // The value of `gather()` at the first call, again at every later one.
  template <class Gather>
  auto pin(Gather&& gather) -> const std::decay_t<decltype(gather())>& {
    using T = std::decay_t<decltype(gather())>;
    if (pin_ == state().pins.size()) {
      // The value is held by a shared_ptr inside the any, so T need not be copied with the World.
      state().pins.push_back(std::make_shared<const std::any>(std::make_shared<const T>(gather())));
    }
    return **std::any_cast<std::shared_ptr<const T>>(state().pins[pin_++].get());
  }

  // The answer to a write, or null: then return SyncResult::pending(). The request is built only when it is
  // sent.
  template <class Build>
  const ApiResult* write(Build&& build) {
    if (batch_ < state().answers.size()) return &state().answers[batch_++].front();
    if (state().missing == 0) send({Write{build(), {}, {}}});
    return nullptr;
  }
  // The same for several writes that leave together; null until every answer has come.
  template <class Build>
  const std::vector<ApiResult>* write_all(Build&& build) {
    if (batch_ < state().answers.size()) return &state().answers[batch_++];
    if (state().missing == 0) send(build());
    return nullptr;
  }
  // Does something once, although the code around it runs several times.
  template <class Action>
  void once(Action&& action) {
    if (once_++ < state().done_once) return;
    ++state().done_once;
    action();
  }
  void event(const EventSpec& spec);  // reported once

 private:
  friend class ControllerManager;
  Sync(ControllerManager& manager, Kernel& kernel, ApiServer& api, std::uint32_t slot)
      : manager_(manager), kernel_(kernel), api_(api), slot_(slot) {}
  SyncState& state() const { return manager_.syncs_state_[slot_]; }
  void send(std::vector<Write> writes);

  ControllerManager& manager_;
  Kernel& kernel_;
  ApiServer& api_;
  std::uint32_t slot_;
  std::size_t pin_ = 0, batch_ = 0, once_ = 0;
};

}  // namespace seatrial::cluster
