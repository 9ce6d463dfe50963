// What the nodes have programmed of the network policies: late, and pod by pod. It keeps a gate between each
// origin of requests and each pod that it may send to, and tells of every change of one.
//
//  - A change of a policy (or of a namespace's labels) holds for a pod when the agent of its node has
//    programmed it: `policyLag` after the commit, in order for each node. Level-driven: what an agent
//    programs is all it knows then.
//  - A pod's own policies are programmed `policyLag` after its address is in its status. Until then it is
//    open, or closed both ways; or (wait) it is not started before: then the kubelet waits as long.
//  - Other nodes know a new pod as a peer `policyLag` after its address is known; till then it is an address.
//    One lag for all of them together is a simplification.
//  - The source's node enforces egress, the destination's ingress. An ingress controller's pods have always
//    been there. What runs in its node's network is not judged.
//  - Judged are requests to pods: of ingress controllers, of loads that pods send, images' calls to Services,
//    and DNS queries; and connections to addresses outside, of which the source's node alone decides.
//    Connections to queues are not.
//
// Sources: aws/aws-network-policy-agent (README, "strict mode"; issues #345, #189, #83); Kubernetes
// documentation, "Network Policies", "Pod lifecycle".
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/enforcement_config.h"
#include "sim/cluster/origin.h"
#include "sim/cluster/store.h"
#include "sim/cluster/watch.h"
#include "sim/engine/kernel.h"
#include "sim/network/policy/compiled.h"

namespace seatrial::cluster {

// Who sends, and to whom.
struct OriginConfig {
  std::string name;                         // as records call it: "ingress controller default"
  api::Symbol namespace_, pod;              // the sender as the policies know it
  std::optional<api::PodKey> key;           // none: a fixed one
  std::optional<api::IpAddress> outside;    // it sends there, and the gate is at its own pod …
  api::Symbol target_namespace;             // … or to the pods of this namespace
  api::LabelMap target_labels;              // that have these labels
  std::int32_t port = 0;                    // of the pods; 0: the one that they call
  api::Symbol port_name, protocol = "TCP";  // `port_name`
};

class Enforcement {
 public:
  // Knows what the store has: a new cluster's own namespaces. REQUIRES: it has no pods.
  Enforcement(EnforcementConfig config, const Store& store);

  // A pod that is there from the start and has no object in the store (an ingress controller's).
  void add_fixed_pod(const network::PodFacts& facts, const api::LabelMap& namespace_labels);
  OriginId add_origin(Kernel& kernel, OriginConfig origin, GateObserver& gates, JournalId cause);
  void remove_origin(OriginId origin, GateObserver& gates);

  // At the instant of each commit.
  void on_commit(Kernel& kernel, const WatchEvent& change, GateObserver& gates);
  // REQUIRES: event.component is kEnforcementComponent.
  void handle(Kernel& kernel, const Event& event, GateObserver& gates);

 private:
  struct PodState {
    api::PodKey key;
    api::Symbol namespace_, name, node;
    bool is_live = false;
    bool is_programmed = false, is_known = false;  // by its own node, to the others
    JournalId since = JournalId::kNone;  // of a closed start: this record closes it until programmed
  };
  struct Side {  // of a cell: what the destination's node, and the source's, have programmed
    JournalId ingress = JournalId::kNone, egress = JournalId::kNone;
  };
  struct Origin {
    OriginConfig config;
    bool is_live = false;
    std::map<std::uint32_t, Side> cells;  // by the pod's index, or kOutside
    std::map<std::uint32_t, Gate> told;
  };
  enum class Work : std::uint8_t { kOwn, kPeer };
  static constexpr std::uint32_t kOutside = 0xffffffff;

  // ---- The cluster's state
  void take_pod(Kernel& kernel, const api::Pod& pod, bool gone, JournalId cause, GateObserver& gates);
  void take_policies(Kernel& kernel, const network::PolicyChange& change, JournalId cause,
                     GateObserver& gates);
  void schedule(Kernel& kernel, Work work, std::uint32_t pod, JournalId cause);
  Duration draw_lag(Kernel& kernel, api::Symbol node);

  // ---- Cells. `pod` is an index of pods_, or kOutside.
  void program_own(Kernel& kernel, std::uint32_t pod, JournalId cause, GateObserver& gates);
  void learn_peer(Kernel& kernel, std::uint32_t pod, JournalId cause, GateObserver& gates);
  void program_ingress(Kernel& kernel, Origin& origin, std::uint32_t pod, JournalId cause);
  void program_egress(Kernel& kernel, Origin& origin, std::uint32_t pod, JournalId cause);
  void refresh(Origin& origin, OriginId id, std::uint32_t pod, JournalId cause, GateObserver& gates);
  template <class AsTarget, class AsSender>
  void each_cell_of(std::uint32_t pod, AsTarget&& as_target, AsSender&& as_sender);
  void refresh_all_of(std::uint32_t pod, JournalId cause, GateObserver& gates);
  JournalId note(Kernel& kernel, std::uint32_t pod, bool open, const std::string& text, JournalId cause);
  void set_side(Kernel& kernel, const Origin& origin, JournalId& side, std::uint32_t pod,
                const network::Verdict& verdict, network::Direction direction, JournalId cause);
  bool is_target(const Origin& origin, std::uint32_t pod) const;
  std::int32_t port_at(const Origin& origin, std::uint32_t pod) const;
  network::End end_of(std::uint32_t pod, bool is_known) const;
  network::End end_of(const Origin& origin) const;
  network::End target_of(const Origin& origin, std::uint32_t pod, bool is_known) const {
    return pod == kOutside ? network::End(*origin.config.outside) : end_of(pod, is_known);
  }
  // Where the cell's gate is.
  static api::PodKey gate_of(const Origin& origin, std::uint32_t pod) {
    return pod == kOutside ? *origin.config.key : api::PodKey{pod};
  }
  bool is_active(const Origin& origin) const {  // its pod is there
    return origin.is_live && (!origin.config.key || pods_[origin.config.key->index].is_live);
  }
  bool sends(const Origin& origin, std::uint32_t pod) const {
    return origin.config.key && origin.config.key->index == pod;
  }

  EnforcementConfig config_;
  network::CompiledPolicies policies_;
  std::vector<PodState> pods_;   // by PodKey
  std::vector<Origin> origins_;  // by OriginId; the first is nobody
  std::vector<OriginId> free_origins_;
  struct Node {
    explicit Node(const RandomStream& stream) : lags(stream) {}
    RandomStream lags;
    SimTime due = SimTime::at(-Duration::max());  // of what was scheduled last
  };
  std::map<api::Symbol, Node> nodes_;
};

}  // namespace seatrial::cluster
