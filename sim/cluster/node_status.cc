#include "sim/cluster/node_status.h"

#include <algorithm>

namespace seatrial::cluster {

std::vector<api::Condition> healthy_conditions(SimTime now) {
  using enum api::ConditionStatus;
  const SimTime since = now.whole_second();
  return {{"MemoryPressure",
           kFalse,
           "KubeletHasSufficientMemory",
           "kubelet has sufficient memory available",
           {},
           since,
           {}},
          {"DiskPressure", kFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure", {}, since, {}},
          {"PIDPressure",
           kFalse,
           "KubeletHasSufficientPID",
           "kubelet has sufficient PID available",
           {},
           since,
           {}},
          {"Ready", kTrue, "KubeletReady", "kubelet is posting ready status", {}, since, {}}};
}

void report_healthy(api::Node& node, SimTime now) {
  for (api::Condition& healthy : healthy_conditions(now)) {
    const auto at = std::ranges::find(node.conditions, healthy.type, &api::Condition::type);
    if (at == node.conditions.end()) {
      node.conditions.push_back(std::move(healthy));
    } else if (at->status != healthy.status) {
      *at = std::move(healthy);
    }
  }
}

}  // namespace seatrial::cluster
