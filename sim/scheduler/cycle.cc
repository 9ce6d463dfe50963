#include "sim/scheduler/cycle.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/distributions.h"

namespace seatrial::scheduler {

Outcome SchedulingCycle::run(const CycleInput& input, ClusterState& cluster, RandomStream& ties,
                             Decision* log) {
  state_.restricted = false;
  state_.only_nodes.clear();
  state_.refusal.clear();
  feasible_.clear();
  resolvable_.clear();
  reasons_.clear();
  refused_by_ = 0;
  filtered_ = 0;
  if (search_.remember) {
    cluster.trim();
  } else {
    cluster.forget_counts();
  }
  if (cluster.order().empty()) {
    Outcome none;
    none.message = "no nodes available to schedule pods";
    none.nominated = api::Symbol();
    return none;
  }
  Cycle cycle{input.pod,
              input.info,
              *input.info,
              cluster,
              input.profile,
              input.profile.config,
              input.default_constraints,
              state_};
  if (filter_.prepare(cycle, search_.remember && !log)) {
    if (!fits_nominated_node(cycle, log)) find_feasible(cycle, log);
  } else {
    refused_by_ = filter_.refusal().bit;
    if (state_.refusal_code == Code::kUnschedulable) resolvable_ = cluster.order();
  }
  Outcome outcome;
  if (feasible_.empty()) {
    outcome = fail(cycle, input, ties);
  } else if (feasible_.size() == 1) {
    outcome.slot = feasible_.front();  // unscored
  } else {
    prioritize(cycle, log);
    outcome.slot = select(ties);
  }
  outcome.nodes_filtered = filtered_;
  return outcome;
}

Outcome SchedulingCycle::fail(Cycle& cycle, const CycleInput& input, RandomStream& random) {
  Outcome outcome;
  outcome.refused_by = refused_by_;
  filter_.stop_remembering();
  if (!cycle.profile.preempts) {
    outcome.nominated = api::Symbol();
    outcome.message = fit_error(static_cast<std::int64_t>(cycle.cluster.order().size()), reasons_,
                                state_.refusal, post_filter_text({}, cycle.profile.allocates_devices));
    return outcome;
  }
  Preemption preemption =
      preempt(cycle, filter_, resolvable_, input.preemption, cycle.profile.preemption, random);
  if (preemption.slot != kNoSlot) {
    outcome.nominated = cycle.cluster.at(preemption.slot).name;
    outcome.victims = std::move(preemption.victims);
  } else if (!preemption.keeps_nomination) {
    outcome.nominated = api::Symbol();
  }
  const std::string post_filter = preemption.message.empty()
                                      ? std::string()
                                      : post_filter_text(preemption.message, cycle.profile.allocates_devices);
  outcome.message = fit_error(static_cast<std::int64_t>(cycle.cluster.order().size()), reasons_,
                              state_.refusal, post_filter);
  return outcome;
}

// Tried first, and alone.
bool SchedulingCycle::fits_nominated_node(Cycle& cycle, Decision* log) {
  const api::Symbol name = cycle.pod.status.nominated_node_name;
  const std::uint32_t slot = name.empty() ? kNoSlot : cycle.cluster.find(name);
  if (slot == kNoSlot || !cycle.cluster.at(slot).node) return false;
  ++filtered_;
  if (filter_.check(cycle, slot) != Code::kSuccess) {
    refused_by_ |= filter_.refusal().bit;
    return false;
  }
  if (log) log->nodes.push_back({name, {}, {}, {}, 0});
  feasible_.push_back(slot);
  return true;
}

void SchedulingCycle::find_feasible(Cycle& cycle, Decision* log) {
  const std::vector<std::uint32_t>& all = cycle.cluster.order();
  const std::vector<std::uint32_t>& nodes = state_.restricted ? state_.only_nodes : all;
  const auto wanted = static_cast<std::size_t>(num_feasible_nodes_to_find(
      cycle.profile.percentage_of_nodes_to_score.value_or(search_.percentage_of_nodes_to_score),
      static_cast<std::int64_t>(nodes.size())));
  std::size_t at = nodes.empty() ? 0 : next_start_ % nodes.size(), looked_at = 0;
  for (; looked_at < nodes.size() && feasible_.size() < wanted; ++looked_at) {
    if (check_node(cycle, nodes[at], log)) feasible_.push_back(nodes[at]);
    if (++at == nodes.size()) at = 0;
  }
  filtered_ += static_cast<std::int64_t>(looked_at);
  next_start_ = (next_start_ + looked_at) % all.size();
  if (state_.restricted && nodes.size() < all.size()) refuse_the_others(cycle);
}

// Those that a PreFilter plugin did not name.
void SchedulingCycle::refuse_the_others(const Cycle& cycle) {
  const auto by = std::ranges::find(plugins(), state_.restricted_by, &Plugin::name) - plugins().begin();
  refused_by_ |= PluginSet{1} << by;
  reasons_.add(fmt::format("node(s) didn't satisfy plugin(s) [{}]", state_.restricted_by),
               static_cast<std::int64_t>(cycle.cluster.order().size() - state_.only_nodes.size()));
}

bool SchedulingCycle::check_node(Cycle& cycle, std::uint32_t slot, Decision* log) {
  const Code code = filter_.check(cycle, slot);
  const bool fits = code == Code::kSuccess;
  if (!fits) {
    refused_by_ |= filter_.refusal().bit;
    for (const api::Symbol reason : filter_.refusal().reasons) reasons_.add(reason);
    if (code == Code::kUnschedulable) resolvable_.push_back(slot);
  }
  if (!log) return fits;
  NodeVerdict& verdict = log->nodes.emplace_back();
  verdict.node = cycle.cluster.at(slot).name;
  if (fits) return true;
  verdict.refused_by = filter_.refusal().by->name;
  verdict.reasons = filter_.refusal().reasons;
  return false;
}

void SchedulingCycle::prioritize(Cycle& cycle, Decision* log) {
  totals_.assign(feasible_.size(), 0);
  scores_.resize(feasible_.size());
  if (filter_.remembers()) add_local_scores(cycle);
  for (const Profile::Use& use : cycle.profile.scorers) {
    const Plugin& plugin = *use.plugin;
    if (plugin.local && filter_.remembers()) continue;
    if (plugin.pre_score && !plugin.pre_score(cycle, feasible_)) continue;
    for (std::size_t i = 0; i < feasible_.size(); ++i) scores_[i] = plugin.score(cycle, feasible_[i]);
    add_scores(cycle, use);
    if (log) log_scores(use, *log);
  }
}

void SchedulingCycle::add_local_scores(const Cycle& cycle) {
  for (std::size_t i = 0; i < feasible_.size(); ++i) totals_[i] = filter_.local(feasible_[i]).sum;
  for (const NodeFilter::LocalScorer& scorer : filter_.normalized_locals()) {
    for (std::size_t i = 0; i < feasible_.size(); ++i)
      scores_[i] = filter_.local(feasible_[i]).raw[scorer.raw];
    add_scores(cycle, scorer.use);
  }
}

void SchedulingCycle::add_scores(const Cycle& cycle, const Profile::Use& use) {
  if (use.plugin->normalize) use.plugin->normalize(cycle, scores_);
  for (std::size_t i = 0; i < feasible_.size(); ++i) totals_[i] += scores_[i] * use.weight;
}

void SchedulingCycle::log_scores(const Profile::Use& use, Decision& log) const {
  std::size_t i = 0;
  for (NodeVerdict& verdict : log.nodes) {
    if (!verdict.refused_by.empty()) continue;
    verdict.scores.emplace_back(use.plugin->name, scores_[i] * use.weight);
    verdict.total = totals_[i++];
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

}  // namespace seatrial::scheduler
