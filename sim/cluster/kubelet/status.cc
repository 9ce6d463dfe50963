#include "sim/cluster/kubelet/status.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/api/resources.h"

namespace seatrial::cluster {

using api::ConditionStatus;
using api::PodPhase;

namespace {

bool is_sidecar(const api::PodSpec& spec, std::size_t i) {
  return is_init(spec, i) && api::is_sidecar(spec.init_containers[i]);
}

bool is_initialized(const api::PodSpec& spec, std::span<const ContainerFacts> containers) {
  for (std::size_t i = 0; i < containers.size(); ++i) {
    // Once a regular container has been made, initialization is over whatever becomes of the init containers.
    if (!is_init(spec, i) && containers[i].run.instance > 0) return true;
  }
  for (std::size_t i = 0; i < spec.init_containers.size(); ++i) {
    const ContainerFacts& c = containers[i];
    if (is_sidecar(spec, i) ? !c.started : !(c.run.exited() && c.run.exit_code == 0)) return false;
  }
  return true;
}

PodPhase phase_of(const api::PodSpec& spec, const PodFacts& facts) {
  std::size_t running = 0, waiting = 0, stopped = 0, succeeded = 0, to_restart = 0;
  for (std::size_t i = 0; i < facts.containers.size(); ++i) {
    const ContainerFacts& c = facts.containers[i];
    if (is_init(spec, i)) {
      const bool failed = !is_sidecar(spec, i) && c.run.exited() && c.run.exit_code != 0;
      if (failed && spec.restart_policy == api::RestartPolicy::kNever) return PodPhase::kFailed;
      continue;
    }
    if (c.run.running()) {
      ++running;
    } else if (c.run.exited()) {
      ++stopped;
      succeeded += c.run.exit_code == 0;
      to_restart += restarts(spec, i, c.run.exit_code);
    } else {
      ++waiting;
    }
  }
  if (facts.stopped) {
    if (waiting > 0 && !facts.removed) return PodPhase::kPending;
    return waiting == 0 && succeeded == stopped ? PodPhase::kSucceeded : PodPhase::kFailed;
  }
  if (!is_initialized(spec, facts.containers) || waiting > 0) return PodPhase::kPending;
  if (running > 0 || to_restart > 0) return PodPhase::kRunning;
  return succeeded == stopped ? PodPhase::kSucceeded : PodPhase::kFailed;
}

api::ContainerStatus status_of(const api::PodSpec& spec, std::size_t i, const PodFacts& facts) {
  const api::Container& container = container_at(spec, i);
  const ContainerFacts& c = facts.containers[i];
  api::ContainerStatus status;
  status.name = container.name;
  status.image = container.image;
  status.restart_count = c.run.instance > 0 ? static_cast<std::int32_t>(c.run.instance) - 1 : 0;
  status.last_termination = c.run.last;
  status.started = c.started;
  status.ready = c.ready;
  if (c.run.running()) {
    status.state = api::ContainerStateRunning{c.run.started_at.whole_second()};
    return status;
  }
  status.started = false;
  const bool completed_init =
      is_init(spec, i) && !is_sidecar(spec, i) && c.run.exited() && c.run.exit_code == 0;
  status.ready = completed_init;
  if (c.run.exited() && (c.waiting_reason.empty() || facts.stopped || completed_init)) {
    status.state = terminated_state(c.run);
    return status;
  }
  if (c.run.exited()) status.last_termination = terminated_state(c.run);
  if (facts.removed && !c.run.exited()) {
    status.state =
        api::ContainerStateTerminated{137,
                                      "ContainerStatusUnknown",
                                      "The container could not be located when the pod was terminated",
                                      {},
                                      {}};
    return status;
  }
  api::Symbol reason = c.waiting_reason;
  if (reason.empty()) reason = spec.init_containers.empty() ? "ContainerCreating" : "PodInitializing";
  status.state = api::ContainerStateWaiting{reason, c.waiting_message};
  return status;
}

struct Verdict {
  bool is_true;
  const char* reason = "";
  std::string message = {};
};

std::string listed(const char* text, const std::vector<std::string_view>& names) {
  std::string message = std::string(text) + ": [";
  for (std::size_t i = 0; i < names.size(); ++i) message.append(i == 0 ? "" : " ").append(names[i]);
  return message + "]";
}

Verdict initialized(const api::PodSpec& spec, const PodFacts& facts, PodPhase phase) {
  if (phase == PodPhase::kSucceeded) return {true, "PodCompleted"};
  std::vector<std::string_view> incomplete;
  if (!is_initialized(spec, facts.containers)) {
    for (std::size_t i = 0; i < spec.init_containers.size(); ++i) {
      const ContainerFacts& c = facts.containers[i];
      const bool done = is_sidecar(spec, i) ? c.started : c.run.exited() && c.run.exit_code == 0;
      if (!done) incomplete.push_back(spec.init_containers[i].name.view());
    }
  }
  if (incomplete.empty()) return {true};
  return {false, "ContainersNotInitialized", listed("containers with incomplete status", incomplete)};
}

Verdict containers_ready(const api::PodSpec& spec, const PodFacts& facts, PodPhase computed) {
  if (computed == PodPhase::kSucceeded) return {false, "PodCompleted"};
  if (computed == PodPhase::kFailed) return {false, "PodFailed"};
  std::vector<std::string_view> unready;
  for (std::size_t i = 0; i < facts.containers.size(); ++i) {
    if (is_init(spec, i) && !is_sidecar(spec, i)) continue;
    if (!facts.containers[i].run.running() || !facts.containers[i].ready)
      unready.push_back(container_at(spec, i).name.view());
  }
  if (unready.empty()) return {true};
  return {false, "ContainersNotReady", listed("containers with unready status", unready)};
}

Verdict ready(const api::Pod& pod, const Verdict& containers) {
  if (!containers.is_true) return containers;
  for (const api::Symbol gate : pod.spec->readiness_gates) {
    const api::Condition* condition = api::find_condition(pod.status.conditions, gate);
    if (condition == nullptr || condition->status != ConditionStatus::kTrue) {
      const char* what = condition == nullptr ? "corresponding condition of pod readiness gate \""
                                              : "the status of pod readiness gate \"";
      const char* rest = condition == nullptr ? "\" does not exist." : "\" is not \"True\", but False";
      return {false, "ReadinessGatesNotReady", what + gate.str() + rest};
    }
  }
  return {true};
}

constexpr std::array<std::string_view, 5> kOwnConditions{"PodReadyToStartContainers", "Initialized", "Ready",
                                                         "ContainersReady", "PodScheduled"};

class Conditions {
 public:
  Conditions(const api::PodStatus& before, SimTime now) : before_(before), now_(now) {}
  void add(api::Symbol type, const Verdict& verdict) {
    const auto status = verdict.is_true ? ConditionStatus::kTrue : ConditionStatus::kFalse;
    const api::Condition* old = api::find_condition(before_.conditions, type);
    const bool same = old != nullptr && old->status == status;
    list.push_back({type,
                    status,
                    verdict.reason,
                    verdict.message,
                    {},
                    same ? old->last_transition_time : now_.whole_second(),
                    {}});
  }
  void add_disruption(const PodEnding& ending) {
    const api::Symbol type = "DisruptionTarget", reason = "TerminationByKubelet";
    const auto known = std::ranges::find(list, type, &api::Condition::type);
    if (known != list.end() && known->reason == reason) return;
    if (known != list.end()) list.erase(known);  // another's, of before
    list.push_back({type, ConditionStatus::kTrue, reason, ending.message, {}, now_.whole_second(), {}});
  }
  // Those that others set: readiness gates, DisruptionTarget.
  void keep_foreign(const api::PodStatus& stored) {
    for (const api::Condition& condition : stored.conditions) {
      if (std::ranges::find(kOwnConditions, condition.type.view()) == kOwnConditions.end())
        list.push_back(condition);
    }
  }
  std::vector<api::Condition> list;

