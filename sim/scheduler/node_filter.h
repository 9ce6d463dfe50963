// Which nodes a pod may go to: the filters that concern it, node by node; and what would be if other pods
// were on a node, or were not. Sources: pkg/scheduler/framework/runtime/framework.go (RunPreFilterPlugins,
// RunFilterPluginsWithNominatedPods).
#pragma once

#include <span>
#include <vector>

#include "sim/scheduler/local_results.h"

namespace seatrial::scheduler {

class NodeFilter {
 public:
  // PreFilter, for the cycle's pod. False: no node can do, and cycle.state says why. `remember`: local
  // filters and scores are looked up where they are known.
  bool prepare(Cycle& cycle, bool remember);
  // May the pod go to the node? It must fit beside the pods of at least its priority that are nominated
  // there, and without them too. REQUIRES: prepare(cycle) was true.
  Code check(Cycle& cycle, std::uint32_t slot);
  // Of the last check that refused.
  const Refusal& refusal() const { return *refusal_; }

  // Scores of local plugins, of nodes that passed check(); false where nothing is remembered in this cycle.
  struct LocalScorer {
    Profile::Use use;
    std::size_t raw = 0;  // of LocalResult
  };
  bool remembers() const { return results_ != nullptr; }
  const LocalResult& local(std::uint32_t slot) const { return results_[slot]; }
  std::span<const LocalScorer> normalized_locals() const { return normalized_; }
  // For the rest of the cycle everything is worked out anew: the cluster is only supposed to be as it is.
  void stop_remembering() { results_ = nullptr; }

  // Puts a pod on a node, or takes it off, for cluster and cycle. The caller undoes it.
  void suppose_added(Cycle& cycle, std::uint32_t slot, const PodOnNode& pod) const;
  PodOnNode suppose_removed(Cycle& cycle, std::uint32_t slot, std::uint32_t pod) const;

 private:
  Code run(const Cycle& cycle, std::uint32_t slot);
  Code run_filters(const Cycle& cycle, std::uint32_t slot, std::size_t from, std::size_t to);
  void prepare_local(Cycle& cycle);
  const LocalResult& updated_local(const Cycle& cycle, std::uint32_t slot);

  std::vector<std::pair<const Plugin*, PluginSet>> filters_;  // that concern the pod, and their bit
  std::size_t local_filters_ = 0;                             // the first so many are local
  std::vector<Profile::Use> summed_;                          // local scorers, by how their scores are kept
  std::vector<LocalScorer> normalized_;
  LocalResult* results_ = nullptr;  // of the cycle's template
  Forgotten<LocalResults> memory_;
  Refusal found_;
  const Refusal* refusal_ = nullptr;
};

}  // namespace seatrial::scheduler
