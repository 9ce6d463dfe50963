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
// A constraint for pods that have none; `hard`: DoNotSchedule.
struct SpreadDefault {
  std::int32_t max_skew = 1;
  api::Symbol topology_key;
  bool hard = false;
};
struct PluginConfig {
  ScoringStrategy strategy = ScoringStrategy::kLeastAllocated;
  std::vector<ResourceWeight> fit_resources = {{"cpu", 1}, {"memory", 1}};
  std::vector<ResourceWeight> balanced_resources = {{"cpu", 1}, {"memory", 1}};
  std::vector<ShapePoint> shape;  // of kRequestedToCapacityRatio
  std::int64_t hard_pod_affinity_weight = 1;
  bool ignore_preferred_terms_of_existing_pods = false;
  // Extended resources that NodeResourcesFit does not look at, by name and by prefix (example.com).
  std::vector<api::Symbol> ignored_resources, ignored_resource_groups;
  std::optional<std::vector<SpreadDefault>> default_constraints;  // not set: the system's
  // What a node must match besides, and would better match, for each pod of the profile.
  std::optional<std::vector<NodeTerm>> added_required_nodes;
  std::vector<NodeTerm> added_preferred_nodes;
};

// By which pods without constraints of their own are spread; empty: they have no Service or controller.
struct DefaultConstraints {
  std::vector<SpreadConstraint> hard, soft;
  bool by_system = true;  // nodes without the keys take part
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

// A zone or region label of a volume: the node's must be one of the values.
struct VolumeTopology {
  api::Symbol key;
  std::vector<api::Symbol> values = {};
  bool operator==(const VolumeTopology&) const = default;
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
  PodClaims claims;
  std::vector<Volumes::Attachment> attachments;
  std::vector<VolumeTopology> topologies;
  std::vector<api::Symbol> once_claims;  // of access mode ReadWriteOncePod
  std::int64_t once_conflicts = 0;
  std::vector<std::uint32_t> only_nodes;  // of a PreFilter plugin that names the nodes
  bool restricted = false;
  std::string_view restricted_by;
  std::string refusal;  // not empty: a PreFilter plugin says that no node can do
  Code refusal_code = Code::kUnresolvable;
};

struct Profile;

struct Cycle {
  const api::Pod& pod;
  const PodInfoPtr& shared_info;
  const PodInfo& info;  // the same
  ClusterState& cluster;
  const Profile& profile;
  const PluginConfig& config;  // the profile's
  const DefaultConstraints& default_constraints;
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
  kClaimAdd = 512,
  kClaimUpdate = 1024,
  kVolumeAdd = 2048,
  kVolumeUpdate = 4096,
  kClassAdd = 8192,
  kClassUpdate = 16384,
  kCsiNodeAdd = 32768,
  kCsiNodeUpdate = 65536,
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
  const PluginConfig& config;
  std::span<const SpreadConstraint> default_hard;  // DefaultConstraints::hard
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

struct PreemptionConfig {
  std::int64_t min_candidate_nodes_percentage = 10, min_candidate_nodes_absolute = 100;
};

// What one schedulerName stands for: which plugins filter, in which order, and which score, with which
// weights. Source: pkg/scheduler/apis/config/types.go (KubeSchedulerProfile).
struct Profile {
  struct Use {
    const Plugin* plugin = nullptr;
    PluginSet bit = 0;
    std::int64_t weight = 0;
  };
  api::Symbol scheduler_name = "default-scheduler";
  PluginConfig config;
  std::vector<Use> filters, scorers;
  bool preempts = true, allocates_devices = true;  // DefaultPreemption, DynamicResources
  PreemptionConfig preemption;
  Duration bind_timeout = Duration::seconds(600);  // of VolumeBinding
  bool filters_by(std::string_view plugin) const;
  std::optional<std::int64_t> percentage_of_nodes_to_score = {};  // not set: the scheduler's

  // All plugins in the order of the table, with their own weights.
  static Profile standard();
};

extern const Plugin kNodeUnschedulablePlugin, kNodeNamePlugin, kTaintTolerationPlugin, kNodeAffinityPlugin,
    kNodePortsPlugin, kNodeResourcesFitPlugin, kVolumeRestrictionsPlugin, kNodeVolumeLimitsPlugin,
    kVolumeBindingPlugin, kVolumeZonePlugin, kPodTopologySpreadPlugin, kInterPodAffinityPlugin,
    kNodeResourcesBalancedAllocationPlugin, kImageLocalityPlugin;

}  // namespace seatrial::scheduler
