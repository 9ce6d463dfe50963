// The scheduling framework: what a plugin is, and what it sees of the pod, the cluster and the cycle.
//
// A plugin is one file in plugins/ and one row in plugins.cc. For each pod: `pre_filter` once (false: this
// pod does not concern the filter), `filter` for each node until one refuses it, in the order of the table;
// `update` where it is asked what would be if other pods were on a node or were not (PreFilterExtensions);
// then `pre_score` once (false: the plugin adds nothing), `score` for each node that is left, `normalize`
// once. A refused pod comes back when something happens that one of the plugins that refused it waits for
// (`events`, `hint`). Sources: pkg/scheduler/framework/interface.go, schedule_one.go; reference §5.
#pragma once

#include <span>
#include <string_view>

#include "sim/scheduler/arithmetic.h"
#include "sim/scheduler/cluster_state.h"

namespace seatrial::scheduler {

// kUnresolvable: evicting pods would not help.
enum class Code : std::uint8_t { kSuccess, kUnschedulable, kUnresolvable };

enum class ScoringStrategy : std::uint8_t { kLeastAllocated, kMostAllocated, kRequestedToCapacityRatio };
struct ResourceWeight {
  api::Symbol name;
  std::int64_t weight = 1;
};
struct PluginConfig {
  ScoringStrategy strategy = ScoringStrategy::kLeastAllocated;
  std::vector<ResourceWeight> fit_resources = {{"cpu", 1}, {"memory", 1}};
  std::vector<ResourceWeight> balanced_resources = {{"cpu", 1}, {"memory", 1}};
  std::vector<ShapePoint> shape;  // of kRequestedToCapacityRatio
  std::int64_t hard_pod_affinity_weight = 1;
  bool ignore_preferred_terms_of_existing_pods = false;
};

// A constraint as PodTopologySpread counts it during a cycle.
struct SpreadTerm {
  const SpreadConstraint* constraint = nullptr;
  PodRow* row = nullptr;  // of the pods that match; null: nothing does
  const TopologyColumn* column = nullptr;
  const std::int32_t* domain = nullptr;  // of the slot; -1: the node lacks the key
  bool by_node = false;                  // the key is the hostname
  bool self_match = false;
  std::int64_t min_match = 0;
  double weight = 0;
  std::vector<std::int64_t> counts;  // by domain, the last for nodes without the key; -1: not counted
};

// Pods that match an affinity term, by domain of its topology key.
struct AffinityCounts {
  const AffinityTerm* term = nullptr;
  const std::int32_t* domain = nullptr;
  std::vector<std::int64_t> counts;
};
struct TopologyWeights {
  api::Symbol key;
  const std::int32_t* domain = nullptr;
  std::vector<std::int64_t> weights;  // by domain
};

// What the plugins work out in pre_filter and pre_score; buffers are used again from cycle to cycle.
struct CycleState {
  std::vector<SpreadTerm> hard, soft;
  std::size_t hard_size = 0, soft_size = 0;
  bool require_all_topologies = false;
  std::vector<AffinityCounts> affinity, anti_affinity;
  std::vector<TopologyWeights> existing_anti_affinity, topology_weights;
  std::int64_t affinity_matches = 0;
  bool matches_own_affinity = false;
  std::vector<std::uint32_t> only_nodes;  // of a PreFilter plugin that names the nodes
  bool restricted = false;
  std::string_view restricted_by;
  std::string refusal;  // not empty: a PreFilter plugin says that no node can do
  Code refusal_code = Code::kUnresolvable;
};

struct Cycle {
  const api::Pod& pod;
  const PodInfoPtr& shared_info;
  const PodInfo& info;  // the same
  ClusterState& cluster;
  const PluginConfig& config;
  // By which a pod without constraints of its own is spread; empty: it has no Service or controller.
  const std::vector<SpreadConstraint>& default_constraints;
  CycleState& state;
};

// What happened in the cluster; an update of an object may be several at once.
enum EventKind : std::uint32_t {
  kNodeAdd = 1,
  kNodeDelete = 2,
  kNodeAllocatable = 4,
  kNodeLabel = 8,
  kNodeTaint = 16,
  kAssignedPodAdd = 32,
  kAssignedPodDelete = 64,
  kPodLabel = 128,
  kPodToleration = 256,
};
struct ClusterEvent {
  std::uint32_t kinds = 0;
  api::ObjectPtr before, after;                               // null: it was added, deleted
  std::optional<std::int64_t> up_to_priority = std::nullopt;  // concerns pods up to that only
  const api::Node* node_before() const { return static_cast<const api::Node*>(before.get()); }
  const api::Node* node_after() const { return static_cast<const api::Node*>(after.get()); }
  const api::Pod* pod_before() const { return static_cast<const api::Pod*>(before.get()); }
  const api::Pod* pod_after() const { return static_cast<const api::Pod*>(after.get()); }
};
struct HintContext {
  const api::Pod& pod;
  const PodInfo& info;
  const NamespaceLabels& namespaces;
};

struct Plugin {
  std::string_view name;
  std::int64_t weight = 0;
  // Filter and score hang on the pod's template and on this one node with its pods only, pre_score on the
  // template: so they can be remembered.
  bool local = false;
  bool (*pre_filter)(Cycle&) = nullptr;  // null: the filter always runs
  // Appends its reasons where it refuses.
  Code (*filter)(const Cycle&, std::uint32_t slot, std::vector<api::Symbol>& reasons) = nullptr;
  // Another pod is supposed to be on the node (sign 1), or to be gone (−1); REQUIRES: pre_filter was true.
  void (*update)(Cycle&, const PodInfo& other, std::uint32_t slot, std::int64_t sign) = nullptr;
  bool (*pre_score)(Cycle&, std::span<const std::uint32_t> nodes) = nullptr;
  std::int64_t (*score)(const Cycle&, std::uint32_t slot) = nullptr;
  void (*normalize)(const Cycle&, std::span<std::int64_t> scores) = nullptr;
  std::uint32_t events = 0;
  bool (*hint)(const HintContext&, const ClusterEvent&) = nullptr;  // null: each of the events
};

// How many local plugins with a score may normalize it.
inline constexpr std::size_t kMaxLocalNormalized = 2;

// In the order in which they filter. At most 32.
std::span<const Plugin> plugins();
using PluginSet = std::uint32_t;  // bit n: plugins()[n]

extern const Plugin kNodeUnschedulablePlugin, kNodeNamePlugin, kTaintTolerationPlugin, kNodeAffinityPlugin,
    kNodePortsPlugin, kNodeResourcesFitPlugin, kPodTopologySpreadPlugin, kInterPodAffinityPlugin,
    kNodeResourcesBalancedAllocationPlugin, kImageLocalityPlugin;

}  // namespace seatrial::scheduler
