// How many of the pods on nodes match, by node and by domain of a topology: what spreading and pod affinity
// ask. A question is followed from its first time on: each pod that comes or goes changes its counts.
//
// Pods are held by template (those that share an info): a new question is put to the templates, and what a
// pod changes is known from its template. Invariants: a row's counts are those of the pods that were added
// and not removed, whatever was asked in between; forgetting (clear, trim, copies) changes no answer.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/scheduler/pod_info.h"
#include "sim/scheduler/topology.h"

namespace seatrial::scheduler {

// Pods on nodes that all of these select.
struct PodQuestion {
  std::span<const PodFilter* const> all_of;
  bool with_terminating = false;
};

// A question and its counts.
struct PodRow {
  std::vector<PodFilter> all_of;
  bool with_terminating = false;
  std::vector<std::int32_t> by_slot;
  struct ByDomain {
    api::Symbol key;
    const TopologyColumn* column = nullptr;
    std::uint64_t version = 0;         // of the topology
    std::vector<std::int32_t> counts;  // by domain
  };
  std::vector<ByDomain> by_domain;
  std::uint64_t last_used = 0;
};

class PodCounts {
 public:
  // Nothing is followed at first, and after clear(): then the owner adds all pods that there are.
  bool is_following() const { return following_; }
  void follow(std::size_t slots);
  void clear() { *this = {}; }

  // Stays where it is until trim() or clear(). REQUIRES: is_following().
  PodRow& row(const PodQuestion& question, const NamespaceLabels& namespaces);
  const std::vector<std::int32_t>& by_domain(PodRow& row, api::Symbol key, Topology& topology);

  void count(const PodInfoPtr& info, std::uint32_t slot, bool terminating, std::int32_t sign,
             const Topology& topology, const NamespaceLabels& namespaces);
  void add_slot();
  // Forgets what was not asked for lately, if it is too much. REQUIRES: no row is held.
  void trim();

 private:
  struct Pods {
    std::int32_t alive = 0, terminating = 0;
  };
  struct Template {
    PodInfoPtr info;
    std::map<std::uint32_t, Pods> pods;  // by slot
    std::size_t looked_at = 0;           // of rows_
    std::vector<std::uint32_t> rows;     // that its pods count in
  };
  Template& template_of(const PodInfoPtr& info, const NamespaceLabels& namespaces);

  bool following_ = false;
  std::size_t slots_ = 0, empty_templates_ = 0;
  std::vector<std::unique_ptr<PodRow>> rows_;
  std::unordered_multimap<std::size_t, std::uint32_t> row_numbers_;  // by hash; looked up, never iterated
  std::vector<std::unique_ptr<Template>> templates_;
  std::unordered_map<const PodInfo*, std::uint32_t> template_numbers_;  // looked up, never iterated
  std::uint64_t questions_ = 0;
};

}  // namespace seatrial::scheduler
