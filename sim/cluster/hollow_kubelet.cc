#include "sim/cluster/hollow_kubelet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "sim/cluster/node_status.h"

namespace seatrial::cluster {

using api::Condition;
using api::ConditionStatus;
using api::PodPhase;

namespace {

// Event types of kHollowKubeletComponent; subject: pod, payload: epoch. kFirstRenewal: the node.
enum HollowEvent : std::uint8_t {
  kRun,
  kReady,
  kEnd,
  kRemove,
  kFail,
  kComplete,
  kRestart,
  kAnswered,
  kLastAnswered,
  kFirstRenewal
};

constexpr Duration kRenewal = Duration::seconds(10);
constexpr Duration kFirstRestart = Duration::seconds(10), kLongestRestart = Duration::seconds(300);

std::optional<std::int64_t> annotation(const api::Pod& pod, const char* name) {
  const api::Symbol* text = pod.metadata.annotations->find(std::string("hollow.example/") + name);
  if (text == nullptr) return {};
  if (text->str() == "true") return 1;
  return std::strtoll(text->str().c_str(), nullptr, 10);
}

void set_condition(std::vector<Condition>& conditions, api::Symbol type, ConditionStatus status,
                   api::Symbol reason, std::string message, SimTime now) {
  const auto at = std::ranges::find(conditions, type, &Condition::type);
  Condition wanted{type, status, reason, std::move(message), {}, now.whole_second(), {}};
  if (at == conditions.end()) {
    conditions.push_back(std::move(wanted));
    return;
  }
  if (at->status == status) wanted.last_transition_time = at->last_transition_time;
  *at = std::move(wanted);
}

std::string names_of(const api::Pod& pod) {
  std::string names;
  for (const api::Container& c : pod.spec->containers) names += (names.empty() ? "" : " ") + c.name.str();
  return names;
}

}  // namespace

HollowKubelet::HollowKubelet(const Kernel& kernel, ApiServer& api, HollowTimings timings)
    : timings_(std::move(timings)),
      client_(api.add_client(kernel, "hollow-kubelet", 0, 0)),
      random_(kernel.stream("hollow-kubelet")),
      phases_(kernel.stream("hollow-kubelet/heartbeats")) {
  api.watches().add_consumer(kernel, "hollow-kubelets", {api::Kind::kPod, api::Kind::kNode},
                             kHollowKubeletComponent, api.timings().watch_delivery, true);
}

HollowKubelet::PodState& HollowKubelet::state_of(std::uint32_t pod) {
  if (pods_.size() <= pod) pods_.resize(pod + 1);
  return pods_[pod];
}

Duration HollowKubelet::delay(const api::Pod& pod, const char* name, const Distribution& usual) {
  const auto millis = annotation(pod, name);
  return millis ? Duration::millis(*millis) : usual.sample(random_);
}

void HollowKubelet::later(Kernel& kernel, std::uint32_t pod, std::uint8_t type, Duration delay) {
  Event event;
  event.component = kHollowKubeletComponent;
  event.type = type;
  event.subject = pod;
  event.payload = pods_[pod].epoch;
  kernel.after(delay, event);
}

void HollowKubelet::set_heartbeat(Kernel& kernel, ApiServer& api, api::Symbol node, bool beats) {
  if (!beats) {
    silent_.insert(node);
    leases_[node].end(kernel, api, node);
    return;
  }
  silent_.erase(node);
  const auto* const object = api.store().find<api::Node>({}, node);
  if (object == nullptr) return;
  auto next = std::make_shared<api::Node>(*object);
  report_conditions(*next, {}, kernel.now());
  ApiRequest request;
  request.verb = Verb::kPatchStatus;
  request.object = std::move(next);
  api.submit(kernel, client_, std::move(request), {kHollowKubeletComponent, kAnswered, 0, 0});
  leases_[node].begin(kernel, api, node, kRenewal);
  for (std::uint32_t pod = 0; pod < pods_.size(); ++pod) {
    if (pods_[pod].seen && pods_[pod].seen->node_name == node) catch_up(kernel, api, pod);
  }
}

// What has been missed of a pod while its node was silent; what others wrote of its status is put right.
void HollowKubelet::catch_up(Kernel& kernel, ApiServer& api, std::uint32_t pod) {
  PodState& state = pods_[pod];
  const bool begun = state.stage != Stage::kUnknown && !state.seen->metadata.deletion_timestamp;
  if (begun)
    write(kernel, api, pod);
  else
    pod_changed(kernel, api, {ChangeType::kModified, state.seen, JournalId::kNone});
}

void HollowKubelet::on_watch(Kernel& kernel, ApiServer& api, const WatchEvent& change) {
  if (change.object->kind == api::Kind::kPod) return pod_changed(kernel, api, change);
  if (change.type != ChangeType::kAdded) return;
  Event event;
  event.component = kHollowKubeletComponent;
  event.type = kFirstRenewal;
  event.subject = change.object->index;
  const auto phase = phases_.below(static_cast<std::uint64_t>(kRenewal.count()));
  kernel.after(Duration::nanos(static_cast<std::int64_t>(phase)), event);
}

void HollowKubelet::pod_changed(Kernel& kernel, ApiServer& api, const WatchEvent& change) {
  const std::uint32_t index = change.object->index;
  PodState& state = state_of(index);
  if (change.type == ChangeType::kDeleted) {
    state.stage = Stage::kFinished;
    ++state.epoch;
    state.seen = nullptr;
    return;
  }
  state.seen = std::static_pointer_cast<const api::Pod>(change.object);
  if (silent_.contains(state.seen->node_name)) return;
  if (state.stage == Stage::kUnknown && !api::is_pod_terminal(*state.seen)) start(kernel, api, index);
  if (!state.seen->metadata.deletion_timestamp || state.stage == Stage::kTerminating) return;
  const bool runs = state.stage == Stage::kRunning || state.stage == Stage::kReady;
  state.stage = Stage::kTerminating;
  ++state.epoch;
  if (!runs) return later(kernel, index, kRemove, timings_.removal);
  const Duration grace = Duration::seconds(state.seen->metadata.deletion_grace_period_seconds.value_or(30));
  later(kernel, index, kEnd, std::min(grace, delay(*state.seen, "term-ms", timings_.term)));
}

void HollowKubelet::handle(Kernel& kernel, ApiServer& api, const Event& event) {
  if (event.type == kAnswered || event.type == kLastAnswered) {
    (void)api.take_reply({static_cast<std::uint32_t>(event.payload)});
    if (event.type == kLastAnswered) remove(kernel, api, event.subject);
    return;
  }
  if (event.type == kFirstRenewal) {
    const auto* const node = api.store().get<api::Node>({event.subject});
    if (node == nullptr || silent_.contains(node->metadata.name)) return;
    return leases_[node->metadata.name].begin(kernel, api, node->metadata.name, kRenewal);
  }
  PodState& state = pods_[event.subject];
  if (event.payload != state.epoch || !state.seen) return;
  if (silent_.contains(state.seen->node_name)) return;
  switch (event.type) {
    case kRun:
      return run(kernel, api, event.subject);
    case kReady:
      if (!state.forced) become(kernel, api, event.subject, true);
      return;
    case kEnd: {
      const auto code = annotation(*state.seen, "term-exit").value_or(0);
      return end(kernel, api, event.subject, static_cast<std::int32_t>(code), true);
    }
    case kRemove:
      return remove(kernel, api, event.subject);
    case kFail: {
      const auto code = annotation(*state.seen, "fail-exit").value_or(1);
      return end(kernel, api, event.subject, static_cast<std::int32_t>(code), false);
    }
    case kComplete:
      return end(kernel, api, event.subject, 0, false);
    case kRestart:
      return run(kernel, api, event.subject);
    default:
      CHECK(false);
  }
}

void HollowKubelet::start(Kernel& kernel, ApiServer& api, std::uint32_t index) {
  PodState& state = pods_[index];
  state.stage = Stage::kCreating;
  state.status = state.seen->status;
  state.status.start_time = kernel.now().whole_second();
  for (const api::Container& c : state.seen->spec->containers) {
    state.status.container_statuses.push_back(
        {c.name, c.image, api::ContainerStateWaiting{"ContainerCreating", ""}, {}, false, false, 0});
  }
  const std::string unready = fmt::format("containers with unready status: [{}]", names_of(*state.seen));
  set_condition(state.status.conditions, "Initialized", ConditionStatus::kTrue, {}, "", kernel.now());
  set_condition(state.status.conditions, "Ready", ConditionStatus::kFalse, "ContainersNotReady", unready,
                kernel.now());
  set_condition(state.status.conditions, "ContainersReady", ConditionStatus::kFalse, "ContainersNotReady",
                unready, kernel.now());
  write(kernel, api, index);
  if (annotation(*state.seen, "never-start")) return;
  later(kernel, index, kRun, delay(*state.seen, "start-ms", timings_.start));
}

// Only the first pods of an owner fail (fail-first), or those of some completion indexes (fail-index: "1,3").
bool HollowKubelet::decide_failure(const api::Pod& pod) {
  if (const api::Symbol* const indexes = pod.metadata.annotations->find("hollow.example/fail-index")) {
    const std::string own(pod.metadata.annotations->get("batch.kubernetes.io/job-completion-index"));
    if (("," + indexes->str() + ",").find("," + own + ",") == std::string::npos) return false;
  }
  const api::OwnerReference* const owner = pod.metadata.controller_ref();
  const auto first = annotation(pod, "fail-first");
  if (!first || owner == nullptr) return true;
  return failures_[owner->uid]++ < *first;
}

void HollowKubelet::run(Kernel& kernel, ApiServer& api, std::uint32_t index) {
  PodState& state = pods_[index];
  state.stage = Stage::kRunning;
  state.status.phase = PodPhase::kRunning;
  if (state.status.pod_ip.empty()) {
    const std::uint32_t n = ++next_address_;
    state.status.pod_ip = fmt::format("10.{}.{}.{}", 128 + (n >> 16), (n >> 8) & 255, n & 255);
  }
  for (api::ContainerStatus& c : state.status.container_statuses) {
    c.state = api::ContainerStateRunning{kernel.now().whole_second()};
    c.started = true;
    c.restart_count = state.restarts;
  }
  const api::Pod& pod = *state.seen;
  if (const auto after = annotation(pod, "fail-after-ms")) {
    if (!state.fails) state.fails = decide_failure(pod);
    if (*state.fails) later(kernel, index, kFail, Duration::millis(*after));
  }
  if (const auto after = annotation(pod, "complete-after-ms"))
    later(kernel, index, kComplete, Duration::millis(*after));
  const Duration ready_after = delay(pod, "ready-ms", timings_.ready);
  const bool never = annotation(pod, "never-ready").has_value();
  if (!never && ready_after == Duration() && !state.forced) return become(kernel, api, index, true);
  write(kernel, api, index);
  if (!never) later(kernel, index, kReady, ready_after);
}

void HollowKubelet::become(Kernel& kernel, ApiServer& api, std::uint32_t index, bool ready) {
  PodState& state = pods_[index];
  if (state.stage != Stage::kRunning && state.stage != Stage::kReady) return;
  state.stage = ready ? Stage::kReady : Stage::kRunning;
  const auto status = ready ? ConditionStatus::kTrue : ConditionStatus::kFalse;
  const std::string text =
      ready ? "" : fmt::format("containers with unready status: [{}]", names_of(*state.seen));
  for (const char* type : {"Ready", "ContainersReady"}) {
    set_condition(state.status.conditions, type, status,
                  ready ? api::Symbol() : api::Symbol("ContainersNotReady"), text, kernel.now());
  }
  for (api::ContainerStatus& c : state.status.container_statuses) c.ready = ready;
  write(kernel, api, index);
}

void HollowKubelet::set_ready(Kernel& kernel, ApiServer& api, api::PodKey pod, bool ready) {
  PodState& state = state_of(pod.index);
  state.forced = true;
  if (state.seen) become(kernel, api, pod.index, ready);
}

void HollowKubelet::end(Kernel& kernel, ApiServer& api, std::uint32_t index, std::int32_t exit_code,
                        bool deleted) {
  PodState& state = pods_[index];
  const auto policy = state.seen->spec->restart_policy;
  const bool restarts = !deleted && (policy == api::RestartPolicy::kAlways ||
                                     (policy == api::RestartPolicy::kOnFailure && exit_code != 0));
  for (api::ContainerStatus& c : state.status.container_statuses) {
    SimTime since;
    if (const auto* running = std::get_if<api::ContainerStateRunning>(&c.state)) since = running->started_at;
    const api::ContainerStateTerminated over{exit_code, exit_code == 0 ? "Completed" : "Error", "", since,
                                             kernel.now().whole_second()};
    c.state = over;
    c.ready = false;
    c.started = false;
    if (restarts) c.last_termination = over;
  }
  const api::Symbol reason = restarts ? "ContainersNotReady" : exit_code == 0 ? "PodCompleted" : "PodFailed";
  for (const char* type : {"Ready", "ContainersReady"}) {
    set_condition(state.status.conditions, type, ConditionStatus::kFalse, reason, "", kernel.now());
  }
  ++state.epoch;
  if (restarts) {
    const std::int32_t n = state.restarts++;
    const Duration backoff =
        n == 0 ? Duration()
               : std::min(kLongestRestart, kFirstRestart * (std::int64_t{1} << std::min(n - 1, 10)));
    if (n > 0) {
      for (api::ContainerStatus& c : state.status.container_statuses)
        c.state = api::ContainerStateWaiting{"CrashLoopBackOff", ""};
    }
    write(kernel, api, index);
    return later(kernel, index, kRestart, backoff);
  }
  state.status.phase = exit_code == 0 ? PodPhase::kSucceeded : PodPhase::kFailed;
  state.stage = deleted ? Stage::kTerminating : Stage::kFinished;
  write(kernel, api, index, deleted);
}

void HollowKubelet::remove(Kernel& kernel, ApiServer& api, std::uint32_t index) {
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = {api::Kind::kPod, index};
  request.grace_period_seconds = 0;
  api.submit(kernel, client_, std::move(request), {kHollowKubeletComponent, kAnswered, index, 0});
}

void HollowKubelet::write(Kernel& kernel, ApiServer& api, std::uint32_t index, bool last) {
  const PodState& state = pods_[index];
  auto next = std::make_shared<api::Pod>(*state.seen);
  next->status = state.status;
  // Conditions of others, DisruptionTarget say, stay.
  for (const Condition& condition : state.seen->status.conditions) {
    if (!find_condition(next->status.conditions, condition.type))
      next->status.conditions.push_back(condition);
  }
  ApiRequest request;
  request.verb = Verb::kPatchStatus;
  request.object = std::move(next);
  const std::uint8_t reply = last ? kLastAnswered : kAnswered;
  api.submit(kernel, client_, std::move(request), {kHollowKubeletComponent, reply, index, 0});
}

}  // namespace seatrial::cluster
