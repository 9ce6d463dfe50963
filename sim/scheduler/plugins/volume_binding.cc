// VolumeBinding: bound volumes must be usable on the node; for claims that wait for their first consumer
// there must be a volume, or a class that makes one there. What is chosen is written before the pod is bound
// (scheduler/binding_volumes.cc). Not counted: the capacity that drivers publish (EBS publishes none).
// Source: pkg/scheduler/framework/plugins/volumebinding.
#include "sim/scheduler/plugins/volume_hints.h"

namespace seatrial::scheduler {

namespace {

bool pre_filter(Cycle& cycle) {
  if (cycle.info.spec->volume_claims.empty()) return false;
  CycleState& state = cycle.state;
  state.claims = cycle.cluster.volumes().claims_of(cycle.info);
  state.refusal = state.claims.refusal;
  if (state.refusal.empty() && state.claims.any_immediate)
    state.refusal = "pod has unbound immediate PersistentVolumeClaims";
  state.refusal_code = Code::kUnresolvable;
  return state.refusal.empty();
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  const NodeVolumes found = cycle.cluster.volumes().on_node(cycle.state.claims, *cycle.cluster.at(slot).node);
  reasons.insert(reasons.end(), found.reasons.begin(), found.reasons.end());
  return found.reasons.empty() ? Code::kSuccess : Code::kUnresolvable;
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (event.kinds & (kClaimAdd | kClaimUpdate)) return uses_claim(context.info, *event.after);
  if (event.kinds & kClassUpdate) {
    return static_cast<const api::StorageClass&>(*event.before).allowed_topologies !=
           static_cast<const api::StorageClass&>(*event.after).allowed_topologies;
  }
  return true;
}

}  // namespace

const Plugin kVolumeBindingPlugin = {.name = "VolumeBinding",
                                     .pre_filter = pre_filter,
                                     .filter = filter,
                                     .events = kClassAdd | kClassUpdate | kClaimAdd | kClaimUpdate |
                                               kVolumeAdd | kVolumeUpdate | kNodeAdd | kNodeLabel |
                                               kCsiNodeAdd,
                                     .hint = hint};

}  // namespace seatrial::scheduler
