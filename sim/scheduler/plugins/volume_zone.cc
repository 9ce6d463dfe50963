// VolumeZone: a volume that is labelled with zones or regions is used there only; the label may name several,
// joined by "__". Nodes without such labels are everywhere. (Volumes of CSI drivers have node affinity
// instead: VolumeBinding.) Source: pkg/scheduler/framework/plugins/volumezone.
#include <array>

#include "sim/scheduler/plugins/volume_hints.h"

namespace seatrial::scheduler {

namespace {

const api::Symbol kOldZone("failure-domain.beta.kubernetes.io/zone"),
    kOldRegion("failure-domain.beta.kubernetes.io/region"), kZone("topology.kubernetes.io/zone"),
    kRegion("topology.kubernetes.io/region");
const std::array kLabels = {kOldZone, kOldRegion, kZone, kRegion};

std::vector<VolumeTopology> topologies_of(const api::PersistentVolume& volume) {
  std::vector<VolumeTopology> result;
  for (const api::Symbol key : kLabels) {
    const api::Symbol* const value = volume.metadata.labels->find(key);
    if (!value) continue;
    VolumeTopology& topology = result.emplace_back(key);
    std::string_view rest = value->view();
    while (true) {
      const std::size_t end = rest.find("__");
      topology.values.emplace_back(rest.substr(0, end));
      if (end == std::string_view::npos) break;
      rest = rest.substr(end + 2);
    }
  }
  return result;
}

// Empty: the claim is no hindrance to trying the pod.
std::string refusal_of(const Volumes& volumes, const api::PersistentVolumeClaim& claim) {
  if (!claim.volume_name.empty()) {
    return volumes.volume_of(claim) ? "" : "persistentvolume \"" + claim.volume_name.str() + "\" not found";
  }
  const api::Symbol name = cluster::class_of(claim);
  if (name.empty()) return "PersistentVolumeClaim had no pv name and storageClass name";
  const auto storage_class = volumes.class_of(claim);
  if (!storage_class) return "storageclass.storage.k8s.io \"" + name.str() + "\" not found";
  return storage_class->waits_for_consumer() ? "" : "PersistentVolume had no name";
}

bool pre_filter(Cycle& cycle) {
  CycleState& state = cycle.state;
  state.topologies.clear();
  const Volumes& volumes = cycle.cluster.volumes();
  for (const api::Symbol name : cycle.info.spec->volume_claims) {
    const ClaimPtr claim = volumes.claim(cycle.info.namespace_, name);
    state.refusal =
        claim ? refusal_of(volumes, *claim) : "persistentvolumeclaim \"" + name.str() + "\" not found";
    state.refusal_code = Code::kUnresolvable;
    if (!state.refusal.empty()) return false;
    const VolumePtr volume = volumes.volume_of(*claim);
    if (!volume) continue;
    for (VolumeTopology& topology : topologies_of(*volume)) state.topologies.push_back(std::move(topology));
  }
  return !state.topologies.empty();
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) had no available volume zone");
  const api::LabelMap& labels = cycle.cluster.at(slot).labels();
  if (std::ranges::none_of(kLabels, [&](api::Symbol key) { return labels.contains(key); }))
    return Code::kSuccess;
  for (const VolumeTopology& topology : cycle.state.topologies) {
    const api::Symbol* value = labels.find(topology.key);
    if (!value && topology.key == kOldZone) value = labels.find(kZone);
    if (!value && topology.key == kOldRegion) value = labels.find(kRegion);
    if (value && std::ranges::count(topology.values, *value) > 0) continue;
    reasons.push_back(kReason);
    return Code::kUnresolvable;
  }
  return Code::kSuccess;
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (event.kinds & (kClaimAdd | kClaimUpdate)) return uses_claim(context.info, *event.after);
  if (event.kinds & kClassAdd)
    return static_cast<const api::StorageClass&>(*event.after).waits_for_consumer();
  if (event.kinds & kVolumeUpdate) {
    return topologies_of(static_cast<const api::PersistentVolume&>(*event.before)) !=
           topologies_of(static_cast<const api::PersistentVolume&>(*event.after));
  }
  return true;
}

}  // namespace

const Plugin kVolumeZonePlugin = {
    .name = "VolumeZone",
    .pre_filter = pre_filter,
    .filter = filter,
    .events = kClassAdd | kNodeAdd | kNodeLabel | kClaimAdd | kClaimUpdate | kVolumeAdd | kVolumeUpdate,
    .hint = hint};

}  // namespace seatrial::scheduler
