// The client's side: arrivals, attempts, deadlines, retries, endings.
#include <algorithm>

#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

void Traffic::schedule_arrival(Kernel& kernel, LoadIndex index) {
  Load& load = loads_[index];
  const SimTime at = load.arrivals.next(load.arrivals_stream);
  if (at == SimTime::max()) return;
  Event e;
  e.component = kTrafficComponent;
  e.type = static_cast<std::uint8_t>(EventType::kArrival);
  e.subject = index;
  kernel.at(at, e);
}

// Of a load whose senders are pods. One without a sender is not sent.
void Traffic::send_from_pod(Kernel& kernel, LoadIndex load) {
  schedule_arrival(kernel, load);
  Clients& clients = clients_[load];
  if (clients.all.empty()) return;
  if (clients.turn >= clients.all.size()) clients.turn = 0;
  send_from(kernel, load, clients.all[clients.turn++]);
}

void Traffic::client_calls(Kernel& kernel, LoadIndex load, api::PodKey pod) {
  const auto& all = clients_[load].all;
  const auto client = std::ranges::find(all, pod, &Client::pod);
  if (client != all.end()) send_from(kernel, load, *client);
}

void Traffic::send_from(Kernel& kernel, LoadIndex load, const Client& client) {
  const Slot slot = begin_request(kernel, load);
  if (dns_ || conntrack_) set_sender(slot, client.pod);
  requests_[slot].origin = client.origin;
  requests_[slot].place = client.place;
  start_attempt(kernel, slot);
}

void Traffic::add_client(Kernel& kernel, LoadIndex load, api::PodKey pod, OriginId origin, PlaceId place,
                         JournalId cause) {
  const LoadConfig& config = loads_[load].config;
  CHECK(config.from_pods);
  clients_[load].all.push_back({pod, origin, place});
  if (!config.after_start || kernel.now() + *config.after_start < SimTime()) return;
  Event e;
  e.component = kTrafficComponent;
  e.type = static_cast<std::uint8_t>(EventType::kClientCalls);
  e.subject = load;
  e.payload = pod.index;
  e.cause = cause;
  kernel.after(*config.after_start, e);
}

void Traffic::remove_client(LoadIndex load, api::PodKey pod) {
  std::erase_if(clients_[load].all, [&](const Client& client) { return client.pod == pod; });
}

void Traffic::arrival(Kernel& kernel, LoadIndex load) {
  const Load& source = loads_[load];
  if (source.from_pods) [[unlikely]]
    return send_from_pod(kernel, load);
  if (source.by_record) [[unlikely]] {
    schedule_arrival(kernel, load);
    return start_attempt(kernel, begin_request(kernel, load));
  }
  Proxy& proxy = proxies_[static_cast<std::size_t>(source.proxy)];
  requests_.about_to_acquire();
  proxy.about_to_choose(source.service);
  schedule_arrival(kernel, load);
  const api::PodKey next = proxy.next(source.service);
  if (next.valid()) __builtin_prefetch(&servers_[next.index]);
  start_attempt(kernel, begin_request(kernel, load));
}

Slot Traffic::begin_request(Kernel& kernel, LoadIndex load) {
  const Slot slot = requests_.acquire();
  Request& r = requests_[slot];
  r.id = next_id_++;
  r.sent = kernel.now();
  r.load = load;
  r.attempts = 0;
  accounts_.sent(load, r.sent);
  return slot;
}

void Traffic::start_attempt(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  ++r.attempts;
  r.tries = 0;
  r.pod = {};
  r.view = r.blocked = JournalId::kNone;
  set_retirement(slot, JournalId::kNone);
  r.replica = 0;
  r.successor = false;
  if (conntrack_) [[unlikely]]
    untrack(kernel, slot, false);
  if (loads_[r.load].by_record && !follow_record(kernel, slot)) [[unlikely]]
    return;
  Load& load = loads_[r.load];
  JournalId refused = JournalId::kNone;
  const std::vector<std::uint16_t>& rotation = proxy_of(r).rotation();
  if (proxy_of(r).restarts) [[unlikely]]
    refused = enter(slot, load.choice_stream);
  else if (!rotation.empty()) [[unlikely]]
    r.replica = rotation[load.choice_stream.below(rotation.size())];
  else if (const std::uint16_t replicas = proxy_of(r).config().replicas; replicas > 1)
    r.replica = static_cast<std::uint16_t>(load.choice_stream.below(replicas));
  arm_deadline(kernel, slot);
  if (load.by_name) [[unlikely]]
    return resolve(kernel, slot);
  set_out(kernel, slot, refused);
}

// By the answer that its resolver keeps. False: no such name, and the attempt has ended.
bool Traffic::follow_record(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  const ResolverCopies& copies = *copies_[loads_[r.load].account];
  const NameAnswer& answer = copies.kept(kernel.now(), r.id);
  if (!answer.ways.empty()) {
    r.load = copies.way(answer, r.id);
    return true;
  }
  r.blocked = answer.record;
  arm_deadline(kernel, slot);
  this->answer(kernel, slot, Outcome::kNotResolved, Duration());
  return false;
}

