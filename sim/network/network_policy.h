// Who may talk to whom: NetworkPolicies, and the administrator's policies before and after them. Pure
// functions of values; what a flow is judged by is given with it.
//
// A flow needs the egress of its source and the ingress of its destination. In each direction a pod that no
// NetworkPolicy of its namespace isolates may talk to everyone; an isolated one only as one of their rules
// says. There is no denial, and no order. AdminNetworkPolicies come first, by priority and in the order of
// their rules, and the first rule that matches decides (or passes the flow on); BaselineAdminNetworkPolicies
// decide about pods that are not isolated. Answers to an allowed flow are free. Sources:
// reference/kubernetes-policy.md §6; k8s.io/api/networking/v1/types.go;
// sigs.k8s.io/network-policy-api/apis/v1alpha1.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/api/ip_address.h"
#include "sim/api/networking.h"

namespace seatrial::network {

// One end of a flow. Without labels it is an address outside of the cluster.
struct Peer {
  api::Symbol namespace_, name;
  const api::LabelMap* labels = nullptr;            // of the pod
  const api::LabelMap* namespace_labels = nullptr;  // REQUIRES: set where `labels` is
  std::vector<api::ContainerPort> ports;            // for named ports
  std::optional<api::IpAddress> address;
  bool host_network = false;  // no policy selects it, and others see its node's address
  bool is_pod() const { return labels != nullptr && !host_network; }
};

struct Flow {
  const Peer &from, &to;
  std::int32_t port = 0;  // of the destination, after a Service's port has become the pod's
  api::Symbol protocol = "TCP";
  bool from_own_node = false;  // the kubelet of the destination's node: always allowed in
};

// What Kubernetes leaves to the network plugin.
struct PolicyOptions {
  bool blocks_cover_pods = true;  // an ipBlock matches the addresses of pods too
  bool pod_reaches_itself = true;
};

// ---- The administrator's policies ----

struct AdminPeer {
  api::LabelSelector namespace_selector;
  std::optional<api::LabelSelector> pod_selector;  // none: all pods of those namespaces
  std::vector<api::Symbol> networks;               // CIDRs, of egress; then the selectors say nothing
};
struct AdminPort {
  api::Symbol protocol;  // empty: any
  std::int32_t first = 0, last = 0;
  api::Symbol name;  // a named port; then the numbers say nothing
};
enum class AdminAction : std::uint8_t { kAllow, kDeny, kPass };
struct AdminRule {
  AdminAction action = AdminAction::kAllow;
  std::vector<AdminPeer> peers;  // one of them
  std::vector<AdminPort> ports;  // one of them; none: all
};
struct AdminPolicy {
  std::int32_t priority = 0;  // lower goes first; a baseline policy has none
  api::Symbol name;
  AdminPeer subject;
  std::vector<AdminRule> ingress, egress;
};

struct PolicySet {
  std::vector<const api::NetworkPolicy*> policies;  // REQUIRES: defaulted
  std::vector<AdminPolicy> admin;                   // AdminNetworkPolicies, in any order
  std::vector<AdminPolicy> baseline;                // the BaselineAdminNetworkPolicy, where there is one
  PolicyOptions options;
};

enum class Direction : std::uint8_t { kIngress, kEgress };

// What one direction says, and who said it.
struct Verdict {
  bool allowed = true;
  bool isolated = false;                           // by NetworkPolicies
  const api::NetworkPolicy* allowed_by = nullptr;  // the first whose rule matched
  const AdminPolicy* decided_by = nullptr;         // an administrator's policy that decided
};
Verdict judge(const PolicySet& set, const Flow& flow, Direction direction);

// Egress and ingress together.
bool is_allowed(const PolicySet& set, const Flow& flow);

}  // namespace seatrial::network
