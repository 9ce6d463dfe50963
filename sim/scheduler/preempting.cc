// What the scheduler does where a pod preempts others: who is evicted, and who is no longer nominated.
#include "sim/api/policy.h"
#include "sim/scheduler/scheduler.h"

namespace seatrial::scheduler {

using api::Kind;

PreemptionView Scheduler::preemption_view(SimTime now) const {
  return {
      now, [this](std::uint32_t index) -> const api::Pod& { return *pods_[index].pod; },
      [this](api::Symbol of_namespace) {
        std::vector<const api::PodDisruptionBudget*> budgets;
        for (const std::uint32_t index : objects_.in_namespace(Kind::kPodDisruptionBudget, of_namespace)) {
          budgets.push_back(static_cast<const api::PodDisruptionBudget*>(
              objects_.get(api::ObjectRef{Kind::kPodDisruptionBudget, index}).get()));
        }
        return budgets;
      }};
}

void Scheduler::carry_out(Kernel& kernel, cluster::ApiServer& api, const CycleUnderWay& cycle) {
  clear_lower_nominations(kernel, api, cycle);
  std::vector<PreemptionExecutor::PodPtr> victims;
  for (const std::uint32_t victim : cycle.outcome.victims) {
    const PodRecord& record = pods_[victim];
    if (record.pod && !record.pod->metadata.deletion_timestamp) victims.push_back(record.pod);
  }
  executor_.start(kernel, api, cycle.pod, *cycle.outcome.nominated, std::move(victims), cycle.queued.cause);
}

// Pods of lower priority may no longer fit on the node.
void Scheduler::clear_lower_nominations(Kernel& kernel, cluster::ApiServer& api, const CycleUnderWay& cycle) {
  const std::uint32_t slot = cluster_.find(*cycle.outcome.nominated);
  if (slot == kNoSlot) return;
  for (const PodOnNode& other : cluster_.at(slot).nominated) {
    if (other.info->priority >= cycle.queued.priority) continue;
    const api::Pod& pod = *pods_[other.pod].pod;
    if (pod.status.nominated_node_name.empty()) continue;
    cluster::ApiRequest request;
    request.nominated = api::Symbol();
    request.cause = cycle.queued.cause;
    patch(kernel, api, pod, std::move(request));
  }
}

bool Scheduler::waits_for_victims(std::uint32_t pod) const {
  return executor_.is_running(pod, [this](std::uint32_t last) {
    return !pods_[last].pod || pods_[last].pod->metadata.deletion_timestamp;
  });
}

}  // namespace seatrial::scheduler