// The client knows the address. `refused`: what is behind it if nobody listens there.
void Traffic::set_out(Kernel& kernel, Slot slot, JournalId refused) {
  Request& r = requests_[slot];
  const Load& load = loads_[r.load];
  const ProxyConfig& proxy = proxy_of(r).config();
  const Hop hop = hop_to_proxy(r);
  if (refused != JournalId::kNone) [[unlikely]] {
    r.state = RequestState::kFailing;
    r.blocked = refused;
    kernel.after(hop.one_way * 2, slot_event_of(EventType::kAttemptFailed, slot, Outcome::kConnectRefused));
  } else if (hop.reachable() && load.tls_failure != JournalId::kNone) [[unlikely]] {
    r.state = RequestState::kFailing;
    r.blocked = load.tls_failure;
    // SYN, SYN-ACK, ClientHello, and the certificate (TLS 1.3).
    kernel.after(hop.one_way * 4, slot_event_of(EventType::kAttemptFailed, slot, Outcome::kTlsFailed));
  } else if (!hop.reachable()) {
    r.state = RequestState::kFailing;
    r.blocked = hop.cause;
    kernel.after(proxy.connect_timeout,
                 slot_event_of(EventType::kAttemptFailed, slot, Outcome::kUnreachable));
  } else if (hop.one_way > Duration()) {
    r.state = RequestState::kToProxy;
    kernel.after(hop.one_way, slot_event_of(EventType::kReachesProxy, slot));
  } else {
    choose_pod(kernel, slot);
  }
}

void Traffic::arm_deadline(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  const std::uint32_t index = loads_[r.load].lane;
  if (index == Load::kNoLane) {
    r.deadline = SimTime::max();
    return;
  }
  DeadlineLane& lane = lanes_[index];
  r.deadline = kernel.now() + lane.timeout();
  lane.push({slot, r.epoch});
  if (lane.armed) return;
  lane.armed = true;
  Event e;
  e.component = kTrafficComponent;
  e.type = static_cast<std::uint8_t>(EventType::kDeadlines);
  e.subject = index;
  kernel.at(r.deadline, e);
}

void Traffic::deadlines_due(Kernel& kernel, std::uint32_t index) {
  // The lane counts as armed throughout, so that retries that join it here do not arm it a second time.
  DeadlineLane& lane = lanes_[index];
  while (!lane.empty()) {
    const DeadlineLane::Entry entry = lane.front();
    const Request& r = requests_[entry.slot];
    if (r.epoch == entry.epoch && r.deadline > kernel.now()) {
      Event e;
      e.component = kTrafficComponent;
      e.type = static_cast<std::uint8_t>(EventType::kDeadlines);
      e.subject = index;
      return kernel.at(r.deadline, e);
    }
    lane.pop();
    if (r.epoch == entry.epoch) client_gives_up(kernel, entry.slot);
  }
  lane.armed = false;
}

Slot Traffic::leave_to_pod(Slot slot) {
  const Slot fresh = requests_.acquire();
  Request& old = requests_[slot];
  Request& r = requests_[fresh];
  const std::uint32_t generation = r.generation, epoch = r.epoch;
  r = old;
  r.generation = generation;
  r.epoch = epoch;
  r.state = RequestState::kFailing;
  if (old.state == RequestState::kServing && servers_[old.pod.index].calls) r.blocked = held_up_by(slot);
  set_retirement(fresh, retirement(slot));
  if (dns_ || conntrack_) [[unlikely]]
    move_sender(slot, fresh);
  old.orphan = true;
  old.caller = kNoSlot;
  ++old.epoch;
  return fresh;
}

Slot Traffic::wait_apart(Kernel& kernel, Slot slot) {
  const Slot fresh = leave_to_pod(slot);
  const Request& r = requests_[fresh];
  if (r.deadline != SimTime::max()) {
    Event e = slot_event_of(EventType::kLoneDeadline, fresh);
    e.payload = r.epoch;
    kernel.at(r.deadline, e);
  }
  return fresh;
}

void Traffic::forget_connections(Kernel& kernel, api::PodKey pod, std::span<const OriginId> origins,
                                 JournalId record) {
  const Slot known = static_cast<Slot>(requests_.size());
  for (Slot slot = 0; slot < known; ++slot) {
    const Request& r = requests_[slot];
    const bool under_way = r.state == RequestState::kSending || r.state == RequestState::kQueued ||
                           r.state == RequestState::kServing;
    if (!under_way || r.orphan) continue;
    const bool from_it = sent_by_pod(r) && std::ranges::count(origins, r.origin) > 0;
    if (r.pod != pod && !from_it) continue;
    if (streams(r)) {
      cut_short(kernel, slot, record);
      continue;
    }
    const Slot waiting = wait_apart(kernel, slot);
    requests_[waiting].blocked = record;
    if (loads_[requests_[waiting].load].read_timeout)
      kernel.after(*proxy_of(requests_[waiting]).config().read_timeout,
                   slot_event_of(EventType::kReadTimeout, waiting));
  }
}

