// Scaling down: which nodes are not needed, for how long, and which of them go now.
#include <fmt/format.h>

#include <algorithm>

#include "sim/controllers/cluster_autoscaler.h"

namespace seatrial::controllers {

using scheduler::NodeInfo;
using scheduler::WhatIf;

namespace {

const char* const kScaleDownDisabled = "cluster-autoscaler.kubernetes.io/scale-down-disabled";

}  // namespace

std::optional<std::size_t> ClusterAutoscaler::group_of(const api::Node& node) const {
  const std::string_view name = node.metadata.labels->get(kNodeGroupLabel);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i].config.name.view() == name) return i;
  }
  return std::nullopt;
}

// Of a group, not told to stay, and not full enough to be worth its price. One that is not ready counts as
// unneeded however full it is.
bool ClusterAutoscaler::may_go(const NodeInfo& node) const {
  if (!group_of(*node.node) || removals_.removing(node.name)) return false;
  if (node.node->metadata.annotations->get(kScaleDownDisabled) == "true") return false;
  return !is_ready(*node.node) ||
         utilization(node.requested, node.allocatable) < config_.scale_down_utilization_threshold;
}

// One candidate after the other, the emptiest first: its pods are placed on the nodes that stay, where they
// count for the candidates after it; so all of these could go together.
void ClusterAutoscaler::find_unneeded(Kernel& kernel, const scheduler::ClusterState& cluster,
                                      const cloud::Ec2& ec2) {
  judged_version_ = view_.version();
  std::map<api::Symbol, Unneeded> unneeded;
  std::vector<const NodeInfo*> candidates;
  for (const std::uint32_t slot : cluster.order()) {
    const NodeInfo& node = cluster.at(slot);
    const auto group = group_of(*node.node);
    if (may_go(node) && target_size(ec2, *group) > groups_[*group].config.min) candidates.push_back(&node);
  }
  if (!candidates.empty()) {
    std::ranges::stable_sort(candidates, {}, [](const NodeInfo* node) {
      return std::pair(utilization(node->requested, node->allocatable), node->name);
    });
    WhatIf what_if(cluster);
    for (const NodeInfo* const node : candidates) {
      const auto pods = view_.movable_pods(*node);
      if (!view_.blocking_reason_of(pods).empty()) continue;
      std::vector<std::uint32_t> others;
      for (const std::uint32_t slot : what_if.cluster().order()) {
        const api::Symbol name = what_if.cluster().at(slot).name;
        if (name != node->name && !unneeded.contains(name)) others.push_back(slot);
      }
      if (!place_elsewhere(what_if, others, pods)) continue;
      const auto before = unneeded_.find(node->name);
      const SimTime since = before == unneeded_.end() ? kernel.now() : before->second.since;
      unneeded[node->name] = {since, pods.empty(), is_ready(*node->node)};
    }
  }
  unneeded_ = std::move(unneeded);
}

void ClusterAutoscaler::remove_unneeded(Kernel& kernel, cluster::ApiServer& api,
                                        const scheduler::ClusterState& cluster, const cloud::Ec2& ec2) {
  const SimTime now = kernel.now();
  const auto cooling = [&](const std::optional<SimTime>& since, Duration delay) {
    return since && now - *since < delay;
  };
  if (unneeded_.empty() || cooling(last_scale_up_, config_.scale_down_delay_after_add) ||
      cooling(last_scale_down_failure_, config_.scale_down_delay_after_failure))
    return;
  std::map<std::size_t, std::int32_t> leaving;
  for (const auto& [name, unneeded] : unneeded_) {
    const std::uint32_t slot = cluster.find(name);
    if (slot == scheduler::kNoSlot || !cluster.at(slot).node || removals_.removing(name)) continue;
    const Duration wait = unneeded.ready ? config_.scale_down_unneeded_time : config_.scale_down_unready_time;
    const std::size_t group = *group_of(*cluster.at(slot).node);
    const auto removing = static_cast<std::int32_t>(removals_.size());
    const auto draining = static_cast<std::int32_t>(removals_.count(false));
    if (now - unneeded.since < wait || removing >= config_.max_scale_down_parallelism ||
        (!unneeded.empty && draining >= config_.max_drain_parallelism) ||
        target_size(ec2, group) - leaving[group] <= groups_[group].config.min)
      continue;
    ++leaving[group];
    remove(kernel, api, cluster.at(slot), unneeded);
  }
}

void ClusterAutoscaler::remove(Kernel& kernel, cluster::ApiServer& api, const NodeInfo& node,
                               const Unneeded& unneeded) {
  std::string pods;
  for (const auto& pod : view_.movable_pods(node))
    pods += (pods.empty() ? "" : ",") + pod->metadata.name.str();
  const std::string text =
      unneeded.empty
          ? fmt::format("Scale-down: removing empty node \"{}\"", node.name.str())
          : fmt::format("Scale-down: removing node {}, utilization: {:.2f}, pods to reschedule: {}",
                        node.name.str(), utilization(node.requested, node.allocatable), pods);
  event(kernel, api, status_, false, unneeded.empty ? "ScaleDownEmpty" : "ScaleDown", text, JournalId::kNone);
  event(kernel, api, node.node, false, "ScaleDown", "marked the node as toBeDeleted/unschedulable",
        JournalId::kNone);
  removals_.begin(kernel, api, view_, node.name, unneeded.empty, JournalId::kNone);
}

}  // namespace seatrial::controllers
