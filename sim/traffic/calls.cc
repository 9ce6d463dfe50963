#include "sim/traffic/calls.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

using cluster::Call;

ResourceIndex Traffic::add_resource(Kernel& kernel, const cloud::ManagedConfig& config, PlaceId place,
                                    PlaceId standby_place) {
  RandomStream stream = kernel.stream("managed/" + config.name.str());
  cloud::ManagedResource state;
  state.config = config;
  const auto index = static_cast<ResourceIndex>(calls_.resources.size());
  ResourceIndex destination = index;
  for (ResourceIndex i = index; config.is_external() && i-- > 0;) {
    const cloud::ManagedConfig& other = calls_.resources[i].state.config;
    if (other.is_external() && other.address == config.address && other.port == config.port) destination = i;
  }
  calls_.resources.push_back({std::move(state), place, standby_place, stream, {}, destination, {}});
  if (config.schedule) begin_schedule(kernel, index);
  return index;
}

std::optional<ResourceIndex> Traffic::resource_called(api::Symbol name) const {
  for (std::size_t i = 0; i < calls_.resources.size(); ++i)
    if (calls_.resources[i].state.config.name == name) return static_cast<ResourceIndex>(i);
  return std::nullopt;
}

const std::vector<Call>* Traffic::calls_of(api::PodKey pod) const {
  if (!has_server(pod) || !server(pod).calls) return nullptr;
  return &calls_.plans[calls_.pods[pod.index].plan].calls;
}

bool Traffic::calls(api::PodKey pod, bool service, std::uint16_t target) const {
  if (!has_server(pod) || !server(pod).calls) return false;
  const CallPlan& plan = calls_.plans[calls_.pods[pod.index].plan];
  for (std::size_t i = 0; i < plan.targets.size(); ++i)
    if (plan.to_service[i] == service && plan.targets[i] == target) return true;
  return false;
}

void Traffic::judge_calls(api::PodKey pod, LoadIndex load, OriginId origin) {
  calls_.pods.at(pod.index).origins[load] = origin;
}

void Traffic::judge_connections(api::PodKey pod, ResourceAt to, OriginId origin) {
  calls_.pods.at(pod.index).outside[to] = origin;
}

void Traffic::plan_calls(const Kernel& kernel, api::PodKey pod, const std::vector<Call>& calls) {
  drop_pools(kernel, pod);
  server_of(pod).calls = !calls.empty();
  if (calls.empty()) return;
  const auto known = std::ranges::find(calls_.plans, calls, &CallPlan::calls);
  const auto index = static_cast<std::uint16_t>(known - calls_.plans.begin());
  if (known == calls_.plans.end()) {
    CallPlan plan{calls, {}, {}, {}};
    for (const Call& call : calls) {
      const auto load = calls_.loads.find(call.stream);
      const auto resource = resource_called(call.to);
      plan.to_service.push_back(load != calls_.loads.end());
      CHECK(plan.to_service.back() || resource.has_value());
      plan.targets.push_back(plan.to_service.back() ? load->second : *resource);
      plan.streams.push_back(kernel.stream(call.stream));
    }
    calls_.plans.push_back(std::move(plan));
  }
  if (pod.index >= calls_.pods.size()) calls_.pods.resize(pod.index + 1);
  PodCalls& mine = calls_.pods[pod.index];
  mine.plan = index;
  mine.trouble = JournalId::kNone;
  mine.next_look = SimTime::at(-Duration::max());
  mine.pools.assign(calls.size(), Pool());
}

void Traffic::drop_pools(const Kernel& kernel, api::PodKey pod) {
  if (!server_of(pod).calls) return;
  PodCalls& mine = calls_.pods[pod.index];
  ++mine.generation;
  for (Slot slot = 0; slot < calls_.progress.size(); ++slot) {
    CallProgress& progress = calls_.progress[slot];
    if (requests_[slot].pod != pod || requests_[slot].state != RequestState::kServing) continue;
    if (progress.phase == CallPhase::kQuerying)
      close_connection(kernel, pod, progress.call, progress.connection);
    progress.phase = CallPhase::kNone;
  }
  for (Dial& dial : calls_.dials) {
    if (dial.abandoned || dial.pod != pod) continue;
    give_port(kernel, pod, dial.call, dial.connection);
    dial.abandoned = true;
  }
  for (std::uint32_t call = 0; call < mine.pools.size(); ++call)
    for (const Connection& idle : mine.pools[call].idle) close_connection(kernel, pod, call, idle);
  mine.pools.assign(mine.pools.size(), Pool());
}

