// What runs in a pod, for whoever measures it.
#include "sim/cluster/kubelet/kubelet.h"

namespace seatrial::cluster {

std::vector<RunningProcess> Kubelet::processes_of(api::PodKey pod) const {
  std::vector<RunningProcess> processes;
  if (pod.index >= pods_.size() || !pods_[pod.index].object) return processes;
  const KubeletPod& p = pods_[pod.index];
  if (nodes_[p.node].failed) return processes;
  for (std::size_t i = 0; i < p.containers.size(); ++i) {
    const ContainerProcess& process = p.containers[i].process;
    if (!process.running) continue;
    processes.push_back({&container_at(*p.object->spec, i), process.began, &behaviour_of(p, i),
                         is_server(p, static_cast<Index>(i))});
  }
  return processes;
}

}  // namespace seatrial::cluster
