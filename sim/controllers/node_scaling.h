// What the Cluster Autoscaler and Karpenter share: their view of the cluster, and taking a node away.
//
// The view is an informer's cache of their own, with what they ask of it most: which pods wait for a node,
// and whether anything has changed since they last looked (so that nothing is worked out twice). Nodes go in
// the same steps with both: a taint keeps new pods away, the pods are evicted (PodDisruptionBudgets are
// asked), and when they are gone the instance is terminated. Sources: cluster-autoscaler
// core/scaledown/actuation; karpenter pkg/controllers/node/termination; reference, part B, §8.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sim/cloud/ec2.h"
#include "sim/cluster/api_server.h"
#include "sim/cluster/cache.h"
#include "sim/cluster/event_recorder.h"
#include "sim/controllers/cluster_autoscaler_math.h"
#include "sim/scheduler/what_if.h"

namespace seatrial::controllers {

// An Auto Scaling group.
struct NodeGroupConfig {
  api::Symbol name;
  std::int32_t min = 0, max = 0;
  std::vector<api::Symbol> zones;
  std::shared_ptr<const api::Node> model;  // as its nodes register, but for name and zone
};
// The label by which a node knows its group or pool.
inline constexpr const char* kNodeGroupLabel = "seatrial/node-group";

// Its Ready condition is True.
bool is_ready(const api::Node& node);
scheduler::Resources requests_of(const api::Pod& pod);

class ClusterView {
 public:
  // The kinds that it needs to see.
  static std::vector<api::Kind> kinds();

  void on_watch(const cluster::WatchEvent& change);
  const cluster::Cache& cache() const { return cache_; }
  // Pods that the scheduler has found no node for, in order of their creation.
  std::vector<std::shared_ptr<const api::Pod>> pending() const;
  bool has_pending() const { return !pending_.empty(); }
  JournalId cause_of(std::uint32_t pod) const;
  // Counts what could change a decision: pods, nodes, budgets, what controls pods.
  std::uint64_t version() const { return version_; }

  std::shared_ptr<const api::Node> node(api::Symbol name) const;
  // The pods of a node, by index, but those that go with it; null entries never.
  std::vector<std::shared_ptr<const api::Pod>> movable_pods(const scheduler::NodeInfo& node) const;
  // Why the node's pods keep it; "" if they do not.
  std::string blocking_reason_of(const std::vector<std::shared_ptr<const api::Pod>>& pods) const;

 private:
  PodOnCandidate candidate_of(const api::Pod& pod) const;

  cluster::Cache cache_;
  std::map<std::uint32_t, JournalId> pending_;  // by pod index: why it is
  std::uint64_t version_ = 0;
};

// Whether all these pods could run on other nodes of `what_if`, whose order is `slots`; if so they are placed
// there, else nothing is changed.
bool place_elsewhere(scheduler::WhatIf& what_if, std::span<const std::uint32_t> slots,
                     const std::vector<std::shared_ptr<const api::Pod>>& pods);

struct RemovalConfig {
  api::Taint taint;
  Duration poll;                      // how often it looks what is left
  Duration retry_first, retry_most;   // of an eviction that was refused: doubled each time
  std::optional<Duration> evict_for;  // then the removal is given up
};

// Nodes that are being taken away.
class NodeRemovals {
 public:
  NodeRemovals(RemovalConfig config, cluster::ClientId client, ComponentId component, std::uint8_t tick_event,
               std::uint8_t answer_event)
      : config_(std::move(config)),
        client_(client),
        component_(component),
        tick_event_(tick_event),
        answer_event_(answer_event) {}

  void begin(Kernel& kernel, cluster::ApiServer& api, const ClusterView& view, api::Symbol node, bool empty,
             JournalId cause);
  bool removing(api::Symbol node) const { return removals_.contains(node); }
  std::size_t count(bool empty) const;
  std::size_t size() const { return removals_.size(); }

  // Looks what is left of each. Names the nodes whose removal was given up.
  std::vector<api::Symbol> tick(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                                const ClusterView& view);
  void answered(Kernel& kernel, cluster::ApiServer& api, const Event& event);
  // The node is gone.
  void forget(api::Symbol node) { removals_.erase(node); }

 private:
  struct Retry {
    Duration wait;
    SimTime at;
    bool under_way = false;
  };
  struct Removal {
    bool empty = false, terminating = false;
    SimTime begun;
    JournalId cause = JournalId::kNone;
    std::map<std::uint32_t, Retry> evictions;  // by pod
  };
  void set_taint(Kernel& kernel, cluster::ApiServer& api, const ClusterView& view, api::Symbol node, bool on,
                 JournalId cause);
  bool evict_rest(Kernel& kernel, cluster::ApiServer& api, const ClusterView& view, api::Symbol name,
                  Removal& removal);
  void schedule_tick(Kernel& kernel);

  RemovalConfig config_;
  cluster::ClientId client_;
  ComponentId component_;
  std::uint8_t tick_event_, answer_event_;
  std::map<api::Symbol, Removal> removals_;  // by node
  bool ticking_ = false;
};

}  // namespace seatrial::controllers
