// PodTopologySpread: keeps the pods that match a selector even over the domains of a topology key. Pods
// without constraints of their own are spread softly by host (skew 3) and zone (skew 5), together with the
// pods of their Services and their ReplicaSet.
//
// Example (soft, by host, 2 candidates, counts 4 and 2, skew 1): weight ln(2 + 2) = 1.386, raw 6 and 3,
// normalized 100·(6 + 3 − 6)/6 = 50 and 100·(6 + 3 − 3)/6 = 100. Source:
// pkg/scheduler/framework/plugins/podtopologyspread; reference §5.4, §5.5.
#include <algorithm>
#include <limits>

#include "sim/scheduler/plugins/taints.h"

namespace seatrial::scheduler {

namespace {

const api::Symbol kHostname("kubernetes.io/hostname"), kZone("topology.kubernetes.io/zone");

// Buffers of a term are used again; `size` of `terms` are valid afterwards.
void bind_terms(Cycle& cycle, const std::vector<SpreadConstraint>& constraints,
                std::vector<SpreadTerm>& terms, std::size_t& size) {
  size = constraints.size();
  if (terms.size() < size) terms.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    SpreadTerm& term = terms[i];
    const SpreadConstraint& constraint = constraints[i];
    term.constraint = &constraint;
    term.column = &cycle.cluster.topology(constraint.topology_key);
    term.domain = term.column->domain.data();
    term.by_node = constraint.topology_key == kHostname;
    term.self_match = constraint.who.pods.matches(*cycle.info.labels);
    // An empty selector counts nothing, although it matches everything.
    const bool counts_nothing = constraint.who.pods.nothing || constraint.who.pods.selector.empty();
    const PodFilter* const who = &constraint.who;
    term.row = counts_nothing ? nullptr : &cycle.cluster.pods_matching({&who, 1}, false);
    term.counts.assign(term.column->size() + 1, -1);
  }
}

std::size_t domain_index(const SpreadTerm& term, std::uint32_t slot) {
  const std::int32_t domain = term.domain[slot];
  return domain < 0 ? term.counts.size() - 1 : static_cast<std::size_t>(domain);
}

bool has_all_keys(std::span<const SpreadTerm> terms, std::uint32_t slot) {
  return std::ranges::all_of(terms, [slot](const SpreadTerm& term) { return term.domain[slot] >= 0; });
}

// nodeAffinityPolicy and nodeTaintsPolicy.
bool is_included(const SpreadConstraint& constraint, const PodInfo& pod, const api::Node& node) {
  if (constraint.honor_node_affinity && !matches_required_nodes(pod, node)) return false;
  return !constraint.honor_node_taints || !find_untolerated(node.taints, pod.spec->tolerations);
}

std::int64_t matching(const SpreadTerm& term, std::uint32_t slot) {
  return term.row ? term.row->by_slot[slot] : 0;
}

// Do the nodes of a domain count whatever the pod says about nodes? Then the sums by domain are known.
bool counts_all_nodes(const Cycle& cycle, const SpreadTerm& term) {
  const SpreadConstraint& constraint = *term.constraint;
  return !constraint.honor_node_taints && !(constraint.honor_node_affinity && has_required_nodes(cycle.info));
}
bool all_nodes_have_keys(std::span<const SpreadTerm> terms) {
  return std::ranges::all_of(terms, [](const SpreadTerm& term) { return term.column->nodes_without == 0; });
}

void count_all_nodes(Cycle& cycle, SpreadTerm& term) {
  for (std::size_t d = 0; d < term.column->size(); ++d) {
    if (term.column->nodes[d] > 0) term.counts[d] = 0;
  }
  if (!term.row) return;
  const std::vector<std::int32_t>& pods = cycle.cluster.by_domain(*term.row, term.constraint->topology_key);
  for (std::size_t d = 0; d < pods.size(); ++d) {
    if (term.counts[d] == 0) term.counts[d] = pods[d];
  }
}

void count_included_nodes(Cycle& cycle, std::span<SpreadTerm> terms, SpreadTerm& term) {
  for (const std::uint32_t slot : cycle.cluster.order()) {
    if (!has_all_keys(terms, slot)) continue;
    if (!is_included(*term.constraint, cycle.info, *cycle.cluster.at(slot).node)) continue;
    std::int64_t& count = term.counts[domain_index(term, slot)];
    count = std::max<std::int64_t>(count, 0) + matching(term, slot);
  }
}

// The lowest count of a domain; 0 where there are fewer than minDomains.
void set_min_match(SpreadTerm& term) {
  std::int64_t domains = 0, min = std::numeric_limits<std::int32_t>::max();
  for (const std::int64_t count : term.counts) {
    if (count < 0) continue;
    ++domains;
    min = std::min(min, count);
  }
  term.min_match = domains < term.constraint->min_domains ? 0 : min;
}

// The pod's own; those of the profile where it has none, hard or soft.
bool has_constraints(const PodInfo& info) { return !info.soft_spread.empty() || !info.hard_spread.empty(); }
const std::vector<SpreadConstraint>& hard_constraints(const Cycle& cycle) {
  return has_constraints(cycle.info) ? cycle.info.hard_spread : cycle.default_constraints.hard;
}

bool pre_filter(Cycle& cycle) {
  CycleState& state = cycle.state;
  bind_terms(cycle, hard_constraints(cycle), state.hard, state.hard_size);
  if (state.hard_size == 0) return false;
  const std::span terms = std::span(state.hard).first(state.hard_size);
  const bool all_keys = all_nodes_have_keys(terms);
  for (SpreadTerm& term : terms) {
    if (all_keys && counts_all_nodes(cycle, term)) {
      count_all_nodes(cycle, term);
    } else {
      count_included_nodes(cycle, terms, term);
    }
    set_min_match(term);
  }
  return true;
}

// Unlike the count at the start, this does not ask whether the other pod is terminating.
void update(Cycle& cycle, const PodInfo& other, std::uint32_t slot, std::int64_t sign) {
  const std::span terms = std::span(cycle.state.hard).first(cycle.state.hard_size);
  if (other.namespace_ != cycle.info.namespace_ || !has_all_keys(terms, slot)) return;
  for (SpreadTerm& term : terms) {
    const SpreadConstraint& constraint = *term.constraint;
    if (!constraint.who.pods.matches(*other.labels)) continue;
    if (!is_included(constraint, cycle.info, *cycle.cluster.at(slot).node)) continue;
    std::int64_t& count = term.counts[domain_index(term, slot)];
    count = std::max<std::int64_t>(count, 0) + sign;
    set_min_match(term);
  }
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kReason("node(s) didn't match pod topology spread constraints"),
      kNoLabel("node(s) didn't match pod topology spread constraints (missing required label)");
  for (const SpreadTerm& term : std::span(cycle.state.hard).first(cycle.state.hard_size)) {
    if (term.domain[slot] < 0) {
      reasons.push_back(kNoLabel);
      return Code::kUnresolvable;
    }
    const std::int64_t count = std::max<std::int64_t>(0, term.counts[domain_index(term, slot)]);
    if (count + (term.self_match ? 1 : 0) - term.min_match > term.constraint->max_skew) {
      reasons.push_back(kReason);
      return Code::kUnschedulable;
    }
  }
  return Code::kSuccess;
}

const std::vector<SpreadConstraint>& soft_constraints(Cycle& cycle) {
  const bool own = has_constraints(cycle.info);
  cycle.state.require_all_topologies = own || !cycle.default_constraints.by_system;
  return own ? cycle.info.soft_spread : cycle.default_constraints.soft;
}

// Sums by domain of the candidates' domains.
void count_soft(Cycle& cycle, std::span<SpreadTerm> terms, SpreadTerm& term) {
  const bool need_keys = cycle.state.require_all_topologies;
  if (counts_all_nodes(cycle, term) && (!need_keys || all_nodes_have_keys(terms))) {
    const std::vector<std::int32_t>& pods = cycle.cluster.by_domain(*term.row, term.constraint->topology_key);
    for (std::size_t d = 0; d < pods.size(); ++d) {
      if (term.counts[d] == 0) term.counts[d] = pods[d];
    }
    return;
  }
  for (const std::uint32_t slot : cycle.cluster.order()) {
    if (term.row->by_slot[slot] == 0) continue;
    std::int64_t& count = term.counts[domain_index(term, slot)];
    if (count < 0 || (need_keys && !has_all_keys(terms, slot))) continue;
    if (!is_included(*term.constraint, cycle.info, *cycle.cluster.at(slot).node)) continue;
    count += term.row->by_slot[slot];
  }
}

bool pre_score(Cycle& cycle, std::span<const std::uint32_t> nodes) {
  CycleState& state = cycle.state;
  bind_terms(cycle, soft_constraints(cycle), state.soft, state.soft_size);
  if (state.soft_size == 0) return false;
  const std::span terms = std::span(state.soft).first(state.soft_size);
  std::int64_t scored = 0;
  for (const std::uint32_t slot : nodes) {
    if (state.require_all_topologies && !has_all_keys(terms, slot)) continue;
    ++scored;
    for (SpreadTerm& term : terms) {
      if (!term.by_node) term.counts[domain_index(term, slot)] = 0;
    }
  }
  for (SpreadTerm& term : terms) {
    const auto domains = std::ranges::count_if(term.counts, [](std::int64_t count) { return count >= 0; });
    term.weight = topology_normalizing_weight(term.by_node ? scored : domains);
  }
  for (SpreadTerm& term : terms) {
    if (!term.by_node && term.row) count_soft(cycle, terms, term);
  }
  return true;
}

std::int64_t score(const Cycle& cycle, std::uint32_t slot) {
  const std::span terms = std::span(cycle.state.soft).first(cycle.state.soft_size);
  if (cycle.state.require_all_topologies && !has_all_keys(terms, slot)) return kIgnoredNode;
  double sum = 0;
  for (const SpreadTerm& term : terms) {
    if (term.domain[slot] < 0) continue;
    const std::int64_t count = term.by_node ? matching(term, slot) : term.counts[domain_index(term, slot)];
    sum += spread_score(count, term.constraint->max_skew, term.weight);
  }
  return rounded(sum);
}

void normalize(const Cycle&, std::span<std::int64_t> scores) { normalize_spread_scores(scores); }

template <class Test>
bool any_constraint(const HintContext& context, Test&& test) {
  if (has_constraints(context.info)) return std::ranges::any_of(context.info.hard_spread, test);
  return std::ranges::any_of(context.default_hard, test);
}

bool pod_hint(const HintContext& context, const ClusterEvent& event) {
  const api::Pod& other = event.after ? *event.pod_after() : *event.pod_before();
  if (other.ref() == context.pod.ref()) return true;
  if (other.metadata.namespace_ != context.info.namespace_) return false;
  return any_constraint(context, [&](const SpreadConstraint& constraint) {
    const bool before = event.before && constraint.who.pods.matches(*event.before->metadata.labels);
    const bool after = event.after && constraint.who.pods.matches(*event.after->metadata.labels);
    return before != after;
  });
}

bool node_hint(const HintContext& context, const ClusterEvent& event) {
  const auto has_keys = [&](const api::ObjectPtr& node) {
    return node && !any_constraint(context, [&](const SpreadConstraint& constraint) {
             return !node->metadata.labels->contains(constraint.topology_key);
           });
  };
  const bool before = has_keys(event.before), after = has_keys(event.after);
  if (before != after) return true;
  if (!before) return false;
  if (event.kinds & kNodeTaint) return true;
  return any_constraint(context, [&](const SpreadConstraint& constraint) {
    return event.before->metadata.labels->get(constraint.topology_key) !=
           event.after->metadata.labels->get(constraint.topology_key);
  });
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  constexpr std::uint32_t kPodEvents = kAssignedPodAdd | kAssignedPodDelete | kPodLabel | kPodToleration;
  return event.kinds & kPodEvents ? pod_hint(context, event) : node_hint(context, event);
}

}  // namespace

const Plugin kPodTopologySpreadPlugin = {.name = "PodTopologySpread",
                                         .weight = 2,
                                         .pre_filter = pre_filter,
                                         .filter = filter,
                                         .update = update,
                                         .pre_score = pre_score,
                                         .score = score,
                                         .normalize = normalize,
                                         .events = kAssignedPodAdd | kAssignedPodDelete | kPodLabel |
                                                   kPodToleration | kNodeAdd | kNodeDelete | kNodeLabel |
                                                   kNodeTaint,
                                         .hint = hint};

}  // namespace seatrial::scheduler
