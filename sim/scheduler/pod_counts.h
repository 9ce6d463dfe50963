// How many of the pods on nodes match, by node and by domain of a topology: what spreading and pod affinity
// ask. A question is followed from its first time on: each pod that comes or goes changes its counts.
//
// Invariants: a row's counts are those of the pods that were added and not removed, whatever was asked in
// between; forgetting rows (clear, trim, copies) changes no answer. Only questions that were asked lately are
// kept.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/scheduler/forgotten.h"
#include "sim/scheduler/pod_info.h"
#include "sim/scheduler/topology.h"

namespace seatrial::scheduler {

// Pods that all of these select, on nodes.
struct PodQuestion {
  std::vector<PodFilter> all_of;
  bool with_terminating = false;
  bool operator==(const PodQuestion&) const = default;
};

// The counts of one question.
struct PodRow {
  PodQuestion question;
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
  // Visits each pod on a node: its info, its slot and whether it is terminating.
  using Visit = std::function<void(const PodInfo&, std::uint32_t, bool)>;
  using EachPod = std::function<void(const Visit&)>;

  // Stays where it is until trim() or clear(). `slots`: how many there are.
  PodRow& row(const PodQuestion& question, std::size_t slots, const NamespaceLabels& namespaces,
              const EachPod& each_pod);
  const std::vector<std::int32_t>& by_domain(PodRow& row, api::Symbol key, Topology& topology);

  void count(const PodInfoPtr& info, std::uint32_t slot, bool terminating, std::int32_t sign,
             const Topology& topology, const NamespaceLabels& namespaces);
  void add_slot();
  // Forgets what was not asked for lately, if it is too much. REQUIRES: no row is held.
  void trim();
  void clear();

 private:
  struct QuestionHash {
    std::size_t operator()(const PodQuestion& question) const;
  };
  struct Matched {  // the rows that an info matches
    PodInfoPtr info;
    std::size_t looked_at = 0;  // of rows_
    std::vector<std::uint32_t> rows;
  };
  const Matched& matched(const PodInfoPtr& info, const NamespaceLabels& namespaces);

  std::vector<std::unique_ptr<PodRow>> rows_;
  std::unordered_map<PodQuestion, std::uint32_t, QuestionHash> numbers_;  // looked up, never iterated
  std::unordered_map<const PodInfo*, Matched> matched_;                   // looked up, never iterated
  std::uint64_t questions_ = 0;
};

}  // namespace seatrial::scheduler