 private:
  const api::PodStatus& before_;
  SimTime now_;
};

}  // namespace

bool restarts(const api::PodSpec& spec, std::size_t index, std::int32_t exit_code) {
  if (is_sidecar(spec, index)) return true;
  switch (spec.restart_policy) {
    case api::RestartPolicy::kAlways:
      return !is_init(spec, index) || exit_code != 0;
    case api::RestartPolicy::kOnFailure:
      return exit_code != 0;
    case api::RestartPolicy::kNever:
      return false;
  }
  return false;
}

api::ContainerStateTerminated terminated_state(const ContainerRun& run) {
  const char* reason = run.out_of_memory ? "OOMKilled" : run.exit_code == 0 ? "Completed" : "Error";
  return {run.exit_code, reason, "", run.started_at.whole_second(), run.finished_at.whole_second()};
}

api::PodStatus generate_status(const api::Pod& pod, const PodFacts& facts, const api::PodStatus& before) {
  const api::PodSpec& spec = *pod.spec;
  api::PodStatus status = before;
  for (std::size_t i = 0; i < facts.containers.size(); ++i) {
    auto& list = is_init(spec, i) ? status.init_container_statuses : status.container_statuses;
    if (i == 0) status.init_container_statuses.clear(), status.container_statuses.clear();
    list.push_back(status_of(spec, i, facts));
  }
  const bool ended = facts.ending != nullptr && facts.stopped;
  PodPhase computed = phase_of(spec, facts);
  if (facts.deadline_over || (ended && computed != PodPhase::kSucceeded)) computed = PodPhase::kFailed;
  const bool terminal = computed == PodPhase::kSucceeded || computed == PodPhase::kFailed;
  // A pod is not called finished before its sandbox is down; and a finished one stays so.
  const bool was_terminal = before.phase == PodPhase::kSucceeded || before.phase == PodPhase::kFailed;
  if (!was_terminal && (!terminal || facts.stopped)) status.phase = computed;
  if (!was_terminal && facts.stopped && facts.deadline_over) {
    status.reason = kDeadlineExceeded;
    status.message = kDeadlineMessage;
  } else if (ended && !was_terminal && computed == PodPhase::kFailed) {
    status.reason = facts.ending->reason;
    status.message = facts.ending->message;
  }
  status.start_time = facts.start_time.whole_second();
  status.host_ip = facts.host_ip;
  const bool ran =
      std::ranges::any_of(facts.containers, [](const ContainerFacts& c) { return c.run.instance > 0; });
  if (ran) status.pod_ip = facts.pod_ip;
  status.qos_class = api::qos_class(spec);
  status.observed_generation = pod.metadata.generation;

  Conditions conditions(before, facts.now);
  conditions.keep_foreign(pod.status);
  if (ended) conditions.add_disruption(*facts.ending);
  conditions.add("PodReadyToStartContainers", {facts.sandbox_ready});
  conditions.add("Initialized", initialized(spec, facts, status.phase));
  const Verdict all_ready = containers_ready(spec, facts, computed);
  conditions.add("Ready", ready(pod, all_ready));
  conditions.add("ContainersReady", all_ready);
  conditions.add("PodScheduled", {true});
  status.conditions = std::move(conditions.list);
  return status;
}

}  // namespace seatrial::cluster
