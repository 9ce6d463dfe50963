// Graceful node shutdown: one group of pods after the other, then the machine. Source:
// pkg/kubelet/nodeshutdown/{nodeshutdown_manager,nodeshutdown_manager_linux}.go; reference, part B, §3.
#include <algorithm>

#include "sim/cluster/kubelet/eviction_math.h"
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

void Kubelet::shut_down_node(Kernel& kernel, ApiServer& api, ProcessObserver& observer, api::Symbol name,
                             JournalId cause) {
  if (config_.shutdown_grace_period == Duration()) return fail_node(kernel, api, observer, name, cause);
  const Step step{kernel, api, &observer};
  const std::uint32_t number = node_numbers_.at(name);
  KubeletNode& node = nodes_[number];
  if (node.failed || node.shutdown.begun) return;
  node.shutdown.begun = true;
  node.shutdown.cause = cause;
  if (node.shutdown.timer == TimerId::kNone) node.shutdown.timer = kernel.queue().new_timer();
  report_about_node(step, number, false, "NodeShutdown", "Shutdown manager detected shutdown event");
  report_node(step, number);
  std::vector<ShutdownPod> pods;
  for (const std::uint32_t pod : node.pods)
    if (!pods_[pod].stopped) pods.push_back({pod, is_critical(*pods_[pod].object->spec)});
  node.shutdown.groups =
      shutdown_groups(config_.shutdown_grace_period, config_.shutdown_grace_period_critical_pods, pods);
  end_shutdown_group(step, number);
}

// The next group, or, if there is none, the machine.
void Kubelet::end_shutdown_group(const Step& step, std::uint32_t number) {
  KubeletNode& node = nodes_[number];
  if (node.shutdown.groups.empty()) {
    const JournalId off = record_words(step.kernel, RecordType::kFault, "node " + node.name.str() + " is off",
                                       node.shutdown.cause);
    return fail_node(step.kernel, step.api, *step.observer, node.name, off);
  }
  const ShutdownGroup group = node.shutdown.groups.front();
  arm(step, node.shutdown.timer, number, KubeletEvent::kShutdownGroupOver, group.grace);
  for (const std::uint32_t pod : group.pods) {
    const KubeletPod& p = pods_[pod];
    if (!p.object || p.node != number || p.stopped) continue;
    end_pod(step, pod, grace_in_shutdown(group.grace, p.object->spec->termination_grace_period_seconds),
            {"Terminated", "Pod was terminated in response to imminent node shutdown."}, node.shutdown.cause);
  }
  shutdown_goes_on(step, number, false);  // at once if all of them are gone
}

// A pod of the group has ended with all that belongs to it, or its time is up.
void Kubelet::shutdown_goes_on(const Step& step, std::uint32_t number, bool time_is_up) {
  KubeletNode& node = nodes_[number];
  if (!node.shutdown.begun || node.shutdown.groups.empty()) return;
  const bool ended = std::ranges::all_of(node.shutdown.groups.front().pods, [&](std::uint32_t pod) {
    const KubeletPod& p = pods_[pod];
    return !p.object || p.node != number || p.removed;
  });
  if (!ended && !time_is_up) return;
  step.kernel.queue().cancel(node.shutdown.timer);
  node.shutdown.groups.erase(node.shutdown.groups.begin());
  end_shutdown_group(step, number);
}

}  // namespace seatrial::cluster
