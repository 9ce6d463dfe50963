#include "sim/scheduler/cluster_state.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::scheduler {

using api::Symbol;

namespace {

const Symbol kPods("pods");
constexpr std::size_t kFollowedPerNamespace = 64;

std::int32_t domain_of(TopologyColumn& column, Symbol key, const api::Node& node) {
  const Symbol* value = node.metadata.labels->find(key);
  if (!value) return -1;
  return column.numbers.emplace(*value, static_cast<std::int32_t>(column.numbers.size())).first->second;
}

}  // namespace

std::uint32_t ClusterState::find(Symbol name) const {
  const auto found = slots_by_name_.find(name.str());
  return found == slots_by_name_.end() ? kNoSlot : found->second;
}

std::uint32_t ClusterState::slot_of(Symbol name) {
  if (const std::uint32_t known = find(name); known != kNoSlot) return known;
  std::uint32_t slot = static_cast<std::uint32_t>(nodes_.size());
  if (free_slots_.empty()) {
    nodes_.emplace_back();
    for (auto& [key, column] : topology_) column.domain.push_back(-1);
    for (auto& [ns, rows] : followed_) {
      for (Followed& row : rows) row.counts.push_back(0);
    }
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  nodes_[slot].name = name;
  slots_by_name_.emplace(name.str(), slot);
  return slot;
}

void ClusterState::set_node(const std::shared_ptr<const api::Node>& node) {
  const std::uint32_t slot = slot_of(node->metadata.name);
  NodeInfo& info = nodes_[slot];
  const Symbol zone = zone_of(*node);
  if (!info.node) {
    tree_.add(zone, slot);
  } else if (zone_of(*info.node) != zone) {
    tree_.remove(zone_of(*info.node), slot);
    tree_.add(zone, slot);
  }
  set_images(info, node.get());
  info.node = node;
  info.allocatable = Resources::of(node->allocatable);
  const auto pods = node->allocatable.find(kPods);
  info.allowed_pods = pods == node->allocatable.end() ? 0 : pods->second.value();
  set_topology(slot);
}

void ClusterState::remove_node(Symbol name) {
  const std::uint32_t slot = find(name);
  if (slot == kNoSlot || !nodes_[slot].node) return;
  NodeInfo& info = nodes_[slot];
  tree_.remove(zone_of(*info.node), slot);
  set_images(info, nullptr);
  info.node = nullptr;
  for (auto& [key, column] : topology_) column.domain[slot] = -1;
  free_if_unused(slot);
}

void ClusterState::free_if_unused(std::uint32_t slot) {
  if (nodes_[slot].node || !nodes_[slot].pods.empty() || !nodes_[slot].nominated.empty()) return;
  slots_by_name_.erase(nodes_[slot].name.str());
  nodes_[slot] = {};
  free_slots_.push_back(slot);
}

void ClusterState::set_images(NodeInfo& info, const api::Node* node) {
  if (info.node && node && info.node->images == node->images) return;
  for (const auto& [image, size] : info.images) --image_nodes_[image.str()];
  info.images.clear();
  if (!node) return;
  for (const api::ContainerImage& image : node->images)
    info.images.emplace_back(image.name, image.size_bytes);
  for (const auto& [image, size] : info.images) ++image_nodes_[image.str()];
}

std::int64_t ClusterState::nodes_with_image(Symbol image) const {
  const auto found = image_nodes_.find(image.str());
  return found == image_nodes_.end() ? 0 : found->second;
}

void ClusterState::set_topology(std::uint32_t slot) {
  for (auto& [key, column] : topology_) column.domain[slot] = domain_of(column, key, *nodes_[slot].node);
}

const TopologyColumn& ClusterState::topology(Symbol key) {
  const auto [at, is_new] = topology_.try_emplace(key);
  if (is_new) {
    at->second.domain.assign(nodes_.size(), -1);
    for (const std::uint32_t slot : tree_.list()) {
      at->second.domain[slot] = domain_of(at->second, key, *nodes_[slot].node);
    }
  }
  return at->second;
}

void ClusterState::count(const PodOnNode& pod, std::uint32_t slot, std::int32_t sign) {
  if (pod.terminating) return;
  const auto rows = followed_.find(pod.info->namespace_);
  if (rows == followed_.end()) return;
  for (Followed& row : rows->second) {
    if (row.selector.matches(*pod.info->labels)) row.counts[slot] += sign;
  }
}

void ClusterState::add_pod(std::uint32_t slot, PodOnNode pod) {
  NodeInfo& info = nodes_[slot];
  info.requested.add(pod.info->requests.requests);
  info.non_zero_milli_cpu += pod.info->requests.non_zero_milli_cpu;
  info.non_zero_memory += pod.info->requests.non_zero_memory;
  info.ports.insert(info.ports.end(), pod.info->ports.begin(), pod.info->ports.end());
  if (pod.info->has_affinity_terms) ++info.pods_with_affinity, ++pods_with_affinity_;
  count(pod, slot, 1);
  info.pods.push_back(std::move(pod));
}

PodOnNode ClusterState::remove_pod(std::uint32_t slot, std::uint32_t index) {
  NodeInfo& info = nodes_[slot];
  const auto at = std::ranges::find(info.pods, index, &PodOnNode::pod);
  CHECK(at != info.pods.end());
  PodOnNode pod = std::move(*at);
  *at = std::move(info.pods.back());
  info.pods.pop_back();
  info.requested.subtract(pod.info->requests.requests);
  info.non_zero_milli_cpu -= pod.info->requests.non_zero_milli_cpu;
  info.non_zero_memory -= pod.info->requests.non_zero_memory;
  for (const HostPort& port : pod.info->ports) info.ports.erase(std::ranges::find(info.ports, port));
  if (pod.info->has_affinity_terms) --info.pods_with_affinity, --pods_with_affinity_;
  count(pod, slot, -1);
  free_if_unused(slot);
  return pod;
}

void ClusterState::nominate(Symbol node, PodOnNode pod) {
  remove_nomination(pod.pod);
  const std::uint32_t slot = slot_of(node);
  nominations_[pod.pod] = slot;
  nodes_[slot].nominated.push_back(std::move(pod));
}

void ClusterState::remove_nomination(std::uint32_t pod) {
  const auto at = nominations_.find(pod);
  if (at == nominations_.end()) return;
  const std::uint32_t slot = at->second;
  nominations_.erase(at);
  std::erase_if(nodes_[slot].nominated, [pod](const PodOnNode& p) { return p.pod == pod; });
  free_if_unused(slot);
}

const std::vector<std::int32_t>& ClusterState::matching_pods(Symbol namespace_,
                                                             const api::LabelSelector& selector) {
  std::vector<Followed>& rows = followed_[namespace_];
  auto at = std::ranges::find(rows, selector, &Followed::selector);
  if (at == rows.end()) {
    at = rows.insert(rows.end(), {selector, std::vector<std::int32_t>(nodes_.size()), 0});
    for (std::size_t slot = 0; slot < nodes_.size(); ++slot) {
      for (const PodOnNode& pod : nodes_[slot].pods) {
        if (pod.terminating || pod.info->namespace_ != namespace_) continue;
        if (selector.matches(*pod.info->labels)) ++at->counts[slot];
      }
    }
  }
  at->last_used = ++questions_;
  return at->counts;
}

void ClusterState::trim(Symbol namespace_) {
  const auto at = followed_.find(namespace_);
  if (at == followed_.end() || at->second.size() <= kFollowedPerNamespace) return;
  std::ranges::sort(at->second, std::ranges::greater(), &Followed::last_used);
  at->second.resize(kFollowedPerNamespace / 2);
}

}  // namespace seatrial::scheduler