// Whether most of its slots are taken by requests that wait for what they call. Looked at once a second.
bool Traffic::waits_for_calls(SimTime now, api::PodKey pod) {
  if (!servers_[pod.index].calls) return false;
  PodCalls& mine = calls_.pods[pod.index];
  if (now < mine.next_look) return mine.slots_wait;
  mine.next_look = now + Duration::seconds(1);
  std::int32_t waiting = 0;
  for (Slot slot = 0; slot < calls_.progress.size(); ++slot)
    waiting += requests_[slot].pod == pod && requests_[slot].state == RequestState::kServing &&
               calls_.progress[slot].phase != CallPhase::kNone;
  mine.slots_wait = waiting * 2 > servers_[pod.index].concurrency;
  return mine.slots_wait;
}

// --- A request and its calls

void Traffic::begin_calls(Kernel& kernel, Slot slot) {
  CallProgress& progress = calls_.of(slot);
  progress.call = 0;
  progress.attempts = 0;
  next_call(kernel, slot);
}

void Traffic::next_call(Kernel& kernel, Slot slot) {
  CallProgress& progress = calls_.progress[slot];
  CallPlan& plan = calls_.plans[calls_.pods[requests_[slot].pod.index].plan];
  for (; progress.call < plan.calls.size(); ++progress.call) {
    const std::int32_t share = plan.calls[progress.call].share;
    if (share >= 1000 || plan.streams[progress.call].below(1000) < static_cast<std::uint64_t>(share))
      return start_call(kernel, slot);
  }
  progress.phase = CallPhase::kNone;
  leave_server(kernel, slot, Outcome::kOk);
}

void Traffic::start_call(Kernel& kernel, Slot slot) {
  CallProgress& progress = calls_.progress[slot];
  const Request& r = requests_[slot];
  PodCalls& mine = calls_.pods[r.pod.index];
  Pool& pool = mine.pools[progress.call];
  ++progress.attempts;
  ++progress.step;
  progress.failure = JournalId::kNone;
  progress.denied = false;
  if (calls_.plans[mine.plan].to_service[progress.call]) return call_service(kernel, slot);
  if (!pool.idle.empty()) {
    const Connection connection = pool.idle.back();
    pool.idle.pop_back();
    return query(kernel, slot, connection);
  }
  progress.phase = CallPhase::kWaiting;
  pool.waiting.push_back({slot, r.generation, progress.step});
  const Call& call = calls_.plans[mine.plan].calls[progress.call];
  if (call.pool.keep_alive)
    kernel.after(call.pool.acquire_timeout, call_event_of(EventType::kNoConnection, slot));
  open_connections(kernel, r.pod, progress.call);
}

void Traffic::query(Kernel& kernel, Slot slot, const Connection& connection) {
  CallProgress& progress = calls_.progress[slot];
  const api::PodKey pod = requests_[slot].pod;
  PodCalls& mine = calls_.pods[pod.index];
  CallPlan& plan = calls_.plans[mine.plan];
  const Call& call = plan.calls[progress.call];
  const Resource& resource = resource_of(mine, progress.call);
  const Hop hop = hops_.get(servers_[pod.index].place, resource.place, requests_[slot].id);
  progress.phase = CallPhase::kQuerying;
  progress.connection = connection;
  progress.began = kernel.now();
  const Duration limit = call.timeout.value_or(cluster::kTcpGivesUp);
  const bool answers = resource.state.accepts(connection.address) && hop.reachable();
  const JournalId closed = config_.keeps_established ? JournalId::kNone : closed_to(pod, progress.call);
  if (!answers || closed != JournalId::kNone) {
    const JournalId cause = answers           ? closed
                            : hop.reachable() ? resource.state.cause_for(connection.address)
                                              : hop.cause;
    note_trouble(kernel, pod, progress.call, cause,
                 answers ? kDropped : "what is sent to it is not answered");
    progress.failure = mine.pools[progress.call].trouble;
    return kernel.after(limit, call_event_of(EventType::kCallFailed, slot));
  }
  if (is_forgotten(kernel, pod, progress.call, progress.connection)) [[unlikely]] {
    progress.failure = mine.pools[progress.call].trouble;
    return kernel.after(Duration(), call_event_of(EventType::kCallFailed, slot));
  }
  const Duration time = hop.one_way * 2 + call.time.sample(plan.streams[progress.call]);
  progress.denied = time <= limit && refuses(kernel, pod, progress.call);
  if (progress.denied) progress.failure = mine.pools[progress.call].trouble;
  if (time <= limit && !progress.denied) return kernel.after(time, call_event_of(EventType::kCalled, slot));
  kernel.after(std::min(time, limit), call_event_of(EventType::kCallFailed, slot));
}

