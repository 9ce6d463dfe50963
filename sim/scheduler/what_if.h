// What would fit where: a copy of a scheduler's picture of the cluster, to which nodes and pods are added and
// from which they are taken, and the scheduler's own filters on it. Autoscalers decide by it.
//
// Pods that are placed here count for those that come after them, as bound ones do. Source:
// cluster-autoscaler/simulator (PredicateChecker, ClusterSnapshot); karpenter
// pkg/controllers/provisioning/scheduling.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "sim/scheduler/node_filter.h"

namespace seatrial::scheduler {

class WhatIf {
 public:
  explicit WhatIf(ClusterState cluster) : cluster_(std::move(cluster)) {}

  const ClusterState& cluster() const { return cluster_; }
  std::uint32_t add_node(const std::shared_ptr<const api::Node>& node);
  // With the pods on it; returns them.
  std::vector<PodOnNode> remove_node(api::Symbol name);

  // The first of these slots that all filters let the pod on; kNoSlot: none. The pod's own node, if it has
  // one, is no hindrance: what is asked is where it could run.
  // `reasons`, if given, gets what refused it.
  std::uint32_t first_fit(const api::Pod& pod, std::span<const std::uint32_t> slots,
                          std::vector<api::Symbol>* reasons = nullptr);
  // Counts the pod on that slot, and takes it off again.
  void place(const api::Pod& pod, std::uint32_t slot);
  void displace(std::uint32_t pod);

 private:
  ClusterState cluster_;
  Profile profile_ = Profile::standard();
  PodInfoCache infos_;
  CycleState state_;
  NodeFilter filter_;
  std::map<std::uint32_t, std::uint32_t> placed_;  // pod index -> slot, of those placed here
};

}  // namespace seatrial::scheduler
