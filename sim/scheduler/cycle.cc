#include "sim/scheduler/cycle.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/distributions.h"

namespace seatrial::scheduler {

Outcome SchedulingCycle::run(const api::Pod& pod, const PodInfo& info, ClusterState& cluster,
                             const api::LabelSelector* default_selector, RandomStream& ties, Decision* log) {
  state_.restricted = false;
  state_.only_nodes.clear();
  feasible_.clear();
  resolvable_.clear();
  reasons_.clear();
  refused_by_ = 0;
  filtered_ = 0;
  cluster.trim(info.namespace_);
  if (cluster.order().empty()) return {kNoSlot, 0, "no nodes available to schedule pods", 0};

  Cycle cycle{pod, info, cluster, plugins_, default_selector, state_};
  find_feasible(cycle, log);
  if (feasible_.empty()) return {kNoSlot, refused_by_, refusal_text(cycle), filtered_};
  if (feasible_.size() == 1) return {feasible_.front(), 0, {}, filtered_};  // unscored
  prioritize(cycle, log);
  return {select(ties), 0, {}, filtered_};
}

void SchedulingCycle::find_feasible(Cycle& cycle, Decision* log) {
  filters_.clear();
  for (std::size_t i = 0; i < plugins().size(); ++i) {
    const Plugin& plugin = plugins()[i];
    if (!plugin.filter) continue;
    if (!plugin.pre_filter || plugin.pre_filter(cycle)) filters_.emplace_back(&plugin, PluginSet{1} << i);
  }
  const std::vector<std::uint32_t>& all = cycle.cluster.order();
  const std::vector<std::uint32_t>& nodes = state_.restricted ? state_.only_nodes : all;
  const auto wanted = static_cast<std::size_t>(num_feasible_nodes_to_find(
      search_.percentage_of_nodes_to_score, static_cast<std::int64_t>(nodes.size())));
  std::size_t at = nodes.empty() ? 0 : next_start_ % nodes.size(), looked_at = 0;
  for (; looked_at < nodes.size() && feasible_.size() < wanted; ++looked_at) {
    if (check_node(cycle, nodes[at], log)) feasible_.push_back(nodes[at]);
    if (++at == nodes.size()) at = 0;
  }
  filtered_ = static_cast<std::int64_t>(looked_at);
  next_start_ = (next_start_ + looked_at) % all.size();
  if (state_.restricted && nodes.size() < all.size()) {
    const auto by = std::ranges::find(plugins(), state_.restricted_by, &Plugin::name) - plugins().begin();
    refused_by_ |= PluginSet{1} << by;
    reasons_.add(fmt::format("node(s) didn't satisfy plugin(s) [{}]", state_.restricted_by),
                 static_cast<std::int64_t>(all.size() - nodes.size()));
  }
}

bool SchedulingCycle::check_node(Cycle& cycle, std::uint32_t slot, Decision* log) {
  for (const auto& [plugin, bit] : filters_) {
    const Code code = plugin->filter(cycle, slot, node_reasons_);
    if (code == Code::kSuccess) continue;
    refused_by_ |= bit;
    for (const api::Symbol reason : node_reasons_) reasons_.add(reason);
    if (code == Code::kUnschedulable) resolvable_.push_back(slot);
    if (log) log->nodes.push_back({cycle.cluster.at(slot).name, plugin->name, node_reasons_, {}, 0});
    node_reasons_.clear();
    return false;
  }
  if (log) log->nodes.push_back({cycle.cluster.at(slot).name, {}, {}, {}, 0});
  return true;
}

void SchedulingCycle::prioritize(Cycle& cycle, Decision* log) {
  totals_.assign(feasible_.size(), 0);
  scores_.resize(feasible_.size());
  for (const Plugin& plugin : plugins()) {
    if (!plugin.score || (plugin.pre_score && !plugin.pre_score(cycle, feasible_))) continue;
    for (std::size_t i = 0; i < feasible_.size(); ++i) scores_[i] = plugin.score(cycle, feasible_[i]);
    if (plugin.normalize) plugin.normalize(cycle, scores_);
    for (std::size_t i = 0; i < feasible_.size(); ++i) totals_[i] += scores_[i] * plugin.weight;
    if (!log) continue;
    std::size_t i = 0;
    for (NodeVerdict& verdict : log->nodes) {
      if (!verdict.refused_by.empty()) continue;
      verdict.scores.emplace_back(plugin.name, scores_[i] * plugin.weight);
      verdict.total = totals_[i++];
    }
  }
}

bool SchedulingCycle::is_in_list_order(RandomStream& ties) const {
  if (search_.ties != TieBreak::kRace) return search_.ties == TieBreak::kPreorder;
  const auto mean = static_cast<double>(search_.nodes_before_race);
  return exponential_unit(ties) * mean > static_cast<double>(filtered_);
}

std::uint32_t SchedulingCycle::select(RandomStream& ties) const {
  const std::int64_t best = *std::ranges::max_element(totals_);
  const auto equal = static_cast<std::uint64_t>(std::ranges::count(totals_, best));
  if (equal > 1 && is_in_list_order(ties)) return feasible_[first_maximum_in_preorder(totals_)];
  std::uint64_t nth = equal == 1 ? 0 : ties.below(equal);
  for (std::size_t i = 0;; ++i) {
    if (totals_[i] == best && nth-- == 0) return feasible_[i];
  }
}

// Where pods of lower priority could be evicted, nothing is said about preemption: the first report of a pod
// that preempts does not mention it either.
std::string SchedulingCycle::refusal_text(const Cycle& cycle) const {
  const auto nodes = static_cast<std::int64_t>(cycle.cluster.order().size());
  const bool never = cycle.info.spec->preemption_policy == api::Symbol("Never");
  const bool has_victims = std::ranges::any_of(resolvable_, [&](std::uint32_t slot) {
    return std::ranges::any_of(cycle.cluster.at(slot).pods, [&](const PodOnNode& pod) {
      return pod.info->priority < cycle.info.priority;
    });
  });
  std::string post_filter;
  if (never) {
    post_filter = kPreemptionNever;
  } else if (!has_victims) {
    post_filter = post_filter_text(nodes, static_cast<std::int64_t>(resolvable_.size()));
  }
  return fit_error(nodes, reasons_, {}, post_filter);
}

}  // namespace seatrial::scheduler
