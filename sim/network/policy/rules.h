// What one policy says of a flow: does it select the pod, and which of its rules is the first that matches?
// One file for each family of kinds. Internal to the direct evaluation (direct.h).
#pragma once

#include "sim/api/admin_network_policy.h"
#include "sim/api/calico.h"
#include "sim/api/networking.h"
#include "sim/network/policy/peer.h"

namespace seatrial::network {

struct Question {
  const Flow& flow;
  Direction direction;
  const Peer &subject, &other;  // the end that the direction is about, and the one at the other side
  const PolicyOptions& options;
  bool is_ingress() const { return direction == Direction::kIngress; }
};

enum class RuleAction : std::uint8_t { kAllow, kDeny, kPass };

struct RuleHit {
  std::int32_t rule = 0;
  RuleAction action = RuleAction::kAllow;
  api::SourcePosition where;
};

// In the direction that the question is about. REQUIRES: the subject is a pod.
bool selects(const api::NetworkPolicy& policy, const Question& question);
bool selects(const api::AdminPolicySpec& policy, const Question& question);
bool selects(const api::CalicoNetworkPolicy& policy, const Question& question);
bool selects(const api::GlobalNetworkPolicy& policy, const Question& question);

// REQUIRES: it selects the subject.
std::optional<RuleHit> first_hit(const api::NetworkPolicy& policy, const Question& question);
std::optional<RuleHit> first_hit(const api::AdminPolicySpec& policy, const Question& question);
std::optional<RuleHit> first_hit(const api::CalicoNetworkPolicy& policy, const Question& question);
std::optional<RuleHit> first_hit(const api::GlobalNetworkPolicy& policy, const Question& question);

// A named port is one of the destination's: `name` and `protocol` (empty: any) give the flow's port.
bool has_named_port(const Flow& flow, api::Symbol name, api::Symbol protocol);

// Where a client connects from is drawn by its kernel from these (net.ipv4.ip_local_port_range of Linux). A
// rule's source ports hold it if one of them holds the whole range.
inline constexpr std::int32_t kFirstEphemeralPort = 32768, kLastEphemeralPort = 60999;
bool hold_ephemeral_ports(const std::vector<api::IntOrString>& ports);

}  // namespace seatrial::network
