#include "sim/traffic/traffic.h"

#include <algorithm>
#include <string>

#include "sim/cluster/journal_types.h"

namespace seatrial::traffic {

Traffic::Traffic(TrafficConfig config) : config_(config), accounts_(config.accounts) {
  versions_.push_back({});
  accounts_.add_version();
}

ProxyId Traffic::add_proxy(const Kernel& kernel, ProxyConfig config) {
  CHECK(config.replicas > 0 && config.tries > 0 && proxies_.size() < 0xffff);
  const std::string name = "proxy/" + config.name.str();
  RandomStream lags = kernel.stream(name + "/applies"), reloads = kernel.stream(name + "/reloads");
  proxies_.emplace_back(std::move(config), lags, reloads);
  return static_cast<ProxyId>(proxies_.size() - 1);
}

void Traffic::make_balancer(const Kernel& kernel, ProxyId proxy, BalancerConfig config) {
  const std::string name = "proxy/" + proxies_[static_cast<std::size_t>(proxy)].config().name.str();
  balancers_.emplace(proxy, Balancer{std::move(config), kernel.stream(name + "/targets"), {}});
}

std::optional<ProxyId> Traffic::find_proxy(api::Symbol name) const {
  for (std::size_t i = 0; i < proxies_.size(); ++i)
    if (proxies_[i].config().name == name) return static_cast<ProxyId>(i);
  return std::nullopt;
}

LoadIndex Traffic::add_load(Kernel& kernel, LoadConfig config) {
  CHECK(loads_.size() == load_count());  // ways come after all loads
  const std::string streams = "load/" + config.name.str() + "/";
  const LoadIndex index = add_state(kernel, std::move(config), streams);
  accounts_.add_load();
  schedule_arrival(kernel, index);
  return index;
}

LoadIndex Traffic::add_state(const Kernel& kernel, LoadConfig config, const std::string& streams) {
  CHECK(static_cast<std::size_t>(config.proxy) < proxies_.size() && loads_.size() < 0xffff);
  CHECK(!config.timeout || *config.timeout > Duration());
  Proxy& proxy = proxies_[static_cast<std::size_t>(config.proxy)];
  for (std::uint16_t r = 0; r < proxy.config().replicas; ++r) proxy.view_or_new(config.service, r);
  const auto stream = [&](std::string_view what) { return kernel.stream(streams + std::string(what)); };
  std::uint32_t lane = Load::kNoLane;
  if (config.timeout) {
    const auto same = std::ranges::find(lanes_, *config.timeout, &DeadlineLane::timeout);
    lane = static_cast<std::uint32_t>(same - lanes_.begin());
    if (same == lanes_.end()) lanes_.emplace_back(*config.timeout);
  }
  const std::optional<Duration> read = proxy.config().read_timeout;
  const bool may_time_out = read && !config.stream && (!config.timeout || *read < *config.timeout);
  const auto lasts = static_cast<std::uint16_t>(config.stream ? index_of(*config.stream) + 1 : 0);
  const LoadIndex index = static_cast<LoadIndex>(loads_.size());
  loads_.push_back({lane, config.service, config.proxy, may_time_out, config.from_pods, lasts, false, false,
                    JournalId::kNone, JournalId::kNone, Outcome::kNoRoute, false, index, stream("service"),
                    stream("arrivals"), config.arrivals, stream("choice"), config});
  clients_.emplace_back();
  forbidden_.emplace_back();
  outlived_.emplace_back();
  return index;
}

const ResolverCopies* Traffic::copies(LoadIndex load) const {
  return load < copies_.size() && copies_[load] ? &*copies_[load] : nullptr;
}

const Accounts& Traffic::accounts() const {
  accounts_.settle();
  return accounts_;
}

LoadIndex Traffic::add_way(const Kernel& kernel, LoadIndex load, LoadConfig config) {
  CHECK(copies(load) && config.name == loads_[load].config.name);
  const std::string proxy = proxies_[static_cast<std::size_t>(config.proxy)].config().name.str();
  const std::string streams = "load/" + config.name.str() + "/via/" + proxy + "/";
  const LoadIndex way = add_state(kernel, std::move(config), streams);
  loads_[way].by_record = true;
  loads_[way].account = load;
  return way;
}

void Traffic::resolve_host(LoadIndex load, ResolverCopies copies) {
  if (copies_.size() <= load) copies_.resize(load + std::size_t{1});
  copies_[load] = std::move(copies);
  loads_[load].by_record = true;
}

void Traffic::answer_changed(LoadIndex load, NameAnswer answer) {
  copies_.at(load)->change(std::move(answer), accounts_.has_sent(load));
}

void Traffic::reroute(LoadIndex load, api::ServiceKey service, std::int32_t port, OriginId origin) {
  Load& l = loads_[load];
  Proxy& proxy = proxies_[static_cast<std::size_t>(l.proxy)];
  for (std::uint16_t r = 0; r < proxy.config().replicas; ++r) proxy.view_or_new(service, r);
  l.nowhere = JournalId::kNone;
  l.service = l.config.service = service;
  l.config.port = port;
  l.config.origin = origin;
}

void Traffic::route_nowhere(LoadIndex load, Outcome outcome, JournalId cause) {
  loads_[load].nowhere = cause;
  loads_[load].ends_so = outcome;
}

void Traffic::set_in_rotation(Kernel& kernel, PlaceId place, bool in) {
  for (std::size_t i = 0; i < proxies_.size(); ++i) {
    if (!proxies_[i].config().ingress) continue;
    Event event;
    event.component = kTrafficComponent;
    event.type = static_cast<std::uint8_t>(EventType::kRotation);
    event.subject = static_cast<std::uint32_t>(i);
    event.payload = static_cast<std::uint64_t>(place) * 2 + (in ? 1 : 0);
    kernel.after(proxies_[i].config().failover, event);
  }
}

void Traffic::introduce(api::PodKey pod, api::Symbol version, PlaceId place) {
  auto known = std::ranges::find(versions_, version);
  if (known == versions_.end()) {
    accounts_.add_version();
    known = versions_.insert(versions_.end(), version);
  }
  Server& server = server_of(pod);
  server.version = static_cast<VersionIndex>(known - versions_.begin());
  server.place = place;
}

std::uint16_t Traffic::index_of(const Distribution& service_time) {
  const auto known = std::ranges::find(service_times_, service_time);
  const auto index = static_cast<std::uint16_t>(known - service_times_.begin());
  if (known == service_times_.end()) service_times_.push_back(service_time);
  return index;
}

void Traffic::listening(Kernel& kernel, api::PodKey pod, const cluster::ImageBehaviour& behaviour,
                        const std::vector<std::int32_t>& ports, JournalId cause) {
  Server& server = server_of(pod);
  const auto set = std::ranges::find(port_sets_, ports);
  server.port_set = static_cast<std::uint16_t>(set - port_sets_.begin());
  if (set == port_sets_.end()) port_sets_.push_back(ports);
  CHECK(server.in_flight() == 0 && behaviour.concurrency > 0 && behaviour.queue >= 0);
  server.service_time = index_of(behaviour.service_time);
  server.concurrency = behaviour.concurrency;
  server.queue_capacity = behaviour.queue;
  server.keep_alive = behaviour.keep_alive;
  server.memory_bound = false;
  server.enter(ServerState::kListening, kernel.now(), cause);
  server.closed = SimTime::max();
  server.work = 0;
  plan_calls(kernel, pod, behaviour.calls);
  if (dns_) forget_names(pod, behaviour.dns_cache);
  if (!credentials_.trivial()) credentials_.begin(pod, kernel.now());
  if (behaviour.consumes)
    queues_.begin(kernel, pod, *behaviour.consumes,
                  credentials_.refuse_worker(kernel, pod, behaviour.consumes->from));
  for (Proxy& proxy : proxies_)
    if (proxy.config().keep_alive > 0)
      for (std::uint16_t r = 0; r < proxy.config().replicas; ++r) proxy.drop_connections(r, pod);
  if (!balancers_.empty()) server_changed(kernel, pod);
}

void Traffic::stop_listening(Kernel& kernel, api::PodKey pod, ServerState next, JournalId cause) {
  Server& server = server_of(pod);
  const bool listened = server.state == ServerState::kListening;
  server.enter(next, kernel.now(), cause);
  if (conntrack_ && server.closed == SimTime::max()) [[unlikely]]
    for (const Proxy& proxy : proxies_)
      for (std::uint16_t r = 0; r < proxy.config().replicas; ++r) untrack_kept(kernel, proxy, r, pod);
  server.closed = std::min(server.closed, kernel.now());
  if (listened && !balancers_.empty()) server_changed(kernel, pod);
}

std::int64_t Traffic::stopped_accepting(Kernel& kernel, api::PodKey pod, JournalId cause) {
  Server& server = server_of(pod);
  stop_listening(kernel, pod, ServerState::kStoppedAccepting, cause);
  return server.in_flight() + queues_.stop(pod);
}

void Traffic::exited(Kernel& kernel, api::PodKey pod, JournalId cause) {
  Server& server = server_of(pod);
  stop_listening(kernel, pod, ServerState::kExited, cause);
  drop_pools(kernel, pod);
  queues_.end(pod, cause);
  if (server.in_flight() == 0) return;
  server.vacate(kernel.now(), server.busy);
  server.queued = 0;
  // What fails here may at once be tried elsewhere, in the same slot; this pod takes nothing any more.
  for (Slot slot = 0; slot < requests_.size(); ++slot) {
    const Request& r = requests_[slot];
    const bool held = r.pod == pod && (r.state == RequestState::kQueued || r.state == RequestState::kServing);
    if (!held) continue;
    if (r.orphan)
      release(kernel, slot);
    else if (loads_[r.load].datagram)
      drop_query(slot, cause);
    else if (streams(r))
      answer(kernel, slot, Outcome::kCutShort, hop_to_pod(r).one_way + hop_to_proxy(r).one_way);
    else
      fail_try(kernel, slot, Outcome::kReset, hop_to_pod(r).one_way);
  }
}

void Traffic::network_down(Kernel& kernel, api::PodKey pod, JournalId cause) {
  if (server_of(pod).in_flight() > 0 || server_of(pod).calls) exited(kernel, pod, cause);
  queues_.end(pod, cause);
  stop_listening(kernel, pod, ServerState::kGone, cause);
}

void Traffic::endpoints_changed(Kernel& kernel, ProxyId proxy_id, api::ServiceKey service,
                                std::span<const PodEndpoint> endpoints, JournalId cause) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  const std::vector<api::PodKey> pods = proxy.usable(endpoints);
  for (const api::PodKey pod : pods) server_of(pod);
  if (balancers_.contains(proxy_id)) return targets_wanted(kernel, proxy_id, service, pods, cause);
  if (proxy.frozen) {
    note_failed_sync(proxy_id);
    return miss_endpoints(proxy_id, service, pods, cause, true);
  }
  tell_replicas(kernel, proxy_id, service, pods, cause);
}

