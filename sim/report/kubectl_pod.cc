#include "sim/report/kubectl_pod.h"

#include <algorithm>

#include "sim/report/format.h"

namespace seatrial::report {
namespace {

using Statuses = std::vector<api::ContainerStatus>;

bool is_sidecar(const api::Pod& pod, api::Symbol name) {
  const auto at = std::ranges::find(pod.spec->init_containers, name, &api::Container::name);
  return at != pod.spec->init_containers.end() && at->restart_policy == api::RestartPolicy::kAlways;
}

const api::ContainerStateTerminated* ended(const api::ContainerStatus& status) {
  return std::get_if<api::ContainerStateTerminated>(&status.state);
}

std::string reason_of(const api::ContainerStateTerminated& state) {
  return state.reason.empty() ? "ExitCode:" + std::to_string(state.exit_code) : state.reason.str();
}

// Restarts so far and the last one's time.
struct Restarts {
  std::int32_t count = 0;
  std::optional<SimTime> last;
  void add(const api::ContainerStatus& status) {
    count += status.restart_count;
    if (status.last_termination)
      last =
          std::max(last.value_or(status.last_termination->finished_at), status.last_termination->finished_at);
  }
};

// Why the pod is still initialising; empty if it is not. Counts what the init containers say.
std::string initialising(const api::Pod& pod, std::int32_t& ready, Restarts& all, Restarts& sidecars) {
  for (std::size_t i = 0; i < pod.status.init_container_statuses.size(); ++i) {
    const api::ContainerStatus& status = pod.status.init_container_statuses[i];
    all.add(status);
    const bool sidecar = is_sidecar(pod, status.name);
    if (sidecar) sidecars.add(status);
    const auto* const end = ended(status);
    if (end && end->exit_code == 0) continue;
    if (sidecar && status.started.value_or(false)) {
      ready += status.ready ? 1 : 0;
      continue;
    }
    if (end) return "Init:" + reason_of(*end);
    const auto* const waiting = std::get_if<api::ContainerStateWaiting>(&status.state);
    if (waiting && !waiting->reason.empty() && waiting->reason != api::Symbol("PodInitializing"))
      return "Init:" + waiting->reason.str();
    return "Init:" + std::to_string(i) + "/" + std::to_string(pod.spec->init_containers.size());
  }
  return "";
}

// The last container that has something to say wins.
std::string running(const api::Pod& pod, std::string reason, std::int32_t& ready, Restarts& restarts) {
  bool has_running = false;
  const Statuses& statuses = pod.status.container_statuses;
  for (auto status = statuses.rbegin(); status != statuses.rend(); ++status) {
    restarts.add(*status);
    const auto* const waiting = std::get_if<api::ContainerStateWaiting>(&status->state);
    if (waiting && !waiting->reason.empty()) {
      reason = waiting->reason.str();
    } else if (const auto* const end = ended(*status)) {
      reason = reason_of(*end);
    } else if (!waiting && status->ready) {
      has_running = true;
      ++ready;
    }
  }
  if (reason != "Completed" || !has_running) return reason;
  return api::is_pod_ready(pod) ? "Running" : "NotReady";
}

bool is_initialised(const api::Pod& pod) {
  const api::Condition* const initialized = api::find_condition(pod.status.conditions, "Initialized");
  return initialized && initialized->status == api::ConditionStatus::kTrue;
}

std::string first_word(const api::Pod& pod) {
  const api::Condition* const scheduled = api::find_condition(pod.status.conditions, "PodScheduled");
  if (scheduled && scheduled->reason == api::Symbol("SchedulingGated")) return scheduled->reason.str();
  return pod.status.reason.empty() ? std::string(to_string(pod.status.phase)) : pod.status.reason.str();
}

}  // namespace

PodColumns pod_columns(const api::Pod& pod, SimTime now) {
  std::int32_t ready = 0;
  Restarts restarts, sidecars;
  std::string status = first_word(pod);
  const std::string init = initialising(pod, ready, restarts, sidecars);
  if (!init.empty()) status = init;
  if (init.empty() || is_initialised(pod)) {
    restarts = sidecars;
    status = running(pod, std::move(status), ready, restarts);
  }
  if (pod.metadata.deletion_timestamp && pod.status.reason == api::Symbol("NodeLost"))
    status = "Unknown";
  else if (pod.metadata.deletion_timestamp && !api::is_pod_terminal(pod))
    status = "Terminating";
  std::size_t total = pod.spec->containers.size();
  for (const api::Container& c : pod.spec->init_containers) total += is_sidecar(pod, c.name) ? 1 : 0;
  std::string count = std::to_string(restarts.count);
  if (restarts.count > 0 && restarts.last) count += " (" + age(now - *restarts.last) + " ago)";
  return {std::to_string(ready) + "/" + std::to_string(total), std::move(status), std::move(count)};
}

}  // namespace seatrial::report
