// The scheduler's own picture of the nodes and of the pods on them, assumed ones included. Dense: each node
// has a slot, everything is updated as pods come and go, and nothing is summed up anew for a pod.
//
// Invariants: a slot's sums are those of its pods; slots in `order()` have a Node object; a slot without one
// (its pods were seen first, or outlive it) is in no order and takes no pods. Slots of nodes that are gone
// are used again. Sources: pkg/scheduler/backend/cache, framework/types.go (NodeInfo).
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/scheduler/node_tree.h"
#include "sim/scheduler/pod_info.h"

namespace seatrial::scheduler {

inline constexpr std::uint32_t kNoSlot = 0xffffffff;

struct PodOnNode {
  PodInfoPtr info;
  std::uint32_t pod = 0;  // index of the Pod object
  bool terminating = false;
};

struct NodeInfo {
  api::Symbol name;
  std::shared_ptr<const api::Node> node;  // null: not known (any more)
  Resources allocatable, requested;
  std::int64_t allowed_pods = 0;
  std::int64_t non_zero_milli_cpu = 0, non_zero_memory = 0;
  std::vector<PodOnNode> pods;       // in no particular order
  std::vector<PodOnNode> nominated;  // pending pods that wait for room here; in no sum
  std::vector<HostPort> ports;
  std::vector<std::pair<api::Symbol, std::int64_t>> images;  // name, bytes
  std::int32_t pods_with_affinity = 0;
  const api::LabelMap& labels() const { return *node->metadata.labels; }
};

// The values of a label over the nodes, as small numbers.
struct TopologyColumn {
  std::vector<std::int32_t> domain;                    // by slot; -1: the node lacks the label
  std::map<api::Symbol, std::int32_t> numbers;         // of the values
  std::size_t size() const { return numbers.size(); }  // values ever seen
};

class ClusterState {
 public:
  const std::vector<std::uint32_t>& order() const { return tree_.list(); }
  std::size_t slots() const { return nodes_.size(); }
  const NodeInfo& at(std::uint32_t slot) const { return nodes_[slot]; }
  std::uint32_t find(api::Symbol name) const;  // kNoSlot: no such node
  std::uint32_t slot_of(api::Symbol name);     // makes one if need be

  void set_node(const std::shared_ptr<const api::Node>& node);
  void remove_node(api::Symbol name);
  void add_pod(std::uint32_t slot, PodOnNode pod);
  // Returns what was there.
  PodOnNode remove_pod(std::uint32_t slot, std::uint32_t pod);
  // A pod is nominated for one node at most; the node need not exist.
  void nominate(api::Symbol node, PodOnNode pod);
  void remove_nomination(std::uint32_t pod);
  bool is_nominated(std::uint32_t pod) const { return nominations_.contains(pod); }

  const TopologyColumn& topology(api::Symbol key);
  // How many pods of a namespace that are not terminating match, by slot. Followed from the first question
  // on; the data stay where they are while other questions are asked.
  const std::vector<std::int32_t>& matching_pods(api::Symbol namespace_, const api::LabelSelector& selector);
  // Forgets a namespace's counts that were not asked for lately. REQUIRES: no reference to any is held.
  void trim(api::Symbol namespace_);

  std::int64_t nodes_with_image(api::Symbol image) const;
  std::int64_t pods_with_affinity() const { return pods_with_affinity_; }
  NamespaceLabels namespace_labels;

 private:
  struct Followed {
    api::LabelSelector selector;
    std::vector<std::int32_t> counts;
    std::uint64_t last_used = 0;
  };
  void count(const PodOnNode& pod, std::uint32_t slot, std::int32_t sign);
  void set_images(NodeInfo& info, const api::Node* node);
  void set_topology(std::uint32_t slot);
  void free_if_unused(std::uint32_t slot);

  std::vector<NodeInfo> nodes_;
  std::vector<std::uint32_t> free_slots_;
  std::unordered_map<std::string, std::uint32_t> slots_by_name_;
  NodeTree tree_;
  std::map<api::Symbol, TopologyColumn> topology_;
  std::map<api::Symbol, std::vector<Followed>> followed_;  // by namespace
  std::unordered_map<std::string, std::int64_t> image_nodes_;
  std::map<std::uint32_t, std::uint32_t> nominations_;  // slot, by pod
  std::int64_t pods_with_affinity_ = 0;
  std::uint64_t questions_ = 0;
};

}  // namespace seatrial::scheduler
