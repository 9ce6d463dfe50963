// VolumeRestrictions: a claim of access mode ReadWriteOncePod is used by one pod at a time. Left out: disks
// that a pod names without a claim (GCE, EBS, iSCSI, RBD). Source:
// pkg/scheduler/framework/plugins/volumerestrictions.
#include "sim/scheduler/plugins/volume_hints.h"

namespace seatrial::scheduler {

namespace {

const api::Symbol kOncePod("ReadWriteOncePod");

bool pre_filter(Cycle& cycle) {
  CycleState& state = cycle.state;
  state.once_claims.clear();
  state.once_conflicts = 0;
  if (cycle.info.spec->volume_claims.empty()) return false;
  const Volumes& volumes = cycle.cluster.volumes();
  for (const api::Symbol name : cycle.info.spec->volume_claims) {
    const ClaimPtr claim = volumes.claim(cycle.info.namespace_, name);
    if (!claim) {
      state.refusal = "persistentvolumeclaim \"" + name.str() + "\" not found";
      state.refusal_code = Code::kUnresolvable;
      return false;
    }
    if (std::ranges::count(claim->access_modes, kOncePod) == 0) continue;
    state.once_claims.push_back(name);
    state.once_conflicts += volumes.users_of(cycle.info.namespace_, name);
  }
  return !state.once_claims.empty();
}

void update(Cycle& cycle, const PodInfo& other, std::uint32_t, std::int64_t sign) {
  if (other.namespace_ != cycle.info.namespace_) return;
  for (const api::Symbol name : cycle.state.once_claims)
    cycle.state.once_conflicts += sign * std::ranges::count(other.spec->volume_claims, name);
}

Code filter(const Cycle& cycle, std::uint32_t, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason(
      "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by "
      "another pod");
  if (cycle.state.once_conflicts == 0) return Code::kSuccess;
  reasons.push_back(kReason);
  return Code::kUnschedulable;
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (!(event.kinds & kAssignedPodDelete)) return uses_claim(context.info, *event.after);
  const api::Pod& gone = *event.pod_before();
  return gone.metadata.namespace_ == context.info.namespace_ &&
         std::ranges::any_of(gone.spec->volume_claims, [&](api::Symbol name) {
           return std::ranges::count(context.info.spec->volume_claims, name) > 0;
         });
}

}  // namespace

const Plugin kVolumeRestrictionsPlugin = {.name = "VolumeRestrictions",
                                          .pre_filter = pre_filter,
                                          .filter = filter,
                                          .update = update,
                                          .events = kAssignedPodDelete | kClaimAdd | kClaimUpdate,
                                          .hint = hint};

}  // namespace seatrial::scheduler
