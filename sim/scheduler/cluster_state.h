// The scheduler's own picture of the nodes and of the pods on them, assumed ones included. Dense: each node
// has a slot, everything is updated as pods come and go, and nothing is summed up anew for a pod. A slot's
// version grows with each change of its node or of the pods on it.
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
#include "sim/scheduler/pod_counts.h"
#include "sim/scheduler/term_counts.h"
#include "sim/scheduler/volumes.h"

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
  std::uint32_t version = 0;
  const api::LabelMap& labels() const { return *node->metadata.labels; }
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

  const TopologyColumn& topology(api::Symbol key) { return topology_.column(key); }
  // How many pods match, by slot; followed from the first question on. The row stays where it is until the
  // next trim().
  PodRow& pods_matching(std::span<const PodFilter* const> all_of, bool with_terminating);
  const std::vector<std::int32_t>& by_domain(PodRow& row, api::Symbol key);
  // The affinity terms of pods on nodes that match a pod, as numbers; how many pods have one, by domain.
  const std::vector<std::uint32_t>& terms_matching(const PodInfoPtr& info);
  const TermCounts::Term& term(std::uint32_t number) const { return terms_.at(number); }
  const std::vector<std::int32_t>& term_by_domain(std::uint32_t number);
  // Between two cycles: forgets counts that were not asked for lately; all of them.
  void trim() { counts_->trim(); }
  void forget_counts() { counts_->clear(); }

  Volumes& volumes() { return volumes_; }
  const Volumes& volumes() const { return volumes_; }
  std::int64_t nodes_with_image(api::Symbol image) const;
  std::int64_t pods_with_affinity() const { return terms_.pods_with_terms(); }
  const NamespaceLabels& namespace_labels() const { return namespace_labels_; }
  void set_namespace(api::Symbol name, const api::Shared<api::LabelMap>& labels);
  void remove_namespace(api::Symbol name);

 private:
  void set_images(NodeInfo& info, const api::Node* node);
  void touch(NodeInfo& info) { info.version = ++versions_; }
  void free_if_unused(std::uint32_t slot);

  std::vector<NodeInfo> nodes_;
  std::vector<std::uint32_t> free_slots_;
  std::unordered_map<std::string, std::uint32_t> slots_by_name_;
  NodeTree tree_;
  Topology topology_;
  Forgotten<PodCounts> counts_;
  TermCounts terms_;
  Volumes volumes_;
  NamespaceLabels namespace_labels_;
  std::unordered_map<std::string, std::int64_t> image_nodes_;
  std::map<std::uint32_t, std::uint32_t> nominations_;  // slot, by pod
  std::uint32_t versions_ = 0;
};

}  // namespace seatrial::scheduler
