// What the descheduler would have go, decided on values: which pods may be evicted at all, and which ones
// each plugin picks, in order. Nothing here evicts.
//
// Sources: kubernetes-sigs/descheduler v0.34, pkg/framework/plugins/{defaultevictor,
// removepodsviolatingnodetaints, removeduplicates, nodeutilization}. Where the original walks over a map, in
// an order that Go draws anew each time, nodes and pods go in their order here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::controllers {

using PodPtr = std::shared_ptr<const api::Pod>;

// A Ready node, and the pods on it that are not over, in order of creation.
struct PodsOnNode {
  std::shared_ptr<const api::Node> node;
  std::vector<PodPtr> pods;
};

// Arguments of the plugin DefaultEvictor.
struct EvictorArgs {
  bool node_fit = false;                           // only what fits another node
  std::int32_t min_replicas = 0;                   // of its owner; fewer than 2: any
  std::optional<std::int64_t> priority_threshold;  // from this priority on they stay
  bool system_critical_too = false, local_storage_too = false, ignore_claims = false;
  Duration min_age;
};

// Whether DefaultEvictor lets the pod be evicted, but for node_fit. `replicas`: pods of the same owner.
bool is_evictable(const api::Pod& pod, const EvictorArgs& args, std::size_t replicas, SimTime now);

// A pod that is to go.
struct EvictionCandidate {
  PodPtr pod;
  std::uint32_t node = 0;  // of the nodes given
};

struct NodeTaintsArgs {
  std::vector<api::Symbol> excluded;  // KEY or KEY=VALUE
  bool prefer_no_schedule_too = false;
};
// Pods that do not tolerate a NoSchedule taint of their node.
std::vector<EvictionCandidate> pods_violating_taints(const std::vector<PodsOnNode>& nodes,
                                                     const NodeTaintsArgs& args);

struct DuplicatesArgs {
  std::vector<api::Symbol> exclude_owner_kinds;
};
// Pods of one owner with the same images, beyond the number that would be on each node if they lay evenly
// over those that they may run on. `may_go` says which pods count at all. Example: 5 on the only two nodes, 4
// and 1: 3 each at most, so one of the 4 goes.
std::vector<EvictionCandidate> duplicates(const std::vector<PodsOnNode>& nodes, const DuplicatesArgs& args,
                                          const std::vector<bool>& may_go_by_pod);

// Millicores, bytes, pods.
using NodeUsage = std::array<std::int64_t, 3>;

struct NodeUtilizationArgs {
  // In percent of what is allocatable; none: the resource says nothing.
  std::array<std::optional<std::int64_t>, 3> thresholds, target_thresholds;
  std::int32_t number_of_nodes = 0;
};

// LowNodeUtilization: from nodes above the target, the fullest first, to those below all thresholds, by
// requests. Pods of the least priority first, then BestEffort before Burstable before Guaranteed.
class NodeUtilization {
 public:
  NodeUtilization(const std::vector<PodsOnNode>& nodes, const NodeUtilizationArgs& args,
                  const std::vector<bool>& may_go_by_pod);

  const std::vector<EvictionCandidate>& candidates() const { return candidates_; }
  // Its node is still above the target, and there is room elsewhere.
  bool wants(const EvictionCandidate& candidate) const;
  void evicted(const EvictionCandidate& candidate);

 private:
  std::vector<EvictionCandidate> candidates_;
  std::vector<NodeUsage> usage_, target_;  // by node
  NodeUsage available_{};                  // of all nodes below the thresholds
};

}  // namespace seatrial::controllers
