// The Cluster Autoscaler: every 10 s it looks for pods that fit no node and asks a group for more nodes, or
// for nodes that are not needed and takes them away.
//
// Both are tried out first: on a copy of the scheduler's picture, with the scheduler's own filters. A scan in
// which nothing has changed works nothing out. Not simulated: the taint PreferNoSchedule on nodes that may
// soon go, balancing between groups, scaling up from what limits the whole cluster (--max-nodes-total,
// --cores-total). Sources: cluster-autoscaler 1.36.1, core/static_autoscaler.go,
// core/scaleup/orchestrator/orchestrator.go, estimator/binpacking_estimator.go, core/scaledown; defaults:
// config/flags/flags.go; reference, part B, §8.
#pragma once

#include <string>
#include <vector>

#include "sim/controllers/node_scaling.h"

namespace seatrial::controllers {

struct ClusterAutoscalerConfig {
  Duration scan_interval = Duration::seconds(10);
  std::int64_t expendable_priority = -10;  // pods below it ask for no nodes
  Duration max_node_provision_time = Duration::seconds(900);
  double scale_down_utilization_threshold = 0.5;
  Duration scale_down_unneeded_time = Duration::seconds(600);
  Duration scale_down_unready_time = Duration::seconds(1200);
  Duration scale_down_delay_after_add = Duration::seconds(600);
  Duration scale_down_delay_after_failure = Duration::seconds(180);
  std::int32_t max_scale_down_parallelism = 10, max_drain_parallelism = 1;
};

class ClusterAutoscaler {
 public:
  // Event types of the component.
  enum EventType : std::uint8_t { kScan, kRemovalTick, kAnswer, kEventPosted };

  // Its first scan is a drawn part of an interval after the clock's start.
  ClusterAutoscaler(Kernel& kernel, cluster::ApiServer& api, ClusterAutoscalerConfig config,
                    std::vector<NodeGroupConfig> groups, ComponentId component);

  void on_watch(const cluster::WatchEvent& change) { view_.on_watch(change); }
  // `cluster`: the scheduler's picture.
  void handle(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
              const scheduler::ClusterState& cluster, const Event& event);
  // An instance of one of its groups has no capacity, runs, or has terminated.
  void on_instance(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2, cloud::InstanceId id,
                   JournalId cause);
  // What a group launches from now on. Other groups than its own do not matter to it.
  void set_model(api::Symbol group, std::shared_ptr<const api::Node> model);

 private:
  struct Group {
    NodeGroupConfig config;
    GroupBackoff backoff;
  };
  struct Upcoming {  // an instance that was asked for and is no node yet
    cloud::InstanceId instance;
    std::size_t group;
  };
  using Pods = std::vector<std::shared_ptr<const api::Pod>>;

  void scan(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2, const scheduler::ClusterState& cluster);
  void give_up_on_late_instances(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2);
  std::int32_t target_size(const cloud::Ec2& ec2, std::size_t group) const;
  bool scales(api::Symbol group) const;

  // cluster_autoscaler_up.cc
  Pods unhelped(scheduler::WhatIf& what_if, std::vector<std::uint32_t>& slots, const cloud::Ec2& ec2) const;
  bool scale_up(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                const scheduler::ClusterState& cluster);
  std::shared_ptr<const api::Node> template_of(std::size_t group, const scheduler::ClusterState& cluster,
                                               api::Symbol name) const;
  ScaleUpOption option_of(std::size_t group, const scheduler::WhatIf& with_upcoming, const Pods& pods,
                          std::int32_t room, std::vector<api::Symbol>& refusals) const;
  void launch(Kernel& kernel, cloud::Ec2& ec2, std::size_t group, std::int32_t nodes, JournalId cause);
  void report_scale_up(Kernel& kernel, cluster::ApiServer& api, const ScaleUpOption& option,
                       std::int32_t before, std::int32_t after, const Pods& pods);
  void report_unhelped(Kernel& kernel, cluster::ApiServer& api, const Pods& pods, const ScaleUpOption* helped,
                       const std::string& why);

  // cluster_autoscaler_down.cc
  struct Unneeded {
    SimTime since;
    bool empty = false, ready = true;
  };
  void find_unneeded(Kernel& kernel, const scheduler::ClusterState& cluster, const cloud::Ec2& ec2);
  void remove_unneeded(Kernel& kernel, cluster::ApiServer& api, const scheduler::ClusterState& cluster,
                       const cloud::Ec2& ec2);
  void remove(Kernel& kernel, cluster::ApiServer& api, const scheduler::NodeInfo& node,
              const Unneeded& unneeded);
  std::optional<std::size_t> group_of(const api::Node& node) const;
  bool may_go(const scheduler::NodeInfo& node) const;

  void event(Kernel& kernel, cluster::ApiServer& api, const api::ObjectPtr& object, bool warning,
             const char* reason, std::string message, JournalId cause);

  ClusterAutoscalerConfig config_;
  std::vector<Group> groups_;
  ComponentId component_;
  cluster::ClientId client_;
  cluster::EventRecorder events_;
  ClusterView view_;
  NodeRemovals removals_;
  std::vector<Upcoming> upcoming_;
  api::ObjectPtr status_;  // the ConfigMap that its Events about groups are on
  std::optional<SimTime> last_scale_up_, last_scale_down_failure_;
  std::map<api::Symbol, Unneeded> unneeded_;  // by node
  std::uint64_t judged_version_ = 0;          // of the view, when unneeded_ was worked out
};

}  // namespace seatrial::controllers
