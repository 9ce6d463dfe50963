// NodeAffinity: nodeSelector, required and preferred node affinity.
// Source: pkg/scheduler/framework/plugins/nodeaffinity.
#include <algorithm>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

namespace {

const api::Symbol kMetadataName("metadata.name");

// The names that a term allows by its fields; null if it does not say.
const std::vector<api::Symbol>* names_of(const NodeTerm& term) {
  using Op = api::LabelSelectorRequirement::Operator;
  for (const api::LabelSelectorRequirement& field : term.fields.match_expressions) {
    if (field.key == kMetadataName && field.op == Op::kIn) return &field.values;
  }
  return nullptr;
}

// Where every term names nodes (a DaemonSet's pods do), no other is looked at.
void restrict_nodes(Cycle& cycle) {
  if (!cycle.info.required_nodes || cycle.info.required_nodes->empty()) return;
  std::vector<std::uint32_t> slots;
  for (const NodeTerm& term : *cycle.info.required_nodes) {
    const std::vector<api::Symbol>* names = names_of(term);
    if (!names) return;
    for (const api::Symbol name : *names) {
      const std::uint32_t slot = cycle.cluster.find(name);
      if (slot != kNoSlot && cycle.cluster.at(slot).node) slots.push_back(slot);
    }
  }
  std::ranges::sort(slots);
  slots.erase(std::ranges::unique(slots).begin(), slots.end());
  cycle.state.only_nodes = std::move(slots);
  cycle.state.restricted = true;
  cycle.state.restricted_by = "NodeAffinity";
}

bool matches_added(const PluginConfig& config, const api::Node& node) {
  return !config.added_required_nodes ||
         std::ranges::any_of(*config.added_required_nodes,
                             [&](const NodeTerm& term) { return term.matches(node); });
}

bool pre_filter(Cycle& cycle) {
  const bool own = has_required_nodes(cycle.info);
  if (own) restrict_nodes(cycle);
  return own || cycle.config.added_required_nodes;
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) didn't match Pod's node affinity/selector"),
      kAdded("node(s) didn't match scheduler-enforced node affinity");
  if (!matches_added(cycle.config, *cycle.cluster.at(slot).node)) {
    reasons.push_back(kAdded);
    return Code::kUnresolvable;
  }
  if (matches_required_nodes(cycle.info, *cycle.cluster.at(slot).node)) return Code::kSuccess;
  reasons.push_back(kReason);
  return Code::kUnresolvable;
}

bool pre_score(Cycle& cycle, std::span<const std::uint32_t>) {
  return !cycle.info.preferred_nodes.empty() || !cycle.config.added_preferred_nodes.empty();
}

std::int64_t score(const Cycle& cycle, std::uint32_t slot) {
  std::int64_t sum = 0;
  for (const auto* const terms : {&cycle.config.added_preferred_nodes, &cycle.info.preferred_nodes}) {
    for (const NodeTerm& term : *terms) {
      if (term.matches(*cycle.cluster.at(slot).node)) sum += term.weight;
    }
  }
  return sum;
}

void normalize(const Cycle&, std::span<std::int64_t> scores) { default_normalize_score(false, scores); }

bool hint(const HintContext& context, const ClusterEvent& event) {
  const auto is_match = [&](const api::Node& node) {
    return matches_added(context.config, node) && matches_required_nodes(context.info, node);
  };
  return !(event.before && is_match(*event.node_before())) && is_match(*event.node_after());
}

}  // namespace

const Plugin kNodeAffinityPlugin = {.name = "NodeAffinity",
                                    .weight = 2,
                                    .local = true,
                                    .pre_filter = pre_filter,
                                    .filter = filter,
                                    .pre_score = pre_score,
                                    .score = score,
                                    .normalize = normalize,
                                    .events = kNodeAdd | kNodeLabel,
                                    .hint = hint};

}  // namespace seatrial::scheduler
