// Connections to managed resources: pools, and those that are opened for one call each. calls.h says what.
#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/journal_types.h"
#include "sim/network/syn.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

namespace {

// Not the resource, but what is before it.
bool is_elsewhere(const Kernel& kernel, JournalId cause) {
  const auto type = static_cast<cluster::RecordType>(kernel.journal().record(cause).type);
  return type == cluster::RecordType::kCannotResolve || type == cluster::RecordType::kPolicyEnforced ||
         type == cluster::RecordType::kTableFull;
}

Event dial_event(std::uint8_t type, std::uint32_t dial) {
  Event e;
  e.component = kTrafficComponent;
  e.type = type;
  e.subject = dial;
  return e;
}

}  // namespace

// Whether the pool knows where to connect to; else it asks.
bool Traffic::knows_address(Kernel& kernel, api::PodKey pod, std::uint32_t index, bool& resolved) {
  const PodCalls& mine = calls_.pods[pod.index];
  Pool& pool = calls_.pods[pod.index].pools[index];
  if (pool.known_until > kernel.now()) return true;
  if (dns_ && !std::exchange(resolved, false)) {
    resolve_for_pool(kernel, pod, index);
    return false;
  }
  const cloud::ManagedResource& state = resource_of(mine, index).state;
  pool.address = state.address;
  pool.known_until =
      kernel.now() + calls_.plans[mine.plan].calls[index].pool.dns_cache.value_or(state.config.dns_ttl);
  return true;
}

void Traffic::open_connections(Kernel& kernel, api::PodKey pod, std::uint32_t index, bool resolved) {
  PodCalls& mine = calls_.pods[pod.index];
  Pool& pool = mine.pools[index];
  const cluster::ConnectionPool& config = calls_.plans[mine.plan].calls[index].pool;
  while (!pool.waiting.empty() && !still_waits(pool.waiting.front())) pool.waiting.pop_front();
  while (!config.keep_alive && !pool.resolving && !pool.waiting.empty()) {
    if (!knows_address(kernel, pod, index, resolved)) return;
    const Pool::Waiter next = pool.waiting.front();
    pool.waiting.pop_front();
    if (still_waits(next)) dial(kernel, pod, index, next.slot);
  }
  while (!pool.retry_pending && !pool.resolving && pool.open + pool.connecting < config.size &&
         static_cast<std::size_t>(pool.connecting) < pool.waiting.size()) {
    if (!knows_address(kernel, pod, index, resolved)) return;
    ++pool.connecting;
    dial(kernel, pod, index, kNoSlot);
  }
}

// --- A connection that is being opened

void Traffic::dial(Kernel& kernel, api::PodKey pod, std::uint32_t index, Slot slot) {
  const PodCalls& mine = calls_.pods[pod.index];
  const Resource& resource = resource_of(mine, index);
  Dial made;
  made.pod = pod;
  made.call = index;
  made.slot = slot;
  made.connection.address = mine.pools[index].address;
  made.began = kernel.now();
  const Hop hop = hops_.get(servers_[pod.index].place, resource.place, pod.index);
  // SYN, and a hello, there and back.
  made.takes = hop.one_way * 4 + resource.state.config.connect.sample(calls_.plans[mine.plan].streams[index]);
  if (slot != kNoSlot) {
    CallProgress& progress = calls_.progress[slot];
    progress.phase = CallPhase::kConnecting;
    made.generation = requests_[slot].generation;
    made.step = ++progress.step;
  }
  auto id = static_cast<std::uint32_t>(calls_.dials.size());
  if (calls_.free_dials.empty()) {
    calls_.dials.push_back(made);
  } else {
    id = calls_.free_dials.back();
    calls_.free_dials.pop_back();
    calls_.dials[id] = made;
  }
  send_syn(kernel, id);
}

// By which record policies drop what the pod sends there; none: nothing is dropped.
JournalId Traffic::closed_to(api::PodKey pod, std::uint32_t index) const {
  if (gates_.trivial()) return JournalId::kNone;
  const PodCalls& mine = calls_.pods[pod.index];
  const ResourceIndex to = calls_.plans[mine.plan].targets[index];
  const auto judged = mine.outside.find({to, calls_.resources[to].at_standby});
  return judged == mine.outside.end() ? JournalId::kNone : gates_.get(judged->second, pod).closed;
}