void Traffic::called(Kernel& kernel, Slot slot) {
  CallProgress& progress = calls_.progress[slot];
  const api::PodKey pod = requests_[slot].pod;
  const std::uint32_t call = progress.call++;
  progress.attempts = 0;
  ++progress.step;
  const bool at_service = std::exchange(progress.phase, CallPhase::kNone) == CallPhase::kAtService;
  if (!at_service) end_use(kernel, pod, call, progress.connection);
  next_call(kernel, slot);
}

// Its timeout and its retries are those of the load.
void Traffic::call_service(Kernel& kernel, Slot slot) {
  const api::PodKey pod = requests_[slot].pod;
  const PodCalls& mine = calls_.pods[pod.index];
  const std::uint16_t load = calls_.plans[mine.plan].targets[calls_.progress[slot].call];
  const auto judged = mine.origins.find(load);
  const Slot made = begin_request(kernel, load);
  Request& r = requests_[made];
  r.caller = slot;
  r.place = servers_[pod.index].place;
  r.origin = judged == mine.origins.end() ? OriginId::kUnjudged : judged->second;
  calls_.progress[slot].phase = CallPhase::kAtService;
  calls_.progress[slot].request = r.id;
  if (dns_ || conntrack_) set_sender(made, pod);
  start_attempt(kernel, made);
}

// The request that a call made to a Service has ended, and nobody may wait for it any more.
void Traffic::tell_caller(Kernel& kernel, Slot slot, Outcome outcome, SimTime at) {
  Request& r = requests_[slot];
  const Slot caller = std::exchange(r.caller, kNoSlot);
  if (loads_[r.load].datagram) return query_ended(kernel, slot, caller, outcome, at);
  CallProgress& progress = calls_.progress[caller];
  if (progress.phase != CallPhase::kAtService || progress.request != r.id) return;
  progress.failure = outcome == Outcome::kOk ? JournalId::kNone : record_behind(r, outcome);
  kernel.at(at, call_event_of(outcome == Outcome::kOk ? EventType::kCalled : EventType::kCallFailed, caller));
}

// A query's connection is of no use any more, unless it was answered 403; says why the pod cannot call.
JournalId Traffic::failed_at_resource(Kernel& kernel, Slot slot) {
  CallProgress& progress = calls_.progress[slot];
  const api::PodKey pod = requests_[slot].pod;
  PodCalls& mine = calls_.pods[pod.index];
  const Call& call = calls_.plans[mine.plan].calls[progress.call];
  Pool& pool = mine.pools[progress.call];
  if (std::exchange(progress.denied, false)) {
    const JournalId denial = progress.failure;
    end_use(kernel, pod, progress.call, progress.connection);
    return denial;
  }
  const bool querying = progress.phase == CallPhase::kQuerying;
  if (pool.trouble == JournalId::kNone && !querying) note_no_connection(kernel, pod, progress.call);
  if (pool.trouble == JournalId::kNone && querying)
    note_trouble(kernel, pod, progress.call, JournalId::kNone,
                 "an answer took longer than the call's timeout, " +
                     to_string(call.timeout.value_or(cluster::kTcpGivesUp)));
  const JournalId trouble = pool.trouble;
  if (querying) {
    close_connection(kernel, pod, progress.call, progress.connection);
    open_connections(kernel, pod, progress.call);
  }
  return trouble;
}

void Traffic::call_failed(Kernel& kernel, Slot slot) {
  CallProgress& progress = calls_.progress[slot];
  Request& r = requests_[slot];
  const Call& call = calls_.plans[calls_.pods[r.pod.index].plan].calls[progress.call];
  const bool at_service = progress.phase == CallPhase::kAtService;
  const JournalId why = at_service ? progress.failure : failed_at_resource(kernel, slot);
  ++progress.step;
  if (!at_service && progress.attempts <= call.retries) {
    progress.phase = CallPhase::kBackingOff;
    return kernel.after(call.backoff, call_event_of(EventType::kCallAgain, slot));
  }
  progress.phase = CallPhase::kNone;
  progress.attempts = 0;
  if (call.optional) {
    ++progress.call;
    return next_call(kernel, slot);
  }
  r.blocked = why;
  leave_server(kernel, slot, Outcome::kDependencyFailed);
}

