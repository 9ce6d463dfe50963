// Karpenter: pods that fit no node get one made for them, the cheapest that holds them; nodes that are not
// needed, or could be cheaper, are replaced or taken away.
//
// Pods that wait are looked at in batches. They are packed on a copy of the scheduler's picture, with the
// scheduler's own filters: on nodes that are there or on their way first, then on new ones of the largest
// type of a pool; each new one becomes the cheapest type that holds what it got. Every 10 s one thing is
// looked for to disrupt: empty nodes, then several nodes that one cheaper could replace, then a single one;
// what is found is done 15 s later if it still holds. While nothing changes nothing is worked out twice. Not
// simulated: drift, spot capacity, minValues, weights of pools (they are tried in their order), launches that
// may choose among zones. Sources: karpenter v1.14.1, pkg/controllers/{provisioning,disruption,nodeclaim};
// reference, part B, §8.
#pragma once

#include <string>
#include <vector>

#include "sim/controllers/karpenter_math.h"
#include "sim/controllers/node_scaling.h"

namespace seatrial::controllers {

struct KarpenterPool {
  api::Symbol name;
  std::vector<api::Symbol> zones;
  std::vector<InstanceOffer> offers;
  Duration consolidate_after;  // since the node's last pod came or went
  std::optional<Duration> expire_after = Duration::seconds(720 * 3600);  // none: never
  api::IntOrString budget{0, "10%"};
  std::optional<std::int64_t> cpu_limit;  // in thousandths, of all its nodes
  std::int32_t next_number = 1;
};

struct KarpenterConfig {
  Duration batch_idle = Duration::seconds(1), batch_most = Duration::seconds(10);
  Duration retry_pending = Duration::seconds(10);
  Duration registration = Duration::seconds(900);  // an instance that is no node by then is given up
  Duration unavailable_for = Duration::seconds(180);
  Duration disruption_poll = Duration::seconds(10), validation = Duration::seconds(15);
  std::vector<KarpenterPool> pools;
};

class Karpenter {
 public:
  // Event types of the component.
  enum EventType : std::uint8_t {
    kBatchDue,
    kRetryPending,
    kPoll,
    kValidate,
    kRemovalTick,
    kAnswer,
    kEventPosted
  };

  Karpenter(Kernel& kernel, cluster::ApiServer& api, KarpenterConfig config, ComponentId component);

  void on_watch(Kernel& kernel, const cluster::WatchEvent& change);
  // `cluster`: the scheduler's picture.
  void handle(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
              const scheduler::ClusterState& cluster, const Event& event);
  void on_instance(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2, cloud::InstanceId id,
                   JournalId cause);

 private:
  using Pods = std::vector<std::shared_ptr<const api::Pod>>;
  // A node that is being planned: what it got so far.
  struct Claim {
    std::size_t pool = 0;
    api::Symbol zone;
    std::uint32_t slot = 0;
    scheduler::Resources requests;
    Pods pods;
  };
  // How pods that must go somewhere would be placed.
  struct Packing {
    std::vector<Claim> claims;
    Pods unplaced;
    std::vector<std::string> reasons;  // why not, by unplaced pod
  };
  // What is to be disrupted: nodes go, after at most one other has come.
  struct Command {
    const char* reason = "";  // Empty, Underutilized
    std::vector<api::Symbol> nodes;
    std::optional<Claim> replacement;
    bool operator==(const Command& o) const { return reason == o.reason && nodes == o.nodes; }
  };
  struct Candidate {
    api::Symbol node;
    std::size_t pool = 0;
    std::int64_t price = 0;
    double cost = 0;
    Pods pods;
  };

  // karpenter_provisioning.cc
  void provision(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                 const scheduler::ClusterState& cluster);
  void batch(Kernel& kernel);
  Packing pack(scheduler::WhatIf& what_if, Pods pods, const cloud::Ec2& ec2, SimTime now) const;
  bool add_to(scheduler::WhatIf& what_if, Claim& claim, const std::shared_ptr<const api::Pod>& pod,
              SimTime now) const;
  std::optional<Claim> new_claim(scheduler::WhatIf& what_if, const std::shared_ptr<const api::Pod>& pod,
                                 const cloud::Ec2& ec2, SimTime now, std::size_t number,
                                 std::string& why) const;
  std::vector<InstanceOffer> offers_in(const KarpenterPool& pool, api::Symbol zone, SimTime now) const;
  const InstanceOffer* offer_for(const Claim& claim, std::vector<InstanceOffer>& storage, SimTime now) const;
  api::Symbol launch(Kernel& kernel, cloud::Ec2& ec2, const Claim& claim, JournalId cause);
  std::int64_t cpu_of_pool(const cloud::Ec2& ec2, const KarpenterPool& pool) const;
  void give_up_on_late_instances(Kernel& kernel, cloud::Ec2& ec2);

  // karpenter_disruption.cc
  void poll(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2, const scheduler::ClusterState& cluster);
  void expire(Kernel& kernel, cluster::ApiServer& api, const scheduler::ClusterState& cluster);
  std::vector<Candidate> candidates(Kernel& kernel, const scheduler::ClusterState& cluster) const;
  std::optional<Command> look_for_command(Kernel& kernel, const cloud::Ec2& ec2,
                                          const scheduler::ClusterState& cluster) const;
  std::optional<Command> empty_nodes(const std::vector<Candidate>& candidates,
                                     std::map<std::size_t, std::int64_t> allowed) const;
  std::optional<Command> consolidation(const std::vector<Candidate>& chosen, const cloud::Ec2& ec2,
                                       const scheduler::ClusterState& cluster, SimTime now) const;
  std::optional<Command> several_nodes(const std::vector<Candidate>& within_budget, const cloud::Ec2& ec2,
                                       const scheduler::ClusterState& cluster, SimTime now) const;
  std::map<std::size_t, std::int64_t> budgets(const scheduler::ClusterState& cluster) const;
  void carry_out(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2, const Command& command);
  void remove(Kernel& kernel, cluster::ApiServer& api, api::Symbol node, const char* reason, JournalId cause);
  std::optional<std::size_t> pool_of(const api::Node& node) const;

  void event(Kernel& kernel, cluster::ApiServer& api, const api::ObjectPtr& object, bool warning,
             const char* reason, std::string message, JournalId cause);

  KarpenterConfig config_;
  ComponentId component_;
  cluster::ClientId client_;
  cluster::EventRecorder events_;
  ClusterView view_;
  NodeRemovals removals_;
  Batch batch_;
  bool retry_armed_ = false;
  UnavailableOffers unavailable_;
  std::vector<cloud::InstanceId> upcoming_;
  std::map<api::Symbol, SimTime> last_pod_event_;  // by node
  std::optional<Command> found_;                   // waits for its validation
  // Nodes that go once another has come; by the name of that other.
  std::map<api::Symbol, Command> waiting_for_replacement_;
  std::optional<std::uint64_t> settled_version_;  // of the view, when nothing was found to disrupt
};

}  // namespace seatrial::controllers
