// The chooser's and the pod's side: choice, connection, queue, service, next upstream.
#include <algorithm>

#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

PlaceId Traffic::client_place(const Request& r) const {
  return sent_by_pod(r) ? r.place : loads_[r.load].config.place;
}

Hop Traffic::far_hop_to_proxy(const Request& r) const {
  const Proxy& proxy = proxies_[static_cast<std::size_t>(loads_[r.load].proxy)];
  return proxy.config().ingress ? hops_.get(client_place(r), proxy.place(r.replica), r.id) : Hop{};
}

Hop Traffic::far_hop_to_pod(const Request& r) const {
  const Proxy& proxy = proxies_[static_cast<std::size_t>(loads_[r.load].proxy)];
  const PlaceId from = proxy.config().ingress ? proxy.place(r.replica) : client_place(r);
  return hops_.get(from, servers_[r.pod.index].place, r.id);
}

// Packets that policies drop are lost without a word.
bool Traffic::passes_gate(const Kernel& kernel, Request& r, const Proxy& proxy) {
  const Gate gate = gates_.get(sent_by_pod(r) ? r.origin : loads_[r.load].config.origin, r.pod);
  if (gate.closed != JournalId::kNone) {
    if (config_.keeps_established && proxy.has_connection(r.replica, r.pod)) {
      outlived_[loads_[r.load].account].add(kernel.now(), r.pod, gate.closed);
      return true;
    }
    r.blocked = gate.closed;
    return false;
  }
  if (gate.forbidden != JournalId::kNone)
    forbidden_[loads_[r.load].account].add(kernel.now(), r.pod, gate.forbidden);
  return true;
}

void Traffic::choose_pod(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  Load& load = loads_[r.load];
  Proxy& proxy = proxy_of(r);
  if (load.nowhere != JournalId::kNone) [[unlikely]] {
    r.pod = {};
    r.blocked = load.nowhere;
    return answer(kernel, slot, load.ends_so, hop_to_proxy(r).one_way);
  }
  Proxy::View& view = proxy.view(load.service, r.replica);
  r.view = view.record;
  r.pod = proxy.choose(view, load.choice_stream);
  if (!r.pod.valid()) return answer(kernel, slot, Outcome::kNoEndpoints, hop_to_proxy(r).one_way);
  r.astray = false;
  if (proxy.frozen) [[unlikely]]
    find_who_answers(r);
  ++r.tries;
  const Hop hop = hop_to_pod(r);
  r.reused = r.written = false;
  r.blocked = hop.reachable() ? JournalId::kNone : hop.cause;
  const bool passes = hop.reachable() && (gates_.trivial() || passes_gate(kernel, r, proxy));
  if (!passes) return fail_try(kernel, slot, Outcome::kUnreachable, proxy.config().connect_timeout);
  send(kernel, slot, proxy, hop);
}

void Traffic::send(Kernel& kernel, Slot slot, Proxy& proxy, Hop hop) {
  Request& r = requests_[slot];
  if (proxy.config().keep_alive > 0) {
    // The pod's FIN for its idle connections takes a hop to get here; until then they look alive.
    const bool seems_open = kernel.now() - hop.one_way < servers_[r.pod.index].closed;
    if (!seems_open) proxy.drop_connections(r.replica, r.pod);
    const bool fits = seems_open && listens_to(servers_[r.pod.index], r);  // none is open to another port
    r.reused = r.written = fits && proxy.take_connection(r.replica, r.pod);
  }
  if (conntrack_) [[unlikely]] {
    const bool datagram = loads_[r.load].datagram;
    if (r.reused) track_again(slot);
    if (!r.reused && !(datagram ? track_query(kernel, r) : track(kernel, slot)))
      return fail_try(kernel, slot, Outcome::kUnreachable, proxy.config().connect_timeout);
  }
  r.state = r.reused ? RequestState::kSending : RequestState::kConnecting;
  if (loads_[r.load].read_timeout)
    kernel.after(*proxy.config().read_timeout, slot_event_of(EventType::kReadTimeout, slot));
  if (hop.one_way > Duration()) return kernel.after(hop.one_way, slot_event_of(EventType::kReachesPod, slot));
  reaches_pod(kernel, slot);
}