// --- Resources

void Traffic::take_down(Kernel& kernel, ResourceIndex index, bool silent, JournalId cause) {
  Resource& resource = calls_.resources[index];
  if (resource.state.down) return;
  const cloud::ManagedConfig& config = resource.state.config;
  Event back;
  back.component = kTrafficComponent;
  back.type = static_cast<std::uint8_t>(EventType::kResourceBack);
  back.subject = index;
  back.cause = cause;
  kernel.after((config.multi_az() ? config.failover : config.recovery).sample(resource.stream), back);
  lose_primary(kernel, index, silent, cause);
}

void Traffic::lose_primary(Kernel& kernel, ResourceIndex index, bool silent, JournalId cause) {
  Resource& resource = calls_.resources[index];
  const std::uint32_t address = resource.state.address;
  resource.state.go_down(kernel.now(), cause);
  resource.regained.push_back(kernel.now());
  if (!silent) cut_idle(kernel, index, cause);
  for (Slot slot = 0; slot < calls_.progress.size(); ++slot) {
    CallProgress& progress = calls_.progress[slot];
    const Request& r = requests_[slot];
    if (progress.phase != CallPhase::kQuerying || r.state != RequestState::kServing) continue;
    const CallPlan& plan = calls_.plans[calls_.pods[r.pod.index].plan];
    if (plan.targets[progress.call] != index || progress.connection.address != address) continue;
    ++progress.step;
    const Duration limit = plan.calls[progress.call].timeout.value_or(cluster::kTcpGivesUp);
    note_trouble(kernel, r.pod, progress.call, cause,
                 silent ? "what was sent to it is not answered" : "its connections were cut");
    progress.failure = calls_.pods[r.pod.index].pools[progress.call].trouble;
    kernel.at(silent ? std::max(kernel.now(), progress.began + limit) : kernel.now(),
              call_event_of(EventType::kCallFailed, slot));
  }
}

void Traffic::cut_idle(Kernel& kernel, ResourceIndex index, JournalId cause) {
  for (std::uint32_t pod = 0; pod < calls_.pods.size(); ++pod) {
    PodCalls& mine = calls_.pods[pod];
    for (std::uint32_t call = 0; call < mine.pools.size(); ++call) {
      Pool& pool = mine.pools[call];
      if (calls_.plans[mine.plan].targets[call] != index || pool.idle.empty()) continue;
      pool.open -= static_cast<std::int32_t>(pool.idle.size());
      for (const Connection& idle : pool.idle) give_port(kernel, {pod}, call, idle);
      pool.idle.clear();
      note_trouble(kernel, {pod}, call, cause, "its connections were cut");
    }
  }
}

void Traffic::resource_back(Kernel& kernel, const Event& event) {
  cloud::ManagedResource& state = calls_.resources[event.subject].state;
  const Duration away = kernel.now() - state.outages.back().began;
  const std::string words = fmt::format(
      "{}: back after {}{}", state.config.name.view(), to_string(truncated(away, Duration::millis(100))),
      state.config.multi_az() ? "; its name leads to " + state.config.standby.str() : "");
  state.come_up(kernel.now(), cluster::record_words(kernel, cluster::RecordType::kSaid, words, event.cause));
  if (!state.config.multi_az()) return;
  Resource& resource = calls_.resources[event.subject];
  std::swap(resource.place, resource.standby_place);
  resource.at_standby = !resource.at_standby;
}

void Traffic::call_event(Kernel& kernel, const Event& event) {
  switch (static_cast<EventType>(event.type)) {
    case EventType::kConnected:
      return dialed(kernel, event.subject);
    case EventType::kConnectAgain:
      return connect_again(kernel, event);
    case EventType::kResourceBack:
      return resource_step(kernel, event);
    default:
      break;
  }
  const Slot slot = event.subject;
  if (event.payload != requests_[slot].generation || event.aux != calls_.progress[slot].step) return;
  switch (static_cast<EventType>(event.type)) {
    case EventType::kCalled:
      return called(kernel, slot);
    case EventType::kCallAgain:
      return start_call(kernel, slot);
    default:
      return call_failed(kernel, slot);
  }
}

}  // namespace seatrial::traffic
