#include "sim/cluster/controller_runtime.h"

#include <fmt/format.h>

#include <algorithm>

namespace seatrial::cluster {

using api::Kind;
using api::ObjectRef;

namespace {

// Event types of kControllerComponent; aux is the controller.
enum RuntimeEvent : std::uint8_t {
  kBegin,   // a worker takes the next key
  kAnswer,  // subject: the sync's slot; payload: the call
  kAddKey,  // payload: key, delayed
  kEventPosted,
};

void fill_in(EventSpec& spec, std::string_view placeholder, const std::string& text) {
  const auto at = spec.message.find(placeholder);
  if (at != std::string::npos) spec.message.replace(at, placeholder.size(), text);
}

}  // namespace

ControllerManager::ControllerManager(const Kernel& kernel, ApiServer& api,
                                     std::span<const ControllerRow> rows) {
  std::vector<Kind> kinds;
  for (const ControllerRow& row : rows) {
    const auto index = static_cast<std::uint16_t>(controllers_.size());
    const ClientId client =
        row.client_on_demand ? ClientId() : api.add_client(kernel, row.name, row.qps, row.burst);
    const ReplyTo posted{kControllerComponent, kEventPosted, 0, index};
    controllers_.push_back({&row,
                            WorkQueue<SyncKey>(row.retry_base, row.retry_max, row.retries),
                            client,
                            EventRecorder(row.name, {}, client, posted),
                            {},
                            {},
                            {},
                            kernel.stream("controller/" + std::string(row.name)),
                            0,
                            0,
                            {},
                            {},
                            {}});
    for (const Kind kind : row.watches) {
      if (!std::ranges::count(kinds, kind)) kinds.push_back(kind);
    }
  }
  api.watches().add_consumer(kernel, "kube-controller-manager", kinds, kControllerComponent,
                             api.timings().watch_delivery);
  // What an informer's first list finds: nobody need act on it.
  for (const Kind kind : kinds)
    for (const api::ObjectPtr& object : api.store().all(kind))
      if (object) cache_.apply({ChangeType::kAdded, object, JournalId::kNone});
}

std::uint32_t ControllerManager::controller(std::string_view name) const {
  const auto it = std::ranges::find(controllers_, name, [](const Controller& c) { return c.row->name; });
  CHECK(it != controllers_.end());
  return static_cast<std::uint32_t>(it - controllers_.begin());
}

void ControllerManager::on_watch(Kernel& kernel, ApiServer& api, const WatchEvent& change) {
  const api::ObjectPtr old = cache_.apply(change);
  // A relist or a merged delivery may show an update of something never seen: then it is new.
  const ChangeType type = change.type == ChangeType::kModified && !old ? ChangeType::kAdded : change.type;
  const Change seen{cache_, type, old.get(), change.object.get(), kernel.now()};
  for (std::uint32_t i = 0; i < controllers_.size(); ++i) {
    if (!std::ranges::count(controllers_[i].row->watches, change.object->kind)) continue;
    Enqueue enqueue(*this, kernel, api, i, change.cause);
    controllers_[i].row->on_change(seen, enqueue);
  }
}

void ControllerManager::enqueue(Kernel& kernel, ApiServer& api, std::uint32_t index, SyncKey key,
                                JournalId cause) {
  Controller& controller = controllers_[index];
  controller.queue.add(key);
  controller.causes[key] = cause;
  start_workers(kernel, api, index);
}

void ControllerManager::restart(Kernel& kernel, ApiServer& api, std::uint32_t index) {
  for (SyncState& state : syncs_state_) state.abandoned |= state.active && state.controller == index;
  Controller& controller = controllers_[index];
  const ControllerRow& row = *controller.row;
  controller.queue = WorkQueue<SyncKey>(row.retry_base, row.retry_max, row.retries);
  controller.expectations = {};
  controller.backoff = {};
  controller.failures.clear();
  controller.memory.reset();
  controller.causes.clear();
  controller.written.clear();
  controller.busy -= std::exchange(controller.active, 0);  // the others are waking up
  for (const Kind kind : controller.row->watches) {
    for (const api::ObjectPtr& object : cache_.all(kind)) {
      if (!object) continue;
      Enqueue enqueue(*this, kernel, api, index, JournalId::kNone);
      controller.row->on_change({cache_, ChangeType::kAdded, nullptr, object.get(), kernel.now()}, enqueue);
    }
  }
}

void ControllerManager::elect(Kernel& kernel, ApiServer& api, SimTime from) {
  leads_from_ = from;
  for (std::uint32_t i = 0; i < controllers_.size(); ++i) restart(kernel, api, i);
}

// Every idle worker for which a key waits wakes up; it takes the key when it gets to run.
void ControllerManager::start_workers(Kernel& kernel, ApiServer& api, std::uint32_t index) {
  Controller& controller = controllers_[index];
  // Workers that are waking up will each take one of the waiting keys.
  while (controller.busy < controller.row->workers &&
         controller.busy - controller.active < static_cast<std::int32_t>(controller.queue.size())) {
    ++controller.busy;
    Event event;
    event.component = kControllerComponent;
    event.type = kBegin;
    event.aux = static_cast<std::uint16_t>(index);
    kernel.after(api.timings().controller_reaction.sample(controller.random), event);
  }
}

void ControllerManager::handle(Kernel& kernel, ApiServer& api, const Event& event) {
  switch (event.type) {
    case kBegin:
      if (kernel.now() < leads_from_) return (void)kernel.at(leads_from_, event);
      return begin(kernel, api, event.aux);
    case kAnswer:
      return answered(kernel, api, event);
    case kAddKey:
      if (controllers_[event.aux].queue.wait_is_over(event.payload, kernel.now())) {
        enqueue(kernel, api, event.aux, event.payload, event.cause);
      }
      return;
    case kEventPosted:
      return controllers_[event.aux].events.posted(kernel, api, {static_cast<std::uint32_t>(event.payload)});
  }
  CHECK(false);
}

void ControllerManager::begin(Kernel& kernel, ApiServer& api, std::uint32_t index) {
  Controller& controller = controllers_[index];
  if (controller.queue.empty()) {
    --controller.busy;
    return;
  }
  const SyncKey key = controller.queue.get();
  std::uint32_t slot;
  if (free_syncs_.empty()) {
    slot = static_cast<std::uint32_t>(syncs_state_.size());
    syncs_state_.emplace_back();
  } else {
    slot = free_syncs_.back();
    free_syncs_.pop_back();
  }
  SyncState& state = syncs_state_[slot];
  state = SyncState();
  state.key = key;
  state.controller = index;
  state.started = kernel.now();
  state.active = true;
  ++controller.active;
  ++syncs_;
  const auto cause = controller.causes.find(key);
  if (cause != controller.causes.end()) {
    state.cause = cause->second;
    controller.causes.erase(cause);
  }
  if (const std::string why = stale(controller, key); !why.empty()) {
    return finish(kernel, api, slot, SyncResult::failed(why));
  }
  run(kernel, api, slot);
}

void ControllerManager::run(Kernel& kernel, ApiServer& api, std::uint32_t slot) {
  Sync sync(*this, kernel, api, slot);
  const SyncResult result = controllers_[syncs_state_[slot].controller].row->sync(sync);
  if (result.status == SyncStatus::kPending) {
    CHECK(syncs_state_[slot].missing > 0);
    return;
  }
  CHECK(syncs_state_[slot].missing == 0);
  finish(kernel, api, slot, result);
}

void ControllerManager::finish(Kernel& kernel, ApiServer& api, std::uint32_t slot, const SyncResult& result) {
  SyncState& state = syncs_state_[slot];
  Controller& controller = controllers_[state.controller];
  const std::uint32_t index = state.controller;
  const SyncKey key = state.key;
  if (result.status == SyncStatus::kFailed) {
    if (controller.row->max_retries < 0 || controller.queue.retries(key) < controller.row->max_retries) {
      add_after(kernel, index, key, controller.queue.next_retry(key, kernel.now()), state.cause);
    } else {
      controller.queue.forget(key);
    }
  } else {
    const Duration again =
        result.rate_limited ? controller.queue.next_retry(key, kernel.now()) : result.requeue_after;
    controller.queue.forget(key);
    if (again > Duration()) add_after(kernel, index, key, again, state.cause);
  }
  controller.queue.done(key);
  state = SyncState();
  free_syncs_.push_back(slot);
  --controller.active;
  --controller.busy;
  start_workers(kernel, api, index);
}

void ControllerManager::answered(Kernel& kernel, ApiServer& api, const Event& event) {
  const std::uint32_t slot = event.subject;
  const CallId call{static_cast<std::uint32_t>(event.payload)};
  SyncState& state = syncs_state_[slot];
  Controller& controller = controllers_[state.controller];
  const auto at = std::ranges::find(state.calls, call.index);
  CHECK(at != state.calls.end());
  const auto which = static_cast<std::size_t>(at - state.calls.begin());
  ApiResult result = api.take_reply(call);
  if (state.abandoned) {
    if (--state.missing > 0) return;
    state = SyncState();
    free_syncs_.push_back(slot);
    return;
  }
  Write& write = state.outstanding[which];
  if (result) {
    note_write(controller, state.key, **result);
    fill_in(write.on_success, "{name}", (*result)->metadata.name.str());
    controller.events.record(kernel, api, write.on_success, state.cause);
  } else {
    fill_in(write.on_failure, "{error}", result.error().message);
    controller.events.record(kernel, api, write.on_failure, state.cause);
  }
  state.calls[which] = 0xffffffff;
  state.arrived[which] = std::move(result);
  if (--state.missing > 0) return;
  std::vector<ApiResult> answers;
  for (std::optional<ApiResult>& arrived : state.arrived) answers.push_back(std::move(*arrived));
  state.answers.push_back(std::move(answers));
  state.arrived.clear();
  state.outstanding.clear();
  state.calls.clear();
  run(kernel, api, slot);
}

void ControllerManager::add_after(Kernel& kernel, std::uint32_t index, SyncKey key, Duration delay,
                                  JournalId cause) {
  const SimTime when = kernel.now() + delay;
  if (!controllers_[index].queue.wait(key, when)) return;
  Event event;
  event.component = kControllerComponent;
  event.type = kAddKey;
  event.aux = static_cast<std::uint16_t>(index);
  event.payload = key;
  event.cause = cause;
  kernel.at(when, event);
}

std::string ControllerManager::stale(const Controller& controller, SyncKey key) const {
  const auto it = controller.written.find(key);
  if (it == controller.written.end()) return {};
  for (std::size_t i = 0; i < controller.row->consistent_kinds.size(); ++i) {
    const std::uint64_t read = cache_.latest_version(controller.row->consistent_kinds[i]);
    if (read < it->second[i]) {
      return fmt::format("read version {} is not as new as written version {}", read, it->second[i]);
    }
  }
  return {};
}

void ControllerManager::note_write(Controller& controller, SyncKey key, const api::Object& object) {
  const auto& kinds = controller.row->consistent_kinds;
  const auto at = std::ranges::find(kinds, object.kind);
  if (at == kinds.end()) return;
  auto& versions = controller.written[key];
  versions.resize(kinds.size());
  auto& version = versions[static_cast<std::size_t>(at - kinds.begin())];
  version = std::max(version, object.metadata.resource_version);
}

void Enqueue::add(ObjectRef object) { manager_.enqueue(kernel_, api_, index_, sync_key(object), cause_); }
void Enqueue::add_after(ObjectRef object, Duration delay) {
  manager_.add_after(kernel_, index_, sync_key(object), delay, cause_);
}
Expectations& Enqueue::expectations() { return manager_.controllers_[index_].expectations; }

void Enqueue::event(const EventSpec& spec) {
  manager_.controllers_[index_].events.record(kernel_, api_, spec, cause_);
}
RandomStream& Enqueue::random() { return manager_.controllers_[index_].random; }

bool Sync::expectations_satisfied() const {
  return manager_.controllers_[state().controller].expectations.satisfied(state().key, state().started);
}
Expectations& Sync::expectations() { return manager_.controllers_[state().controller].expectations; }
FailureBackoff& Sync::backoff() { return manager_.controllers_[state().controller].backoff; }
std::map<SyncKey, FailureRecord>& Sync::failures() {
  return manager_.controllers_[state().controller].failures;
}

void Sync::event(const EventSpec& spec) {
  once([&] { manager_.controllers_[state().controller].events.record(kernel_, api_, spec, state().cause); });
}

void Sync::send(std::vector<Write> writes) {
  const std::uint32_t index = state().controller;
  CHECK(!writes.empty());
  const ControllerRow& row = *manager_.controllers_[index].row;
  ClientId& client = manager_.controllers_[index].client;
  if (row.client_on_demand && client.index == 0)
    client = api_.add_client(kernel_, row.name, row.qps, row.burst);
  state().missing = writes.size();
  state().arrived.assign(writes.size(), std::nullopt);
  for (Write& write : writes) {
    ApiRequest request = std::exchange(write.request, {});
    request.cause = state().cause;
    const ReplyTo reply{kControllerComponent, kAnswer, slot_, static_cast<std::uint16_t>(index)};
    state().calls.push_back(api_.submit(kernel_, client, std::move(request), reply).index);
  }
  state().outstanding = std::move(writes);
}

}  // namespace seatrial::cluster
