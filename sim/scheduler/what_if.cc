#include "sim/scheduler/what_if.h"

#include <algorithm>

namespace seatrial::scheduler {

std::uint32_t WhatIf::add_node(const std::shared_ptr<const api::Node>& node) {
  cluster_.set_node(node);
  return cluster_.find(node->metadata.name);
}

std::vector<PodOnNode> WhatIf::remove_node(api::Symbol name) {
  const std::uint32_t slot = cluster_.find(name);
  if (slot == kNoSlot) return {};
  std::vector<PodOnNode> pods = cluster_.at(slot).pods;
  // In order of the pods, not in which they came and went.
  std::ranges::sort(pods, {}, &PodOnNode::pod);
  for (const PodOnNode& pod : pods) {
    cluster_.remove_pod(slot, pod.pod);
    placed_.erase(pod.pod);
  }
  cluster_.remove_node(name);
  return pods;
}

std::uint32_t WhatIf::first_fit(const api::Pod& given, std::span<const std::uint32_t> slots,
                                std::vector<api::Symbol>* refusals) {
  const PodInfoPtr info = infos_.get(given);
  api::Pod pod = given;
  pod.node_name = {};
  state_.restricted = false;
  state_.only_nodes.clear();
  state_.refusal.clear();
  const DefaultConstraints no_default_constraints;
  Cycle cycle{pod, info, *info, cluster_, profile_, profile_.config, no_default_constraints, state_};
  if (!filter_.prepare(cycle, false)) return kNoSlot;
  for (const std::uint32_t slot : slots) {
    if (state_.restricted && !std::ranges::count(state_.only_nodes, slot)) continue;
    if (filter_.check(cycle, slot) == Code::kSuccess) return slot;
    const std::vector<api::Symbol>& reasons = filter_.refusal().reasons;
    if (refusals) refusals->insert(refusals->end(), reasons.begin(), reasons.end());
  }
  return kNoSlot;
}

void WhatIf::place(const api::Pod& pod, std::uint32_t slot) {
  cluster_.add_pod(slot, {infos_.get(pod), pod.index, false});
  placed_[pod.index] = slot;
}

void WhatIf::displace(std::uint32_t pod) {
  const auto at = placed_.find(pod);
  if (at == placed_.end()) return;
  cluster_.remove_pod(at->second, pod);
  placed_.erase(at);
}

}  // namespace seatrial::scheduler