// How long a connection is tried for.
Duration Traffic::patience_of(const Dial& dial) const {
  const cluster::Call& call = calls_.plans[calls_.pods[dial.pod.index].plan].calls[dial.call];
  return std::min(call.pool.connect_timeout, network::kSynGivesUp);
}

void Traffic::send_syn(Kernel& kernel, std::uint32_t id) {
  Dial& dial = calls_.dials[id];
  const PodCalls& mine = calls_.pods[dial.pod.index];
  const Resource& resource = resource_of(mine, dial.call);
  const Hop hop = hops_.get(servers_[dial.pod.index].place, resource.place, dial.pod.index);
  const SimTime given_up = dial.began + patience_of(dial);
  const Event e = dial_event(static_cast<std::uint8_t>(EventType::kConnected), id);
  const JournalId closed_by = closed_to(dial.pod, dial.call);
  const bool closed = closed_by != JournalId::kNone;
  if (closed) note_trouble(kernel, dial.pod, dial.call, closed_by, kDropped);
  dial.dropped = !closed && hop.reachable() && !take_port(kernel, dial);
  if (dial.dropped) {
    if (dial.slot != kNoSlot) calls_.progress[dial.slot].failure = mine.pools[dial.call].trouble;
    return kernel.at(std::min(given_up, dial.began + network::syn_sent_again_after(++dial.tries)), e);
  }
  const bool answers = !closed && resource.state.accepts(dial.connection.address) && hop.reachable();
  kernel.at(answers ? std::min(given_up, kernel.now() + dial.takes) : std::max(kernel.now(), given_up), e);
}

void Traffic::dialed(Kernel& kernel, std::uint32_t id) {
  Dial& dial = calls_.dials[id];
  if (dial.dropped && !dial.abandoned && kernel.now() < dial.began + patience_of(dial))
    return send_syn(kernel, id);
  Dial done = dial;
  done.connection.used = kernel.now();
  dial.abandoned = true;
  calls_.free_dials.push_back(id);
  if (done.abandoned) return;
  Pool& pool = calls_.pods[done.pod.index].pools[done.call];
  if (done.slot == kNoSlot) --pool.connecting;
  const CallProgress* const progress = done.slot == kNoSlot ? nullptr : &calls_.progress[done.slot];
  const bool wanted = !progress || (requests_[done.slot].generation == done.generation &&
                                    progress->step == done.step && progress->phase == CallPhase::kConnecting);
  if (!wanted || !is_open(kernel, done)) {
    give_port(kernel, done.pod, done.call, done.connection);
    if (wanted) not_connected(kernel, done);
    return;
  }
  ++pool.open;
  ++resource_of(calls_.pods[done.pod.index], done.call).state.connections;
  if (!progress) return give_connection(kernel, done.pod, done.call, done.connection);
  connected_again(kernel, done.pod, done.call);
  ++calls_.progress[done.slot].step;
  calls_.progress[done.slot].failure = JournalId::kNone;
  query(kernel, done.slot, done.connection);
}

// Says why, if it is not.
bool Traffic::is_open(Kernel& kernel, const Dial& dial) {
  const PodCalls& mine = calls_.pods[dial.pod.index];
  const Pool& pool = mine.pools[dial.call];
  const cloud::ManagedResource& state = resource_of(mine, dial.call).state;
  const std::uint32_t address = dial.connection.address;
  if (dial.dropped) return false;  // it has been said
  const Hop hop = hops_.get(servers_[dial.pod.index].place, resource_of(mine, dial.call).place);
  const bool full = state.connections >= state.config.max_connections;
  const JournalId closed = closed_to(dial.pod, dial.call);
  if (closed != JournalId::kNone) {
    note_trouble(kernel, dial.pod, dial.call, closed, kDropped);
    return false;
  }
  const bool answers = state.accepts(address) && hop.reachable();
  const bool late = network::syn_sent_again_after(dial.tries) + dial.takes > patience_of(dial);
  if (answers && !full && !late) return true;
  std::string why = full ? fmt::format("it has {} connections and allows no more", state.connections)
                         : "no connection to it was open within " + to_string(patience_of(dial));
  JournalId cause = JournalId::kNone;
  if (!answers) {
    cause = hop.reachable() ? state.cause_for(address) : hop.cause;
    why = "its address does not answer";
    if (!state.down && address != state.address && kernel.now() < pool.known_until)
      why = fmt::format("its old address does not answer, and the resolver keeps that for another {}",
                        to_string(truncated(pool.known_until - kernel.now(), Duration::millis(1))));
  }
  note_trouble(kernel, dial.pod, dial.call, cause, why);
  return false;
}