bool Traffic::listens_to_port(const Server& server, const Request& r) const {
  const std::vector<std::int32_t>& ports = port_sets_[server.port_set];
  const std::int32_t port = loads_[r.load].config.port;
  return port == 0 || std::ranges::find(ports, port) != ports.end();
}

void Traffic::reaches_pod(Kernel& kernel, Slot slot) {
  const Request& r = requests_[slot];
  if (r.state == RequestState::kConnecting) return connect(kernel, slot);
  // A pod that stopped accepting has closed its idle connections; what it had accepted it still serves.
  const ServerState state = servers_[r.pod.index].state;
  const bool open =
      state == ServerState::kListening || (state == ServerState::kStoppedAccepting && !r.reused);
  if (open) return serve(kernel, slot);
  fail_try(kernel, slot, Outcome::kReset, hop_to_pod(r).one_way);
}

void Traffic::connect(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  const Duration hop = hop_to_pod(r).one_way;
  switch (servers_[r.pod.index].state) {
    case ServerState::kListening:
      if (listens_to(servers_[r.pod.index], r)) break;
      return fail_try(kernel, slot, Outcome::kConnectRefused, hop);
    case ServerState::kStarting:
    case ServerState::kStoppedAccepting:
    case ServerState::kExited:
      return fail_try(kernel, slot, Outcome::kConnectRefused, hop);
    case ServerState::kGone:
      return fail_try(kernel, slot, Outcome::kConnectTimeout,
                      std::max(Duration(), proxy_of(r).config().gone_after() - hop));
  }
  r.state = RequestState::kSending;
  r.written = true;
  if (hop == Duration() || loads_[r.load].datagram) return serve(kernel, slot);
  kernel.after(hop * 2, slot_event_of(EventType::kReachesPod, slot));  // SYN-ACK back, then the request
}

void Traffic::serve(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  Server& server = servers_[r.pod.index];
  if (server.busy < server.concurrency) return start_service(kernel, slot, server);
  if (server.queued < server.queue_capacity) {
    r.state = RequestState::kQueued;
    return server.enqueue(requests_, slot);
  }
  if (server.memory_bound) return run_out_of_memory(kernel, slot, server);
  if (r.orphan) return release(kernel, slot);
  answer(kernel, slot, Outcome::kQueueFull, hop_to_pod(r).one_way + hop_to_proxy(r).one_way);
}

// The kernel kills the process in this very instant. Until the kubelet has heard of it the pod holds the
// request, which is cut with the others.
void Traffic::run_out_of_memory(Kernel& kernel, Slot slot, Server& server) {
  ++server.queue_capacity;
  requests_[slot].state = RequestState::kQueued;
  server.enqueue(requests_, slot);
  tell_kubelet(kernel, requests_[slot].pod, config_.out_of_memory_type);
}

void Traffic::tell_kubelet(Kernel& kernel, api::PodKey pod, std::uint8_t type) {
  Event e;
  e.component = config_.drained_component;
  e.type = type;
  e.subject = pod.index;
  e.cause = servers_[pod.index].record;
  kernel.after(Duration(), e);
}

void Traffic::start_service(Kernel& kernel, Slot slot, Server& server) {
  Request& r = requests_[slot];
  server.occupy(kernel.now());
  r.state = RequestState::kServing;
  if (loads_[r.load].stream != 0) [[unlikely]]
    return start_stream(kernel, slot);
  Duration time = service_times_[server.service_time].sample(loads_[r.load].service_stream);
  if (loads_[r.load].datagram) [[unlikely]]
    time += forwarding(kernel, slot);
  kernel.after(time, slot_event_of(EventType::kServed, slot));
}

