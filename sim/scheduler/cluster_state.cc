#include "sim/scheduler/cluster_state.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::scheduler {

using api::Symbol;

namespace {

const Symbol kPodSlots("pods");
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
    topology_.set(slot, nullptr);
    counts_->add_slot();
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
  const auto pods = node->allocatable.find(kPodSlots);
  info.allowed_pods = pods == node->allocatable.end() ? 0 : pods->second.value();
  topology_.set(slot, node.get());
  touch(info);
}

void ClusterState::remove_node(Symbol name) {
  const std::uint32_t slot = find(name);
  if (slot == kNoSlot || !nodes_[slot].node) return;
  NodeInfo& info = nodes_[slot];
  tree_.remove(zone_of(*info.node), slot);
  set_images(info, nullptr);
  info.node = nullptr;
  topology_.set(slot, nullptr);
  touch(info);
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

void ClusterState::set_namespace(Symbol name, const api::Shared<api::LabelMap>& labels) {
  namespace_labels_.insert_or_assign(name.str(), labels);
  counts_->clear();
  terms_.forget_matches();
}

void ClusterState::remove_namespace(Symbol name) {
  namespace_labels_.erase(name.str());
  counts_->clear();
  terms_.forget_matches();
}

void ClusterState::add_pod(std::uint32_t slot, PodOnNode pod) {
  NodeInfo& info = nodes_[slot];
  info.requested.add(pod.info->requests.requests);
  info.non_zero_milli_cpu += pod.info->requests.non_zero_milli_cpu;
  info.non_zero_memory += pod.info->requests.non_zero_memory;
  info.ports.insert(info.ports.end(), pod.info->ports.begin(), pod.info->ports.end());
  counts_->count(pod.info, slot, pod.terminating, 1, topology_, namespace_labels_);
  terms_.count(pod.info, slot, 1, topology_);
  if (!pod.info->spec->volume_claims.empty()) volumes_.count(*pod.info, 1);
  touch(info);
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
  counts_->count(pod.info, slot, pod.terminating, -1, topology_, namespace_labels_);
  terms_.count(pod.info, slot, -1, topology_);
  if (!pod.info->spec->volume_claims.empty()) volumes_.count(*pod.info, -1);
  touch(info);
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

PodRow& ClusterState::pods_matching(std::span<const PodFilter* const> all_of, bool with_terminating) {
  if (!counts_->is_following()) {
    counts_->follow(nodes_.size());
    for (std::uint32_t slot = 0; slot < nodes_.size(); ++slot) {
      for (const PodOnNode& pod : nodes_[slot].pods)
        counts_->count(pod.info, slot, pod.terminating, 1, topology_, namespace_labels_);
    }
  }
  return counts_->row({all_of, with_terminating}, namespace_labels_);
}

const std::vector<std::int32_t>& ClusterState::by_domain(PodRow& row, Symbol key) {
  return counts_->by_domain(row, key, topology_);
}

const std::vector<std::uint32_t>& ClusterState::terms_matching(const PodInfoPtr& info) {
  return terms_.matching(info, namespace_labels_);
}

const std::vector<std::int32_t>& ClusterState::term_by_domain(std::uint32_t number) {
  return terms_.by_domain(number, topology_);
}

}  // namespace seatrial::scheduler
