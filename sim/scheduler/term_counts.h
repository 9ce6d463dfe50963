// The affinity terms of the pods on nodes, equal ones once, with how many pods have them where: what
// InterPodAffinity asks about the terms of others that may match a pod. Source:
// pkg/scheduler/framework/types.go (PodInfo's affinity terms), plugins/interpodaffinity.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/scheduler/forgotten.h"
#include "sim/scheduler/pod_info.h"
#include "sim/scheduler/topology.h"

namespace seatrial::scheduler {

enum class TermKind : std::uint8_t {
  kRequiredAffinity,
  kRequiredAntiAffinity,
  kPreferredAffinity,
  kPreferredAntiAffinity
};

class TermCounts {
 public:
  struct Term {
    TermKind kind{};
    AffinityTerm term;
    std::map<std::uint32_t, std::int32_t> pods;  // by slot; no zeros
    // By domain of the term's key, as of that version of the topology.
    std::vector<std::int32_t> by_domain;
    std::uint64_t version = 0;
  };

  void count(const PodInfoPtr& info, std::uint32_t slot, std::int32_t sign, Topology& topology);
  // The namespaces' labels have changed.
  void forget_matches() { matched_->clear(); }

  // The terms that some pod has and that match this one, as numbers for at().
  const std::vector<std::uint32_t>& matching(const PodInfoPtr& info, const NamespaceLabels& namespaces);
  const Term& at(std::uint32_t number) const { return terms_[number]; }
  const std::vector<std::int32_t>& by_domain(std::uint32_t number, Topology& topology);
  std::int64_t pods_with_terms() const { return pods_with_terms_; }

 private:
  struct Matched {
    PodInfoPtr info;
    std::size_t looked_at = 0;  // of terms_
    std::vector<std::uint32_t> terms;
  };
  std::uint32_t number_of(TermKind kind, const AffinityTerm& term);
  const std::vector<std::uint32_t>& own_terms(const PodInfoPtr& info);

  struct TermKey {
    TermKind kind{};
    AffinityTerm term;
    bool operator==(const TermKey&) const = default;
  };
  struct TermHash {
    std::size_t operator()(const TermKey& key) const;
  };
  struct Own {
    PodInfoPtr info;
    std::vector<std::uint32_t> terms;
  };

  std::vector<Term> terms_;  // those that nobody has any more stay, without pods
  std::unordered_map<TermKey, std::uint32_t, TermHash> numbers_;  // looked up, never iterated
  Forgotten<std::unordered_map<const PodInfo*, Own>> own_;        // looked up, never iterated
  Forgotten<std::unordered_map<const PodInfo*, Matched>> matched_;
  std::int64_t pods_with_terms_ = 0;
};

}  // namespace seatrial::scheduler
