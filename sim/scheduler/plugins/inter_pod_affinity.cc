// InterPodAffinity: pods that want to be, or must not be, where certain other pods are.
//
// Example (preferred anti-affinity 100 by zone; two matching pods in zone a, one in b, none in c): −200,
// −100, 0, normalized 0, 50, 100. Source: pkg/scheduler/framework/plugins/interpodaffinity; reference §5.4,
// §5.5.
#include <algorithm>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

namespace {

bool matches(const Cycle& cycle, const AffinityTerm& term, const PodInfo& pod) {
  return term.matches(pod.namespace_, *pod.labels, cycle.cluster.namespace_labels);
}

std::int64_t& weight_at(Cycle& cycle, std::vector<TopologyWeights>& all, api::Symbol key,
                        std::int32_t domain) {
  auto at = std::ranges::find(all, key, &TopologyWeights::key);
  if (at == all.end()) {
    const TopologyColumn& column = cycle.cluster.topology(key);
    at = all.insert(all.end(), {key, column.domain.data(), std::vector<std::int64_t>(column.size())});
  }
  return at->weights[static_cast<std::size_t>(domain)];
}

void add_weight(Cycle& cycle, std::vector<TopologyWeights>& all, const AffinityTerm& term, std::uint32_t slot,
                std::int64_t weight) {
  const std::int32_t domain = cycle.cluster.topology(term.topology_key).domain[slot];
  if (domain >= 0 && weight != 0) weight_at(cycle, all, term.topology_key, domain) += weight;
}

void bind_terms(Cycle& cycle, const std::vector<AffinityTerm>& terms, std::vector<AffinityCounts>& counts) {
  counts.clear();
  for (const AffinityTerm& term : terms) {
    const TopologyColumn& column = cycle.cluster.topology(term.topology_key);
    counts.push_back({&term, column.domain.data(), std::vector<std::int64_t>(column.size())});
  }
}

void count(AffinityCounts& counts, std::uint32_t slot, std::int64_t sign, std::int64_t& total) {
  if (counts.domain[slot] < 0) return;
  counts.counts[static_cast<std::size_t>(counts.domain[slot])] += sign;
  total += sign;
}

// Existing pods that match all of the pod's affinity terms, or one of its anti-affinity terms.
void count_incoming(Cycle& cycle, const PodInfo& existing, std::uint32_t slot, std::int64_t sign) {
  CycleState& state = cycle.state;
  const auto matched = [&](const AffinityCounts& counts) { return matches(cycle, *counts.term, existing); };
  if (!state.affinity.empty() && std::ranges::all_of(state.affinity, matched)) {
    for (AffinityCounts& counts : state.affinity) count(counts, slot, sign, state.affinity_matches);
  }
  std::int64_t ignored = 0;
  for (AffinityCounts& counts : state.anti_affinity) {
    if (matched(counts)) count(counts, slot, sign, ignored);
  }
}

void update(Cycle& cycle, const PodInfo& other, std::uint32_t slot, std::int64_t sign) {
  for (const AffinityTerm& term : other.required_anti_affinity) {
    if (matches(cycle, term, cycle.info)) {
      add_weight(cycle, cycle.state.existing_anti_affinity, term, slot, sign);
    }
  }
  count_incoming(cycle, other, slot, sign);
}

bool pre_filter(Cycle& cycle) {
  CycleState& state = cycle.state;
  const bool own = !cycle.info.required_affinity.empty() || !cycle.info.required_anti_affinity.empty();
  state.existing_anti_affinity.clear();
  state.affinity_matches = 0;
  bind_terms(cycle, cycle.info.required_affinity, state.affinity);
  bind_terms(cycle, cycle.info.required_anti_affinity, state.anti_affinity);
  if (!own && cycle.cluster.pods_with_affinity() == 0) return false;
  state.matches_own_affinity =
      std::ranges::all_of(cycle.info.required_affinity,
                          [&](const AffinityTerm& term) { return matches(cycle, term, cycle.info); });
  for (const std::uint32_t slot : cycle.cluster.order()) {
    const NodeInfo& node = cycle.cluster.at(slot);
    if (!own && node.pods_with_affinity == 0) continue;
    for (const PodOnNode& existing : node.pods) update(cycle, *existing.info, slot, 1);
  }
  return own || !state.existing_anti_affinity.empty();
}

bool satisfies_affinity(const CycleState& state, std::uint32_t slot) {
  bool exists = true;
  for (const AffinityCounts& counts : state.affinity) {
    if (counts.domain[slot] < 0) return false;
    if (counts.counts[static_cast<std::size_t>(counts.domain[slot])] == 0) exists = false;
  }
  // The first pod of a series that wants to be with its own kind.
  return exists || (state.affinity_matches == 0 && state.matches_own_affinity);
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  static const api::Symbol kAffinity("node(s) didn't match pod affinity rules"),
      kAntiAffinity("node(s) didn't match pod anti-affinity rules"),
      kExisting("node(s) didn't satisfy existing pods anti-affinity rules");
  if (!satisfies_affinity(cycle.state, slot)) {
    reasons.push_back(kAffinity);
    return Code::kUnresolvable;
  }
  for (const AffinityCounts& counts : cycle.state.anti_affinity) {
    if (counts.domain[slot] >= 0 && counts.counts[static_cast<std::size_t>(counts.domain[slot])] > 0) {
      reasons.push_back(kAntiAffinity);
      return Code::kUnschedulable;
    }
  }
  for (const TopologyWeights& existing : cycle.state.existing_anti_affinity) {
    if (existing.domain[slot] >= 0 && existing.weights[static_cast<std::size_t>(existing.domain[slot])] > 0) {
      reasons.push_back(kExisting);
      return Code::kUnschedulable;
    }
  }
  return Code::kSuccess;
}

void weigh_existing(Cycle& cycle, const PodInfo& existing, std::uint32_t slot) {
  auto& weights = cycle.state.topology_weights;
  for (const AffinityTerm& term : cycle.info.preferred_affinity) {
    if (matches(cycle, term, existing)) add_weight(cycle, weights, term, slot, term.weight);
  }
  for (const AffinityTerm& term : cycle.info.preferred_anti_affinity) {
    if (matches(cycle, term, existing)) add_weight(cycle, weights, term, slot, -term.weight);
  }
  for (const AffinityTerm& term : existing.required_affinity) {
    if (matches(cycle, term, cycle.info)) {
      add_weight(cycle, weights, term, slot, cycle.config.hard_pod_affinity_weight);
    }
  }
  for (const AffinityTerm& term : existing.preferred_affinity) {
    if (matches(cycle, term, cycle.info)) add_weight(cycle, weights, term, slot, term.weight);
  }
  for (const AffinityTerm& term : existing.preferred_anti_affinity) {
    if (matches(cycle, term, cycle.info)) add_weight(cycle, weights, term, slot, -term.weight);
  }
}

bool pre_score(Cycle& cycle, std::span<const std::uint32_t>) {
  cycle.state.topology_weights.clear();
  const bool own = !cycle.info.preferred_affinity.empty() || !cycle.info.preferred_anti_affinity.empty();
  if (!own && cycle.cluster.pods_with_affinity() == 0) return false;
  for (const std::uint32_t slot : cycle.cluster.order()) {
    const NodeInfo& node = cycle.cluster.at(slot);
    if (!own && node.pods_with_affinity == 0) continue;
    for (const PodOnNode& existing : node.pods) {
      if (own || existing.info->has_affinity_terms) weigh_existing(cycle, *existing.info, slot);
    }
  }
  return !cycle.state.topology_weights.empty();
}

std::int64_t score(const Cycle& cycle, std::uint32_t slot) {
  std::int64_t sum = 0;
  for (const TopologyWeights& weights : cycle.state.topology_weights) {
    if (weights.domain[slot] >= 0) sum += weights.weights[static_cast<std::size_t>(weights.domain[slot])];
  }
  return sum;
}

void normalize(const Cycle&, std::span<std::int64_t> scores) { normalize_affinity_scores(scores); }

bool hint(const HintContext& context, const ClusterEvent& event) {
  constexpr std::uint32_t kPodEvents = kAssignedPodAdd | kAssignedPodDelete | kPodLabel;
  const PodInfo& info = context.info;
  if (!(event.kinds & kPodEvents)) return true;  // a node with other labels may open a domain
  const api::Pod& other = event.after ? *event.pod_after() : *event.pod_before();
  if (other.ref() == context.pod.ref()) return true;
  const auto concerns = [&](const std::vector<AffinityTerm>& terms, const api::ObjectPtr& pod) {
    return pod && std::ranges::any_of(terms, [&](const AffinityTerm& term) {
             return term.matches(pod->metadata.namespace_, *pod->metadata.labels, context.namespaces);
           });
  };
  if (concerns(info.required_affinity, event.after) && !concerns(info.required_affinity, event.before))
    return true;
  if (concerns(info.required_anti_affinity, event.before) &&
      !concerns(info.required_anti_affinity, event.after)) {
    return true;
  }
  if (event.after) return false;
  const PodInfo gone = make_pod_info(*event.pod_before());
  return std::ranges::any_of(gone.required_anti_affinity, [&](const AffinityTerm& term) {
    return term.matches(info.namespace_, *info.labels, context.namespaces);
  });
}

}  // namespace

const Plugin kInterPodAffinityPlugin = {
    .name = "InterPodAffinity",
    .weight = 2,
    .pre_filter = pre_filter,
    .filter = filter,
    .update = update,
    .pre_score = pre_score,
    .score = score,
    .normalize = normalize,
    .events = kAssignedPodAdd | kAssignedPodDelete | kPodLabel | kNodeAdd | kNodeLabel,
    .hint = hint};

}  // namespace seatrial::scheduler
