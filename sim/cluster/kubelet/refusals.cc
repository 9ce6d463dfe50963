// Pods that are not let run: refused at the door, or active for longer than activeDeadlineSeconds. Sources:
// pkg/kubelet/{kubelet,active_deadline}.go.
#include <algorithm>

#include "sim/cluster/kubelet/admission.h"
#include "sim/cluster/kubelet/eviction_math.h"
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

namespace {

constexpr Duration kDeadlineTick = Duration::seconds(1);  // of the sync loop

bool was_scheduled(const api::Pod& pod) {
  static const api::Symbol kPodScheduled("PodScheduled");
  const api::Condition* const condition = api::find_condition(pod.status.conditions, kPodScheduled);
  return condition && condition->status == api::ConditionStatus::kTrue;
}

bool has_no_execute_taint(const api::Node& node) {
  static const api::Symbol kNoExecute("NoExecute");
  return std::ranges::any_of(node.taints, [](const api::Taint& taint) { return taint.effect == kNoExecute; });
}

}  // namespace

// Source: eviction_manager.go, nodeshutdown_manager.go (Admit).
std::optional<PodEnding> Kubelet::refusal_of(const Step& step, KubeletNode& node, const api::Pod& pod) {
  if (node.memory.pressure && !admitted_under_memory_pressure(*pod.spec))
    return PodEnding{"Evicted", "The node had condition: [MemoryPressure]. "};
  if (node.shutdown.begun) return PodEnding{"NodeShutdown", "Pod was rejected as the node is shutting down."};
  return no_place_for(step, node, pod);
}

// A pod that the scheduler has bound has its room, which only one that named the node by itself may take; but
// the node may have been tainted since.
std::optional<PodEnding> Kubelet::no_place_for(const Step& step, KubeletNode& node, const api::Pod& pod) {
  const auto* const object = step.api.store().find<api::Node>({}, node.name);
  if (object == nullptr) return std::nullopt;
  const bool scheduled = was_scheduled(pod);
  if (scheduled && !node.has_unscheduled && !has_no_execute_taint(*object)) return std::nullopt;
  std::vector<const api::Pod*> others;
  for (const std::uint32_t other : node.pods) {
    const KubeletPod& p = pods_[other];
    if (p.status.phase != api::PodPhase::kSucceeded && p.status.phase != api::PodPhase::kFailed)
      others.push_back(p.object.get());
  }
  auto why = why_rejected(pod, *object, others);
  node.has_unscheduled |= !why && !scheduled;
  return why;
}

// It has failed before it ran. Source: pkg/kubelet/kubelet.go (rejectPod).
void Kubelet::reject(const Step& step, std::uint32_t index, std::uint32_t node_number,
                     const WatchEvent& change, const PodEnding& why) {
  KubeletPod& p = pods_[index];
  p.object = std::static_pointer_cast<const api::Pod>(change.object);
  p.node = node_number;
  p.cause = p.status_cause = change.cause;
  p.containers.resize(container_count(*p.object->spec));
  p.resync = step.kernel.queue().new_timer();
  nodes_[node_number].pods.insert(index);
  p.terminating = p.stopping = p.stopped = p.removed = true;
  report_pod(step, p, true, why.reason, why.message);
  p.status.phase = api::PodPhase::kFailed;
  p.status.reason = why.reason;
  p.status.message = "Pod was rejected: " + why.message;
  p.status.qos_class = api::qos_class(*p.object->spec);
  p.status.start_time = step.now().whole_second();
  p.status_changed = p.status_sending = true;
  later(step, index, KubeletEvent::kStatusDue, draw(node_number, config_.timings.first_status_sent));
}

void Kubelet::arm_deadline(const Step& step, std::uint32_t index) {
  const KubeletPod& p = pods_[index];
  if (!p.object->spec->active_deadline_seconds) return;
  const SimTime due = p.start_time + Duration::seconds(*p.object->spec->active_deadline_seconds);
  const auto tick = nodes_[p.node].random.below(static_cast<std::uint64_t>(kDeadlineTick.count()));
  later(step, index, KubeletEvent::kDeadline,
        std::max(Duration(), due - step.now()) + Duration::nanos(static_cast<std::int64_t>(tick)));
}

void Kubelet::deadline_over(const Step& step, std::uint32_t index) {
  KubeletPod& p = pods_[index];
  const auto& deadline = p.object->spec->active_deadline_seconds;
  if (p.terminating || !deadline || step.now() < p.start_time + Duration::seconds(*deadline)) return;
  p.deadline_over = true;
  report_pod(step, p, false, kDeadlineExceeded, kDeadlineMessage);
  terminate(step, index, p.object->spec->termination_grace_period_seconds.value_or(30));
}

}  // namespace seatrial::cluster