void Traffic::tell_replicas(Kernel& kernel, ProxyId proxy_id, api::ServiceKey service,
                            const std::vector<api::PodKey>& pods, JournalId cause) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(proxy_id)];
  for (std::uint16_t replica = 0; replica < proxy.config().replicas; ++replica) {
    Proxy::View& view = proxy.view_or_new(service, replica);
    view.due = std::max(view.due, kernel.now() + proxy.draw_lag());
    PendingEndpoints pending{proxy_id, replica, service, cause, pods};
    if (view.due == kernel.now()) {
      apply_endpoints(kernel, std::move(pending));
      continue;
    }
    std::uint32_t index = static_cast<std::uint32_t>(pending_.size());
    if (free_pending_.empty()) {
      pending_.push_back(std::move(pending));
    } else {
      index = free_pending_.back();
      free_pending_.pop_back();
      pending_[index] = std::move(pending);
    }
    Event e;
    e.component = kTrafficComponent;
    e.type = static_cast<std::uint8_t>(EventType::kApplyEndpoints);
    e.subject = index;
    e.cause = cause;
    kernel.at(view.due, e);
  }
}

void Traffic::apply_endpoints(Kernel& kernel, PendingEndpoints pending) {
  Proxy& proxy = proxies_[static_cast<std::size_t>(pending.proxy)];
  if (proxy.frozen) [[unlikely]]
    return miss_endpoints(pending.proxy, pending.service, std::move(pending.pods), pending.cause, false);
  Proxy::View& view = proxy.view(pending.service, pending.replica);
  if (view.pods == pending.pods && view.record != JournalId::kNone) return;
  JournalRecord record;
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kUpstreamsChanged);
  record.cause = pending.cause;
  record.subject_kind = static_cast<std::uint8_t>(api::Kind::kService);
  record.subject = pending.service.index;
  record.value = static_cast<std::int64_t>(pending.pods.size());
  record.other = pending.replica;
  record.text = kernel.journal().text(proxy.config().name.view());
  view.record = kernel.record(record);
  view.pods = std::move(pending.pods);
}

