#include "sim/scheduler/node_tree.h"

#include <algorithm>

namespace seatrial::scheduler {

api::Symbol zone_of(const api::Node& node) {
  static const api::Symbol kRegion("topology.kubernetes.io/region"), kZone("topology.kubernetes.io/zone");
  const std::string_view region = node.metadata.labels->get(kRegion), zone = node.metadata.labels->get(kZone);
  if (region.empty() && zone.empty()) return {};
  return std::string(region) + "/" + std::string(zone);
}

void NodeTree::add(api::Symbol zone, std::uint32_t slot) {
  auto at = std::ranges::find(zones_, zone, &Zone::name);
  if (at == zones_.end()) at = zones_.insert(zones_.end(), {zone, {}});
  at->slots.push_back(slot);
  rebuild();
}

void NodeTree::remove(api::Symbol zone, std::uint32_t slot) {
  const auto at = std::ranges::find(zones_, zone, &Zone::name);
  if (at == zones_.end()) return;
  std::erase(at->slots, slot);
  if (at->slots.empty()) zones_.erase(at);
  rebuild();
}

void NodeTree::rebuild() {
  list_.clear();
  for (std::size_t round = 0;; ++round) {
    const std::size_t before = list_.size();
    for (const Zone& zone : zones_) {
      if (round < zone.slots.size()) list_.push_back(zone.slots[round]);
    }
    if (list_.size() == before) return;
  }
}

}  // namespace seatrial::scheduler
