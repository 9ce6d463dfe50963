#include "sim/scenario/decisions.h"

namespace seatrial::scenario {

namespace {

report::Scheduling::Node node_of(const scheduler::NodeVerdict& verdict) {
  report::Scheduling::Node node;
  node.name = verdict.node.str();
  node.refused_by = verdict.refused_by;
  for (const api::Symbol reason : verdict.reasons) node.reasons.push_back(reason.str());
  for (const auto& [plugin, score] : verdict.scores) node.scores.emplace_back(plugin, score);
  node.total = verdict.total;
  return node;
}

}  // namespace

std::optional<report::Scheduling> scheduling_of(const World& world, std::string_view namespace_,
                                                std::string_view pod) {
  std::vector<std::string> names;  // of all pods that there ever were, by index
  const scheduler::Decision* decision = nullptr;
  for (const cluster::WatchEvent& change : world.recorder().history()) {
    if (change.object->kind != api::Kind::kPod || change.type != cluster::ChangeType::kAdded) continue;
    const api::ObjectMeta& meta = change.object->metadata;
    if (names.size() <= change.object->index) names.resize(change.object->index + 1);
    names[change.object->index] = meta.name.str();
    if (meta.name.view() == pod && meta.namespace_.view() == namespace_)
      decision = world.cluster().scheduler().decision({change.object->index});
  }
  if (!decision) return std::nullopt;
  report::Scheduling result;
  result.at = decision->at;
  result.node = decision->node.str();
  result.message = decision->message;
  result.nominated = decision->nominated.str();
  for (const std::uint32_t victim : decision->victims) result.victims.push_back(names.at(victim));
  for (const scheduler::NodeVerdict& verdict : decision->nodes) result.nodes.push_back(node_of(verdict));
  result.all_nodes = decision->all_nodes;
  return result;
}

}  // namespace seatrial::scenario