void Traffic::not_connected(Kernel& kernel, const Dial& dial) {
  if (dial.slot != kNoSlot) return call_failed(kernel, dial.slot);
  try_again_later(kernel, dial.pod, dial.call);
}

void Traffic::try_again_later(Kernel& kernel, api::PodKey pod, std::uint32_t index) {
  PodCalls& mine = calls_.pods[pod.index];
  Pool& pool = mine.pools[index];
  Event again = dial_event(static_cast<std::uint8_t>(EventType::kConnectAgain), pod.index);
  again.payload = std::uint64_t{mine.generation} << 32;
  again.aux = static_cast<std::uint16_t>(index);
  if (!pool.retry_pending) kernel.after(calls_.plans[mine.plan].calls[index].pool.retry, again);
  pool.retry_pending = true;
}

void Traffic::connect_again(Kernel& kernel, const Event& event) {
  PodCalls& mine = calls_.pods[event.subject];
  if (mine.generation != static_cast<std::uint32_t>(event.payload >> 32)) return;
  mine.pools[event.aux].retry_pending = false;
  open_connections(kernel, {event.subject}, event.aux);
}

// Its name cannot be resolved: nobody gets a connection of his own.
void Traffic::fail_waiting(Kernel& kernel, api::PodKey pod, std::uint32_t index) {
  const auto waiting = std::exchange(calls_.pods[pod.index].pools[index].waiting, {});
  for (const Pool::Waiter& waiter : waiting)
    if (still_waits(waiter)) call_failed(kernel, waiter.slot);
}

// --- A connection that is open

bool Traffic::still_waits(const Pool::Waiter& waiter) const {
  const CallProgress& progress = calls_.progress[waiter.slot];
  return requests_[waiter.slot].generation == waiter.generation && progress.step == waiter.step &&
         progress.phase == CallPhase::kWaiting;
}

// The pod can call it again, so what fails from now on has another reason. While a table is full, some get
// through and others do not: that is one trouble.
void Traffic::connected_again(Kernel& kernel, api::PodKey pod, std::uint32_t index) {
  PodCalls& mine = calls_.pods[pod.index];
  Pool& pool = mine.pools[index];
  Resource& resource = resource_of(mine, index);
  if (pool.trouble == JournalId::kNone || calls_.nat.is_short(pool.trouble_cause, kernel.now())) return;
  if (conntrack_ && conntrack_->is_short(pool.trouble_cause, kernel.now())) return;
  if (!credentials_.trivial() && credentials_.judge(pod, resource.state.config.name, kernel.now())) return;
  const bool lost = pool.trouble_cause != JournalId::kNone && !is_elsewhere(kernel, pool.trouble_cause);
  if (lost && !resource.regained.empty()) resource.regained.back() = kernel.now();
  pool.trouble = pool.trouble_cause = JournalId::kNone;
}

// It works, and is free.
void Traffic::give_connection(Kernel& kernel, api::PodKey pod, std::uint32_t index,
                              const Connection& connection) {
  Pool& pool = calls_.pods[pod.index].pools[index];
  connected_again(kernel, pod, index);
  while (!pool.waiting.empty()) {
    const Pool::Waiter next = pool.waiting.front();
    pool.waiting.pop_front();
    if (!still_waits(next)) continue;
    ++calls_.progress[next.slot].step;
    return query(kernel, next.slot, connection);
  }
  pool.idle.push_back(connection);
  pool.idle.back().used = kernel.now();
}

