// The status that a kubelet reports for a pod, as a pure function of what it has seen.
//
// Order and texts: pkg/kubelet/{kubelet_pods.go (getPhase, convertStatusToAPIStatus), status/generate.go};
// reference §3.1.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::cluster {

// One container as the runtime holds it: its present or last instance.
struct ContainerRun {
  enum class State : std::uint8_t { kNone, kRunning, kExited };
  State state = State::kNone;
  bool out_of_memory = false;
  std::uint32_t instance = 0;  // counts from 1; restarts are instance - 1
  std::int32_t exit_code = 0;
  SimTime started_at, finished_at;
  std::optional<api::ContainerStateTerminated> last;  // of the instance before

  bool running() const { return state == State::kRunning; }
  bool exited() const { return state == State::kExited; }
  bool operator==(const ContainerRun&) const = default;
};
api::ContainerStateTerminated terminated_state(const ContainerRun& run);

// Of a pod that activeDeadlineSeconds has ended.
inline constexpr const char *kDeadlineExceeded = "DeadlineExceeded",
                            *kDeadlineMessage =
                                "Pod was active on the node longer than the specified deadline";

// What the kubelet knows of a container beyond that.
struct ContainerFacts {
  ContainerRun run;                     // as last noticed
  bool started = false, ready = false;  // by its probes
  api::Symbol waiting_reason;           // of the last failed start (CrashLoopBackOff, ErrImagePull, …)
  std::string waiting_message;
};

// Why the kubelet itself has ended a pod for good: "Evicted" for the node's memory, "Terminated" as the node
// shuts down; or has not let it begin (admission.h).
struct PodEnding {
  api::Symbol reason;
  std::string message;
  bool operator==(const PodEnding&) const = default;
};

struct PodFacts {
  std::span<const ContainerFacts> containers;  // init containers first, in the order of the spec
  bool sandbox_ready = false;
  bool stopped = false;        // all containers have ended for good and the sandbox is gone
  bool removed = false;        // … and everything else of the pod, too
  bool deadline_over = false;  // activeDeadlineSeconds
  api::Symbol pod_ip, host_ip;
  SimTime now, start_time;
  const PodEnding* ending = nullptr;
};

// REQUIRES: facts.containers has one entry for each container of the pod. `before`: the status as last
// generated, for times of transition; conditions that others set come from the pod. A pod that the kubelet
// has ended is Failed with the reason once its containers have, and has the condition DisruptionTarget; but
// if all of them exit with 0, it is Succeeded, and nothing but the condition tells
// (kubernetes/kubernetes#118310).
api::PodStatus generate_status(const api::Pod& pod, const PodFacts& facts, const api::PodStatus& before);

// The container's in spec order, init containers first.
inline std::size_t container_count(const api::PodSpec& spec) {
  return spec.init_containers.size() + spec.containers.size();
}
inline const api::Container& container_at(const api::PodSpec& spec, std::size_t index) {
  const std::size_t init = spec.init_containers.size();
  return index < init ? spec.init_containers[index] : spec.containers[index - init];
}
inline bool is_init(const api::PodSpec& spec, std::size_t index) {
  return index < spec.init_containers.size();
}
// An exited container is started again.
bool restarts(const api::PodSpec& spec, std::size_t index, std::int32_t exit_code);

}  // namespace seatrial::cluster
