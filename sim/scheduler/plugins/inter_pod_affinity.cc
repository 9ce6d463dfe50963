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
  return term.matches(pod.namespace_, *pod.labels, cycle.cluster.namespace_labels());
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

// Adds a term's pods by domain, `weight` times.
void add_weights(Cycle& cycle, std::vector<TopologyWeights>& all, api::Symbol key,
                 const std::vector<std::int32_t>& pods, std::int64_t weight) {
  if (pods.empty() || weight == 0) return;
  weight_at(cycle, all, key, 0);  // there from now on
  std::vector<std::int64_t>& weights = std::ranges::find(all, key, &TopologyWeights::key)->weights;
  for (std::size_t d = 0; d < pods.size(); ++d) weights[d] += pods[d] * weight;
}

// The counts of pods on nodes that all of `who` select.
AffinityCounts counts_of(Cycle& cycle, const AffinityTerm& term, std::span<const PodFilter* const> who) {
  const TopologyColumn& column = cycle.cluster.topology(term.topology_key);
  PodRow& row = cycle.cluster.pods_matching(who, true);
  const std::vector<std::int32_t>& pods = cycle.cluster.by_domain(row, term.topology_key);
  return {&term, column.domain.data(), std::vector<std::int64_t>(pods.begin(), pods.end())};
}

// Pods that match all of the pod's affinity terms, or one of its anti-affinity terms.
void count_own(Cycle& cycle) {
  CycleState& state = cycle.state;
  std::vector<const PodFilter*> all;
  for (const AffinityTerm& term : cycle.info.required_affinity) all.push_back(&term.who);
  for (const AffinityTerm& term : cycle.info.required_affinity) {
    const AffinityCounts& counts = state.affinity.emplace_back(counts_of(cycle, term, all));
    for (const std::int64_t count : counts.counts) state.affinity_matches += count;
  }
  for (const AffinityTerm& term : cycle.info.required_anti_affinity) {
    const PodFilter* const who = &term.who;
    state.anti_affinity.push_back(counts_of(cycle, term, {&who, 1}));
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
  state.affinity.clear();
  state.anti_affinity.clear();
  state.affinity_matches = 0;
  if (!own && cycle.cluster.pods_with_affinity() == 0) return false;
  state.matches_own_affinity =
      std::ranges::all_of(cycle.info.required_affinity,
                          [&](const AffinityTerm& term) { return matches(cycle, term, cycle.info); });
  for (const std::uint32_t number : cycle.cluster.terms_matching(cycle.shared_info)) {
    const TermCounts::Term& term = cycle.cluster.term(number);
    if (term.kind != TermKind::kRequiredAntiAffinity || term.pods.empty()) continue;
    add_weights(cycle, state.existing_anti_affinity, term.term.topology_key,
                cycle.cluster.term_by_domain(number), 1);
  }
  count_own(cycle);
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

// What a term of a pod on a node adds for a pod that it matches.
std::int64_t weight_of(const Cycle& cycle, const TermCounts::Term& term) {
  const bool preferred = !cycle.config.ignore_preferred_terms_of_existing_pods;
  switch (term.kind) {
    case TermKind::kRequiredAffinity:
      return cycle.config.hard_pod_affinity_weight;
    case TermKind::kPreferredAffinity:
      return preferred ? term.term.weight : 0;
    case TermKind::kPreferredAntiAffinity:
      return preferred ? -term.term.weight : 0;
    case TermKind::kRequiredAntiAffinity:
      break;
  }
  return 0;
}

void weigh_own(Cycle& cycle, const AffinityTerm& term, std::int64_t weight) {
  const PodFilter* const who = &term.who;
  PodRow& row = cycle.cluster.pods_matching({&who, 1}, true);
  add_weights(cycle, cycle.state.topology_weights, term.topology_key,
              cycle.cluster.by_domain(row, term.topology_key), weight);
}

bool pre_score(Cycle& cycle, std::span<const std::uint32_t>) {
  cycle.state.topology_weights.clear();
  const bool own = !cycle.info.preferred_affinity.empty() || !cycle.info.preferred_anti_affinity.empty();
  if (!own && cycle.cluster.pods_with_affinity() == 0) return false;
  for (const AffinityTerm& term : cycle.info.preferred_affinity) weigh_own(cycle, term, term.weight);
  for (const AffinityTerm& term : cycle.info.preferred_anti_affinity) weigh_own(cycle, term, -term.weight);
  for (const std::uint32_t number : cycle.cluster.terms_matching(cycle.shared_info)) {
    const TermCounts::Term& term = cycle.cluster.term(number);
    if (term.pods.empty()) continue;
    add_weights(cycle, cycle.state.topology_weights, term.term.topology_key,
                cycle.cluster.term_by_domain(number), weight_of(cycle, term));
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