std::span<const api::PodKey> Traffic::upstreams(ProxyId proxy, api::ServiceKey service,
                                                std::uint16_t replica) const {
  return proxies_[static_cast<std::size_t>(proxy)].view(service, replica).pods;
}

void Traffic::handle(Kernel& kernel, const Event& event) {
  CHECK(event.component == kTrafficComponent);
  if (static_cast<EventType>(event.type) == EventType::kServed) {
    if (event.payload == requests_[event.subject].generation) served(kernel, event.subject);
    return;
  }
  if (event.type >= static_cast<std::uint8_t>(EventType::kOfQueues)) {
    const std::optional<api::PodKey> empty = queues_.handle(kernel, event);
    const bool drained = empty && server(*empty).state == ServerState::kStoppedAccepting;
    if (drained && server(*empty).in_flight() == 0) tell_kubelet(kernel, *empty, config_.drained_type);
    return;
  }
  switch (static_cast<EventType>(event.type)) {
    case EventType::kArrival:
      return arrival(kernel, static_cast<LoadIndex>(event.subject));
    case EventType::kDeadlines:
      return deadlines_due(kernel, event.subject);
    case EventType::kApplyEndpoints:
      free_pending_.push_back(event.subject);
      return apply_endpoints(kernel, std::move(pending_[event.subject]));
    case EventType::kClientCalls:
      return client_calls(kernel, static_cast<LoadIndex>(event.subject),
                          {static_cast<std::uint32_t>(event.payload)});
    case EventType::kLoneDeadline:
      if (event.payload == requests_[event.subject].epoch) client_gives_up(kernel, event.subject);
      return;
    case EventType::kReload:
      return reload(kernel, static_cast<ProxyId>(event.subject), event.aux, event.cause);
    case EventType::kRetiredEnd:
      return end_retired(kernel, event.cause);
    case EventType::kReplica:
      return replica_step(kernel, event);
    case EventType::kTarget:
      return target_step(kernel, event);
    case EventType::kNoConnection:
    case EventType::kCalled:
    case EventType::kCallFailed:
    case EventType::kCallAgain:
    case EventType::kConnected:
    case EventType::kConnectAgain:
    case EventType::kResourceBack:
      return call_event(kernel, event);
    case EventType::kAnswered:
    case EventType::kQueryRefused:
    case EventType::kLookupTimeout:
      return lookup_event(kernel, event);
    case EventType::kExpires:
      return credentials_.judge_worker(kernel, queues_, {event.subject});
    case EventType::kRotation:
      return proxies_[event.subject].set_in_rotation(static_cast<PlaceId>(event.payload / 2),
                                                     event.payload % 2 == 1);
    default:
      break;
  }
  if (event.payload == requests_[event.subject].generation) slot_event(kernel, event);
}

