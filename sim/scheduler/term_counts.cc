#include "sim/scheduler/term_counts.h"

namespace seatrial::scheduler {

namespace {

constexpr std::size_t kMaxRemembered = 8192;

}  // namespace

std::size_t TermCounts::TermHash::operator()(const TermKey& key) const {
  return (hash_of(key.term.who) * 31 + std::hash<const void*>()(&key.term.topology_key.str())) * 31 +
         static_cast<std::size_t>(key.term.weight) * 4 + static_cast<std::size_t>(key.kind);
}

std::uint32_t TermCounts::number_of(TermKind kind, const AffinityTerm& term) {
  const auto [at, is_new] = numbers_.try_emplace({kind, term}, static_cast<std::uint32_t>(terms_.size()));
  if (is_new) terms_.push_back({kind, term, {}, {}, 0});
  return at->second;
}

const std::vector<std::uint32_t>& TermCounts::own_terms(const PodInfoPtr& info) {
  if (own_->size() > kMaxRemembered) own_->clear();
  const auto [at, is_new] = own_->try_emplace(info.get());
  Own& own = at->second;
  if (!is_new) return own.terms;
  own.info = info;
  for (const AffinityTerm& term : info->required_affinity)
    own.terms.push_back(number_of(TermKind::kRequiredAffinity, term));
  for (const AffinityTerm& term : info->required_anti_affinity)
    own.terms.push_back(number_of(TermKind::kRequiredAntiAffinity, term));
  for (const AffinityTerm& term : info->preferred_affinity)
    own.terms.push_back(number_of(TermKind::kPreferredAffinity, term));
  for (const AffinityTerm& term : info->preferred_anti_affinity)
    own.terms.push_back(number_of(TermKind::kPreferredAntiAffinity, term));
  return own.terms;
}

void TermCounts::count(const PodInfoPtr& info, std::uint32_t slot, std::int32_t sign, Topology& topology) {
  if (!info->has_affinity_terms) return;
  pods_with_terms_ += sign;
  for (const std::uint32_t number : own_terms(info)) {
    Term& term = terms_[number];
    const auto at = term.pods.try_emplace(slot, 0).first;
    if ((at->second += sign) == 0) term.pods.erase(at);
    if (term.version != topology.version() || term.by_domain.empty()) continue;
    const std::int32_t domain = topology.column(term.term.topology_key).domain[slot];
    if (domain >= 0) term.by_domain[static_cast<std::size_t>(domain)] += sign;
  }
}

const std::vector<std::uint32_t>& TermCounts::matching(const PodInfoPtr& info,
                                                       const NamespaceLabels& namespaces) {
  if (matched_->size() > kMaxRemembered) matched_->clear();
  Matched& known = (*matched_)[info.get()];
  known.info = info;
  for (; known.looked_at < terms_.size(); ++known.looked_at) {
    if (terms_[known.looked_at].term.matches(info->namespace_, *info->labels, namespaces))
      known.terms.push_back(static_cast<std::uint32_t>(known.looked_at));
  }
  return known.terms;
}

const std::vector<std::int32_t>& TermCounts::by_domain(std::uint32_t number, Topology& topology) {
  Term& term = terms_[number];
  const TopologyColumn& column = topology.column(term.term.topology_key);
  if (term.version == topology.version() && term.by_domain.size() == column.size()) return term.by_domain;
  term.version = topology.version();
  term.by_domain.assign(column.size(), 0);
  for (const auto& [slot, count] : term.pods) {
    const std::int32_t domain = column.domain[slot];
    if (domain >= 0) term.by_domain[static_cast<std::size_t>(domain)] += count;
  }
  return term.by_domain;
}

}  // namespace seatrial::scheduler
