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
  state_.pre_filter_refusal.clear();
  Cycle cycle{pod, *info, cluster_, config_, nullptr, state_};
  std::vector<const Plugin*> filters;
  for (const Plugin& plugin : plugins()) {
    if (plugin.filter && (!plugin.pre_filter || plugin.pre_filter(cycle))) filters.push_back(&plugin);
  }
  if (!state_.pre_filter_refusal.empty()) return kNoSlot;
  std::vector<api::Symbol> reasons;
  for (const std::uint32_t slot : slots) {
    if (state_.restricted && !std::ranges::count(state_.only_nodes, slot)) continue;
    const bool fits = std::ranges::all_of(filters, [&](const Plugin* plugin) {
      return plugin->filter(cycle, slot, reasons) == Code::kSuccess;
    });
    if (fits) return slot;
    if (refusals) refusals->insert(refusals->end(), reasons.begin(), reasons.end());
    reasons.clear();
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
