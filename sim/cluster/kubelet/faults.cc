// Injected faults: a process ends, a node goes and comes back.
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

void Kubelet::fail_process(Kernel& kernel, ApiServer& api, ProcessObserver& observer, api::PodKey pod,
                           std::int32_t exit_code, JournalId cause) {
  if (pod.index >= pods_.size() || !pods_[pod.index].object) return;
  KubeletPod& p = pods_[pod.index];
  const auto server = static_cast<Index>(p.object->spec->init_containers.size());
  KubeletContainer& c = p.containers[server];
  if (!c.process.running || nodes_[p.node].failed) return;
  c.record = cause;
  process_ends({kernel, api, &observer}, pod.index, server, exit_code, false);
}

void Kubelet::fail_node(Kernel& kernel, ApiServer& api, ProcessObserver& observer, api::Symbol name,
                        JournalId cause) {
  const Step step{kernel, api, &observer};
  KubeletNode& node = nodes_[node_numbers_.at(name)];
  if (std::exchange(node.failed, true)) return;
  node.lease.end(kernel, api, name);
  api.webhooks().set_reachable(name, false);
  // What its kubelet remembered is gone with it.
  for (const TimerId timer : {node.memory.timer, node.shutdown.timer})
    if (timer != TimerId::kNone) kernel.queue().cancel(timer);
  node.memory.watched = node.memory.pressure = node.shutdown.begun = false;
  node.memory.victim.reset();
  node.memory.short_at.reset();
  node.shutdown.groups.clear();
  node.shutdown.cause = JournalId::kNone;
  for (const std::uint32_t pod : node.pods) {
    KubeletPod& p = pods_[pod];
    if (p.worker == KubeletPod::Worker::kSyncing) cancel_sync(step, pod);
    ++p.epoch;
    stop_probes(step, pod);
    kernel.queue().cancel(p.resync);
    if (p.sandbox != KubeletPod::Sandbox::kReady) continue;
    KubeletContainer& server = p.containers[p.object->spec->init_containers.size()];
    server.record = record(step, pod, RecordType::kNetworkDown, cause);
    observer.network_down({pod}, server.record);
  }
}

// The machine has booted: nothing runs, and what is bound to it is started again.
void Kubelet::restore_node(Kernel& kernel, ApiServer& api, api::Symbol name, JournalId cause,
                           NodeNetwork network) {
  const Step step{kernel, api, nullptr, network};
  const std::uint32_t number = node_numbers_.at(name);
  KubeletNode& node = nodes_[number];
  if (!std::exchange(node.failed, false)) return;
  api.webhooks().set_reachable(name, true);
  for (const std::uint32_t pod : std::set(node.pods)) boot_pod(step, pod, cause);
  for (const api::ObjectPtr& object : api.store().all(api::Kind::kPod)) {
    const auto* stored = static_cast<const api::Pod*>(object.get());
    if (stored == nullptr || stored->node_name != name || node.pods.contains(stored->index)) continue;
    on_watch(kernel, api, {ChangeType::kAdded, object, cause});
  }
  if (config_.heartbeat == Duration()) return;
  begin_renewals(step, number);
  report_node(step, number);
}

void Kubelet::boot_pod(const Step& step, std::uint32_t pod, JournalId cause) {
  KubeletPod& p = pods_[pod];
  const auto* stored = static_cast<const api::Pod*>(step.api.store().get(p.object->ref()).get());
  for (KubeletContainer& c : p.containers) {
    c.process = {};
    c.kill = {};
    if (!c.run.running()) continue;
    c.run.state = ContainerRun::State::kExited;  // as the runtime finds it after a boot
    c.run.exit_code = 255;
    c.run.finished_at = step.now();
  }
  give_pod_address_back(step, pod);
  p.cause = cause;
  p.sandbox = KubeletPod::Sandbox::kNone;
  p.status_sending = p.delete_sent = false;
  p.stopping = p.stopped = p.removed = p.terminating = p.deadline_over = false;
  p.worker = KubeletPod::Worker::kSyncing;
  ++p.epoch;
  p.ending.reset();
  if (stored == nullptr || api::is_pod_terminal(*stored)) return forget(step, pod);
  notice(step, pod, false);
  update_status(step, pod);
  if (stored->metadata.deletion_timestamp) {
    p.deleted = true;
    return terminate(step, pod, stored->metadata.deletion_grace_period_seconds.value_or(30));
  }
  later(step, pod, KubeletEvent::kVolumesMounted, draw(p.node, config_.timings.volumes_mounted), p.epoch);
  arm_deadline(step, pod);
}

}  // namespace seatrial::cluster
