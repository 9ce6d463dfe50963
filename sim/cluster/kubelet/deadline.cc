// Pods that are not let run: refused at the door, or active for longer than activeDeadlineSeconds. Sources:
// pkg/kubelet/{kubelet,active_deadline}.go.
#include "sim/cluster/kubelet/admission.h"
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

namespace {

constexpr Duration kDeadlineTick = Duration::seconds(1);  // of the sync loop

bool was_scheduled(const api::Pod& pod) {
  static const api::Symbol kPodScheduled("PodScheduled");
  const api::Condition* const condition = api::find_condition(pod.status.conditions, kPodScheduled);
  return condition && condition->status == api::ConditionStatus::kTrue;
}

EventSpec event_of(std::shared_ptr<const api::Pod> pod, bool warning, const std::string& reason,
                   const std::string& message) {
  return {std::move(pod), warning, reason, message, {}};
}

}  // namespace

// A pod that the scheduler has bound has its room, which only one that named the node by itself may take.
bool Kubelet::reject(const Step& step, std::uint32_t index, std::uint32_t number, const WatchEvent& change) {
  KubeletNode& node = nodes_[number];
  const auto pod = std::static_pointer_cast<const api::Pod>(change.object);
  const bool scheduled = was_scheduled(*pod);
  if (scheduled && !node.has_unscheduled) return false;
  const auto* const object = step.api.store().find<api::Node>({}, node.name);
  if (object == nullptr) return false;
  std::vector<const api::Pod*> others;
  for (const std::uint32_t other : node.pods) {
    const KubeletPod& p = pods_[other];
    if (p.status.phase != api::PodPhase::kSucceeded && p.status.phase != api::PodPhase::kFailed)
      others.push_back(p.object.get());
  }
  const auto rejection = why_rejected(*pod, *object, others);
  if (!rejection) {
    node.has_unscheduled |= !scheduled;
    return false;
  }
  pods_[index].rejected = true;
  node.events.record(step.kernel, step.api, event_of(pod, true, rejection->reason, rejection->message),
                     change.cause);
  auto failed = std::make_shared<api::Pod>(*pod);
  failed->status.phase = api::PodPhase::kFailed;
  failed->status.reason = rejection->reason;
  failed->status.message = "Pod was rejected: " + rejection->message;
  failed->status.start_time = step.now().whole_second();
  std::erase_if(failed->status.conditions,
                [](const api::Condition& c) { return c.type == api::Symbol("PodScheduled"); });
  ApiRequest request;
  request.verb = Verb::kPatchStatus;
  request.object = std::move(failed);
  request.cause = change.cause;
  step.api.submit(step.kernel, node.client, std::move(request),
                  {kKubeletComponent, static_cast<std::uint8_t>(KubeletEvent::kNodeAnswered), number, 0});
  return true;
}

// Nothing of it is left to stop.
void Kubelet::delete_rejected(const Step& step, std::uint32_t index, const WatchEvent& change) {
  if (change.type == ChangeType::kDeleted) {
    pods_[index] = KubeletPod{};
    return;
  }
  if (!change.object->metadata.deletion_timestamp) return;
  const auto& pod = static_cast<const api::Pod&>(*change.object);
  const std::uint32_t number = node_numbers_.at(pod.node_name);
  ApiRequest request;
  request.verb = Verb::kDelete;
  request.ref = pod.ref();
  request.uid_precondition = pod.metadata.uid;
  request.grace_period_seconds = 0;
  request.cause = change.cause;
  step.api.submit(step.kernel, nodes_[number].client, std::move(request),
                  {kKubeletComponent, static_cast<std::uint8_t>(KubeletEvent::kNodeAnswered), number, 0});
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
  nodes_[p.node].events.record(step.kernel, step.api,
                               event_of(p.object, false, kDeadlineExceeded, kDeadlineMessage), p.cause);
  terminate(step, index, p.object->spec->termination_grace_period_seconds.value_or(30));
}

}  // namespace seatrial::cluster
