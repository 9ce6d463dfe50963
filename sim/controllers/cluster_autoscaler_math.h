// The arithmetic of the Cluster Autoscaler: how full a node is, which group wastes least, how long a group
// rests after a failure, which pods hold a node. Pure.
//
// Sources: cluster-autoscaler 1.36.1, simulator/utilization/info.go, expander/waste/waste.go,
// estimator/decreasing_pod_orderer.go, clusterstate (backoff), simulator/drainability; reference, part B, §8.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/scheduler/resources.h"

namespace seatrial::controllers {

using scheduler::Resources;

// The larger of the shares of CPU and memory that pods request. 1 of 4 cores and 12 of 16 GiB: 0.75.
double utilization(const Resources& requested, const Resources& allocatable);

// What new nodes would leave unused: the sum of the unused shares of CPU and memory. Pods that ask for 3
// cores and 8 GiB on one node of 4 and 16: 0.25 + 0.5 = 0.75.
double waste(std::int32_t nodes, const Resources& node, const Resources& pods);

// The order in which pods are packed: the one with the largest shares of a node first, ties as they came.
std::vector<std::size_t> packing_order(std::span<const Resources> pods, const Resources& node);

// A way to help pending pods: so many nodes of one group.
struct ScaleUpOption {
  std::size_t group = 0;
  std::int32_t nodes = 0;
  double waste = 0;
  std::vector<std::uint32_t> pods;  // indexes of the pods that it helps
};
// Expander least-waste; among equals the first. Null: there is none.
const ScaleUpOption* least_waste(std::span<const ScaleUpOption> options);

// How long a group is left alone after its n-th failure in a row: 5 m, doubled each time, at most 30 m.
// Instances that fail together are one failure. One more than 3 h after the last is the first again.
class GroupBackoff {
 public:
  bool resting(SimTime now) const { return until_ && now < *until_; }
  void failed(SimTime now);
  void succeeded() { *this = {}; }

 private:
  Duration duration_;
  std::optional<SimTime> until_, last_;
};

// With more than 3 nodes, and more than 45 % of all, that are not ready, nothing is scaled.
bool is_cluster_healthy(std::int64_t unready, std::int64_t all);

// Why a pod keeps its node from being taken away, in the autoscaler's words; "" if it does not. `controlled`:
// its controller is there; `has_budget`: a PodDisruptionBudget selects it; `budget_allows`: those that do
// allow one more disruption.
struct PodOnCandidate {
  const api::Pod& pod;
  bool controlled = false, has_budget = false, budget_allows = true;
};
std::string blocking_reason(const PodOnCandidate& candidate);
// Pods that go with the node: those of DaemonSets, mirror pods and finished ones.
bool goes_with_node(const api::Pod& pod);

}  // namespace seatrial::controllers