void Traffic::client_gives_up(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  const bool pod_goes_on = r.state == RequestState::kSending || r.state == RequestState::kQueued ||
                           r.state == RequestState::kServing;
  if (pod_goes_on) return attempt_failed(kernel, leave_to_pod(slot), Outcome::kClientTimeout);
  if (r.state == RequestState::kResolving) r.blocked = resolving_since(kernel, slot);
  ++r.generation;
  attempt_failed(kernel, slot, Outcome::kClientTimeout);
}

void Traffic::answer(Kernel& kernel, Slot slot, Outcome outcome, Duration back) {
  Request& r = requests_[slot];
  ++r.generation;
  r.state = RequestState::kAnswering;
  const SimTime arrives = kernel.now() + back;
  if (arrives > r.deadline) return;  // the client will have left
  if (outcome == Outcome::kOk) [[likely]] {
    end(kernel, r, outcome, arrives);
    if (r.caller != kNoSlot) [[unlikely]]
      tell_caller(kernel, slot, outcome, arrives);
    release(kernel, slot);
  } else if (back > Duration()) {
    kernel.after(back, slot_event_of(EventType::kAttemptFailed, slot, outcome));
  } else {
    attempt_failed(kernel, slot, outcome);
  }
}

bool Traffic::retried(const Request& r, Outcome outcome) const {
  const RetryPolicy& policy = loads_[r.load].config.retries;
  return r.attempts <= policy.count && policy.on.contains(outcome);
}

void Traffic::attempt_failed(Kernel& kernel, Slot slot, Outcome outcome) {
  Request& r = requests_[slot];
  accounts_.attempt_failed(loads_[r.load].account, outcome);
  if (!retried(r, outcome)) {
    end(kernel, r, outcome, kernel.now());
    if (r.caller != kNoSlot) tell_caller(kernel, slot, outcome, kernel.now());
    release(kernel, slot);
    return;
  }
  accounts_.retried(loads_[r.load].account);
  ++r.generation;
  ++r.epoch;
  const Duration backoff = loads_[r.load].config.retries.backoff;
  if (backoff == Duration()) return start_attempt(kernel, slot);
  r.state = RequestState::kWithClient;
  kernel.after(backoff, slot_event_of(EventType::kAttempt, slot));
}

void Traffic::end(Kernel& kernel, const Request& r, Outcome outcome, SimTime at) {
  const VersionIndex version = r.pod.valid() ? servers_[r.pod.index].version : VersionIndex{0};
  ++ended_;
  kernel.fingerprint().mix((r.id * 0xff51afd7ed558ccd) ^ static_cast<std::uint64_t>(at.count()) ^
                           (static_cast<std::uint64_t>(outcome) << 56));
  accounts_.ended({r.id, r.sent, at, r.pod, loads_[r.load].account, version, outcome, r.attempts, r.tries});
  if (outcome != Outcome::kOk && !loads_[r.load].datagram) write_failure(kernel, r, outcome, at);
}

JournalId Traffic::record_behind(const Request& r, Outcome outcome) const {
  if (r.blocked != JournalId::kNone) return r.blocked;
  if (!r.pod.valid()) return r.view;
  const JournalId trouble = trouble_of(r.pod, outcome);
  return trouble != JournalId::kNone ? trouble : servers_[r.pod.index].record;
}

void Traffic::write_failure(Kernel& kernel, const Request& r, Outcome outcome, SimTime at) {
  FailedRequest f;
  f.id = r.id;
  f.sent = r.sent;
  f.ended = at;
  f.pod = r.pod;
  f.view = r.view;
  f.record = record_behind(r, outcome);
  f.load = loads_[r.load].account;
  f.way = r.load;
  f.outcome = outcome;
  // A controller that refuses the connection itself answers nothing.
  const bool entered = outcome != Outcome::kConnectRefused || r.pod.valid();
  const bool in_http = entered && proxy_of(r).config().answers_in_http();
  f.http_code = static_cast<std::uint16_t>(http_code(outcome, in_http));
  f.attempts = r.attempts;
  f.tries = r.tries;
  if (r.pod.valid()) {
    const Server& server = servers_[r.pod.index];
    f.version = server.version;
    f.phase = server.state;
    f.slots_taken = server.busy >= server.concurrency;
    f.slots_wait = f.slots_taken && waits_for_calls(kernel.now(), r.pod);
    f.since = kernel.now() - server.changed;
  }
  accounts_.failed(f);
}

}  // namespace seatrial::traffic
