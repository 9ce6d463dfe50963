// Which nodes a pod may go to: the filters that concern it, node by node; and what would be if other pods
// were on a node, or were not. Sources: pkg/scheduler/framework/runtime/framework.go (RunPreFilterPlugins,
// RunFilterPluginsWithNominatedPods).
#pragma once

#include <span>
#include <vector>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

class NodeFilter {
 public:
  // PreFilter, for the cycle's pod. False: no node can do, and cycle.state says why.
  bool prepare(Cycle& cycle);
  // May the pod go to the node? It must fit beside the pods of at least its priority that are nominated
  // there, and without them too. REQUIRES: prepare(cycle) was true.
  Code check(Cycle& cycle, std::uint32_t slot);
  // Of the last check that refused.
  const Plugin& refused_by() const { return *refused_by_; }
  PluginSet refused_set() const { return refused_set_; }
  std::span<const api::Symbol> reasons() const { return reasons_; }

  // Puts a pod on a node, or takes it off, for cluster and cycle. The caller undoes it.
  void suppose_added(Cycle& cycle, std::uint32_t slot, const PodOnNode& pod) const;
  PodOnNode suppose_removed(Cycle& cycle, std::uint32_t slot, std::uint32_t pod) const;

 private:
  Code run(const Cycle& cycle, std::uint32_t slot);

  std::vector<std::pair<const Plugin*, PluginSet>> filters_;  // that concern the pod, and their bit
  const Plugin* refused_by_ = nullptr;
  PluginSet refused_set_ = 0;
  std::vector<api::Symbol> reasons_;
};

}  // namespace seatrial::scheduler