void Traffic::slot_event(Kernel& kernel, const Event& event) {
  const Slot slot = event.subject;
  switch (static_cast<EventType>(event.type)) {
    case EventType::kAttempt:
      return start_attempt(kernel, slot);
    case EventType::kReachesProxy:
      return choose_pod(kernel, slot);
    case EventType::kReachesPod:
      return reaches_pod(kernel, slot);
    case EventType::kTryFailed:
      return try_failed(kernel, slot, static_cast<Outcome>(event.aux));
    case EventType::kAttemptFailed:
      return attempt_failed(kernel, slot, static_cast<Outcome>(event.aux));
    case EventType::kReadTimeout:
      return read_timeout(kernel, slot);
    default:
      CHECK(false);
  }
}

void Traffic::check_invariants() const {
  std::uint64_t sent = 0, ended = 0;
  for (std::size_t i = 0; i < load_count(); ++i) {
    const LoadTotals totals = accounts().totals(static_cast<LoadIndex>(i));
    sent += totals.sent;
    ended += totals.ended;
  }
  CHECK(sent == next_id_ && ended == ended_);
  std::vector<std::int64_t> held(servers_.size(), 0);
  std::uint64_t orphans = 0;
  for (Slot slot = 0; slot < requests_.size(); ++slot) {
    const Request& r = requests_[slot];
    orphans += r.orphan;
    if (r.state == RequestState::kQueued || r.state == RequestState::kServing) ++held[r.pod.index];
  }
  queues_.check_invariants();
  check_tables();
  CHECK(requests_.live() - orphans == in_flight());
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    CHECK(held[i] == servers_[i].in_flight() && servers_[i].busy <= std::max(servers_[i].concurrency, 0));
    CHECK(servers_[i].queued <= servers_[i].queue_capacity);
  }
}

}  // namespace seatrial::traffic
