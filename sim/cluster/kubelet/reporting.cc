// What the kubelet tells the API server of its pods. Source: pkg/kubelet/status/status_manager.go; reference
// §3.2.
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

void Kubelet::update_status(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  if (p.object_gone) return;
  std::vector<ContainerFacts> containers;
  containers.reserve(p.containers.size());
  for (std::size_t i = 0; i < p.containers.size(); ++i) {
    const KubeletContainer& c = p.containers[i];
    containers.push_back({c.seen, has_started(p, i), is_ready(p, i), c.waiting_reason, c.waiting_message});
  }
  PodFacts facts;
  facts.containers = containers;
  facts.sandbox_ready = p.sandbox == KubeletPod::Sandbox::kReady;
  facts.stopped = p.stopped;
  facts.removed = p.removed;
  facts.deadline_over = p.deadline_over;
  facts.pod_ip = p.ip;
  facts.host_ip = nodes_[p.node].host_ip;
  facts.now = step.now();
  facts.start_time = p.start_time;
  facts.ending = p.ending ? &*p.ending : nullptr;
  api::PodStatus next = generate_status(*p.object, facts, p.status);
  if (next == p.status) return;
  const auto ready = [](const api::PodStatus& status) {
    const api::Condition* condition = api::find_condition(status.conditions, "Ready");
    return condition != nullptr && condition->status == api::ConditionStatus::kTrue;
  };
  if (ready(next) != ready(p.status)) {
    KubeletContainer& server = p.containers[p.object->spec->init_containers.size()];
    const JournalId cause =
        ready(next) || server.probe_record == JournalId::kNone ? server.record : server.probe_record;
    p.status_cause = record(step, pod, ready(next) ? RecordType::kReady : RecordType::kUnready, cause);
  } else {
    p.status_cause = p.cause;
  }
  p.status = std::move(next);
  wake_probes(step, pod);
  p.status_changed = true;
  if (p.status_sending) return;
  p.status_sending = true;
  const bool first = p.sandbox == KubeletPod::Sandbox::kNone;
  later(step, pod, KubeletEvent::kStatusDue,
        draw(p.node, first ? config_.timings.first_status_sent : config_.timings.status_sent));
}

void Kubelet::send_status(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  if (p.object_gone) return;
  p.status_changed = false;
  auto next = std::make_shared<api::Pod>(*p.object);
  next->status = p.status;
  ApiRequest request;
  request.verb = Verb::kPatchStatus;
  request.object = std::move(next);
  request.cause = p.status_cause;
  step.api.submit(step.kernel, nodes_[p.node].client, std::move(request),
                  {kKubeletComponent, static_cast<std::uint8_t>(KubeletEvent::kStatusAnswered), pod, 0});
}

void Kubelet::status_answered(const Step& step, std::uint32_t pod) {
  KubeletPod& p = pods_[pod];
  if (p.status_changed && !p.object_gone) {
    return later(step, pod, KubeletEvent::kStatusDue, draw(p.node, config_.timings.status_sent));
  }
  p.status_sending = false;
  delete_when_reported(step, pod);
}

}  // namespace seatrial::cluster