void Traffic::start_stream(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  Load& load = loads_[r.load];
  r.deadline = SimTime::max();
  ++r.epoch;
  const Duration lasts = service_times_[load.stream - std::size_t{1}].sample(load.service_stream);
  kernel.after(lasts, slot_event_of(EventType::kServed, slot));
}

Slot Traffic::next_in_queue(const Kernel& kernel, Server& server) {
  while (server.queued > 0) {
    const Slot next = server.dequeue(requests_);
    if (!requests_[next].orphan || loads_[requests_[next].load].datagram) [[likely]]
      return next;
    release(kernel, next);
  }
  return kNoSlot;
}

void Traffic::leave_slot(Kernel& kernel, api::PodKey pod) {
  Server& server = servers_[pod.index];
  server.vacate(kernel.now());
  const Slot next = next_in_queue(kernel, server);
  if (next != kNoSlot) {
    start_service(kernel, next, server);
  } else if (server.state == ServerState::kStoppedAccepting && server.busy == 0 && queues_.held(pod) == 0)
      [[unlikely]] {
    tell_kubelet(kernel, pod, config_.drained_type);
  }
  if (server.calls && server.queued == 0) [[unlikely]]
    forget_trouble(pod);
}

void Traffic::served(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  Server& server = servers_[r.pod.index];
  if (server.queued > 0) __builtin_prefetch(&requests_[server.head]);
  __builtin_prefetch(&loads_[r.load]);
  if (server.calls && loads_[r.load].stream == 0) [[unlikely]]
    return begin_calls(kernel, slot);
  leave_server(kernel, slot, Outcome::kOk);
}

void Traffic::leave_server(Kernel& kernel, Slot slot, Outcome outcome) {
  Request& r = requests_[slot];
  const bool keep_alive = servers_[r.pod.index].keep_alive && loads_[r.load].stream == 0;
  if (r.astray && outcome == Outcome::kOk) [[unlikely]] {
    outcome = Outcome::kWrongService;
    r.blocked = frozen_.at(loads_[r.load].proxy).freezes.back().record;
  }
  leave_slot(kernel, r.pod);
  if (r.orphan) [[unlikely]]
    return release(kernel, slot);
  Proxy& proxy = proxy_of(r);
  const bool kept = proxy.config().keep_alive > 0 && keep_alive && proxy.give_connection(r.replica, r.pod);
  if (conntrack_) [[unlikely]]
    untrack(kernel, slot, kept && servers_[r.pod.index].closed == SimTime::max());
  answer(kernel, slot, outcome, hop_to_pod(r).one_way + hop_to_proxy(r).one_way);
}

void Traffic::fail_try(Kernel& kernel, Slot slot, Outcome outcome, Duration delay) {
  Request& r = requests_[slot];
  if (conntrack_) [[unlikely]]
    untrack(kernel, slot, false);
  if (r.orphan) return release(kernel, slot);
  ++r.generation;
  r.state = RequestState::kFailing;
  if (delay == Duration()) return try_failed(kernel, slot, outcome);
  kernel.after(delay, slot_event_of(EventType::kTryFailed, slot, outcome));
}

void Traffic::try_failed(Kernel& kernel, Slot slot, Outcome outcome) {
  const Request& r = requests_[slot];
  const ProxyConfig& proxy = proxy_of(r).config();
  const bool safe = loads_[r.load].config.idempotent || !r.written || proxy.retry_non_idempotent;
  if (r.tries < proxy.tries && safe && kNextUpstream.contains(outcome)) return choose_pod(kernel, slot);
  answer(kernel, slot, outcome, hop_to_proxy(r).one_way);
}

void Traffic::read_timeout(Kernel& kernel, Slot slot) {
  const RequestState state = requests_[slot].state;
  if (requests_[slot].orphan) return;
  if (state == RequestState::kConnecting)
    return fail_try(kernel, slot, Outcome::kUpstreamTimeout, Duration());
  try_failed(kernel, wait_apart(kernel, slot), Outcome::kUpstreamTimeout);
}

}  // namespace seatrial::traffic
