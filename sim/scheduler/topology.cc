#include "sim/scheduler/topology.h"

namespace seatrial::scheduler {

namespace {

void add(TopologyColumn& column, api::Symbol key, std::uint32_t slot, const api::LabelMap& labels) {
  const api::Symbol* const value = labels.find(key);
  if (!value) {
    ++column.nodes_without;
    return;
  }
  const auto number = static_cast<std::int32_t>(column.nodes.size());
  const auto [at, is_new] = column.numbers.emplace(*value, number);
  if (is_new) column.nodes.push_back(0);
  column.domain[slot] = at->second;
  ++column.nodes[static_cast<std::size_t>(at->second)];
}

void remove(TopologyColumn& column, std::uint32_t slot) {
  const std::int32_t domain = std::exchange(column.domain[slot], -1);
  if (domain < 0) {
    --column.nodes_without;
  } else {
    --column.nodes[static_cast<std::size_t>(domain)];
  }
}

}  // namespace

void Topology::set(std::uint32_t slot, const api::Node* node) {
  if (slot >= labels_.size()) {
    labels_.resize(slot + 1);
    for (auto& [key, column] : columns_) column.domain.resize(slot + 1, -1);
  }
  Labels& known = labels_[slot];
  if (known.present && node && known.labels == node->metadata.labels) return;
  if (!known.present && !node) return;
  ++version_;
  for (auto& [key, column] : columns_) {
    if (known.present) remove(column, slot);
    if (node) add(column, key, slot, *node->metadata.labels);
  }
  known = {node != nullptr, node ? node->metadata.labels : api::Shared<api::LabelMap>()};
}

const TopologyColumn& Topology::column(api::Symbol key) {
  const auto [at, is_new] = columns_.try_emplace(key);
  if (is_new) {
    at->second.domain.assign(labels_.size(), -1);
    for (std::uint32_t slot = 0; slot < labels_.size(); ++slot) {
      if (labels_[slot].present) add(at->second, key, slot, *labels_[slot].labels);
    }
  }
  return at->second;
}

}  // namespace seatrial::scheduler