// A call has its answer.
void Traffic::end_use(Kernel& kernel, api::PodKey pod, std::uint32_t index, const Connection& connection) {
  const PodCalls& mine = calls_.pods[pod.index];
  if (calls_.plans[mine.plan].calls[index].pool.keep_alive)
    return give_connection(kernel, pod, index, connection);
  close_connection(kernel, pod, index, connection);
}

void Traffic::close_connection(const Kernel& kernel, api::PodKey pod, std::uint32_t index,
                               const Connection& connection) {
  PodCalls& mine = calls_.pods[pod.index];
  cloud::ManagedResource& state = resource_of(mine, index).state;
  --mine.pools[index].open;
  if (state.accepts(connection.address)) --state.connections;
  give_port(kernel, pod, index, connection);
}

// --- Why a pod cannot call

JournalId record_cannot_call(Kernel& kernel, api::PodKey pod, api::Symbol resource, JournalId cause,
                             std::string_view why, cloud::Denial denial) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kCannotCall);
  record.cause = cause;
  record.subject_kind = static_cast<std::uint8_t>(api::Kind::kPod);
  record.subject = pod.index;
  record.value = static_cast<std::int64_t>(denial);
  record.text = kernel.journal().text(fmt::format("{}: {}", resource.view(), why));
  return kernel.record(record);
}

// Nobody waits for a slot because of a call that is denied: the answer comes as soon as any.
void Traffic::note_trouble(Kernel& kernel, api::PodKey pod, std::uint32_t index, JournalId cause,
                           std::string_view why, cloud::Denial denial) {
  PodCalls& mine = calls_.pods[pod.index];
  Pool& pool = mine.pools[index];
  if (pool.trouble != JournalId::kNone && pool.trouble_cause == cause) return;
  const api::Symbol resource = resource_of(mine, index).state.config.name;
  pool.trouble = record_cannot_call(kernel, pod, resource, cause, why, denial);
  pool.trouble_cause = cause;
  if (denial == cloud::Denial::kNone) mine.trouble = pool.trouble;
}

// A request has waited for a connection for as long as it may.
void Traffic::note_no_connection(Kernel& kernel, api::PodKey pod, std::uint32_t index) {
  const PodCalls& mine = calls_.pods[pod.index];
  const Pool& pool = mine.pools[index];
  const cluster::ConnectionPool& config = calls_.plans[mine.plan].calls[index].pool;
  if (pool.resolving)
    return note_trouble(kernel, pod, index, pool_resolves_since(kernel, pod, index), kUnresolved);
  const std::string waited = to_string(config.acquire_timeout);
  note_trouble(kernel, pod, index, JournalId::kNone,
               pool.open < config.size
                   ? "no connection to it was opened within " + waited
                   : fmt::format("all {} connections of its pool were in use for {}", config.size, waited));
}

void Traffic::forget_trouble(api::PodKey pod) {
  PodCalls& mine = calls_.pods[pod.index];
  if (mine.trouble == JournalId::kNone) return;
  if (std::ranges::all_of(mine.pools, [](const Pool& p) { return p.trouble == JournalId::kNone; }))
    mine.trouble = JournalId::kNone;
}

// What a request that is being served waits for in vain.
JournalId Traffic::held_up_by(Slot slot) const {
  const bool calls = slot < calls_.progress.size() && calls_.progress[slot].phase != CallPhase::kNone;
  return calls ? calls_.progress[slot].failure : JournalId::kNone;
}

// Why a pod that serves keeps its clients waiting, or turns them away.
JournalId Traffic::trouble_of(api::PodKey pod, Outcome outcome) const {
  const bool waited = outcome == Outcome::kClientTimeout || outcome == Outcome::kUpstreamTimeout ||
                      outcome == Outcome::kQueueFull;
  return waited && servers_[pod.index].calls ? calls_.pods[pod.index].trouble : JournalId::kNone;
}

}  // namespace seatrial::traffic
