// NodeVolumeLimits: a node has no more volumes of a CSI driver attached than its CSINode says; what several
// of its pods share counts once. Source: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go.
#include <map>
#include <set>

#include "sim/scheduler/plugins/volume_hints.h"

namespace seatrial::scheduler {

namespace {

using Attachment = Volumes::Attachment;

bool pre_filter(Cycle& cycle) {
  if (cycle.info.spec->volume_claims.empty()) return false;
  cycle.state.attachments = cycle.cluster.volumes().attachments_of(cycle.info);
  return !cycle.state.attachments.empty();
}

std::set<Attachment> attached_to(const Cycle& cycle, const NodeInfo& node) {
  std::set<Attachment> attached;
  for (const PodOnNode& pod : node.pods) {
    if (pod.info->spec->volume_claims.empty()) continue;
    for (const Attachment& volume : cycle.cluster.volumes().attachments_of(*pod.info))
      attached.insert(volume);
  }
  return attached;
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) exceed max volume count");
  const NodeInfo& node = cycle.cluster.at(slot);
  const auto limits = cycle.cluster.volumes().objects().find<api::CsiNode>({}, node.name);
  if (!limits) return Code::kSuccess;
  std::set<Attachment> attached = attached_to(cycle, node);
  std::map<api::Symbol, std::int32_t> added, in_all;
  for (const Attachment& volume : cycle.state.attachments)
    added[volume.driver] += attached.insert(volume).second;
  for (const Attachment& volume : attached) ++in_all[volume.driver];
  for (const api::CsiNode::Driver& driver : limits->drivers) {
    if (!driver.allocatable_count || added[driver.name] == 0) continue;
    if (in_all[driver.name] <= *driver.allocatable_count) continue;
    reasons.push_back(kReason);
    return Code::kUnschedulable;
  }
  return Code::kSuccess;
}

bool same_limits(const api::Object& before, const api::Object& after) {
  return static_cast<const api::CsiNode&>(before).drivers == static_cast<const api::CsiNode&>(after).drivers;
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (event.kinds & kAssignedPodDelete) return !event.pod_before()->spec->volume_claims.empty();
  if (event.kinds & kClaimAdd) return uses_claim(context.info, *event.after);
  return !event.before || !same_limits(*event.before, *event.after);
}

}  // namespace

const Plugin kNodeVolumeLimitsPlugin = {
    .name = "NodeVolumeLimits",
    .pre_filter = pre_filter,
    .filter = filter,
    .events = kCsiNodeAdd | kCsiNodeUpdate | kAssignedPodDelete | kClaimAdd,
    .hint = hint};

}  // namespace seatrial::scheduler
