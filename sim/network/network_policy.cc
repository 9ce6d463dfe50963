#include "sim/network/network_policy.h"

#include <algorithm>

namespace seatrial::network {

using api::Symbol;

namespace {

bool in_block(const api::IpBlock& block, const Peer& peer, const PolicyOptions& options) {
  if (!peer.address || (peer.is_pod() && !options.blocks_cover_pods)) return false;
  const auto covers = [&](Symbol cidr) {
    const auto parsed = api::Cidr::parse(cidr.view());
    return parsed && parsed->contains(*peer.address);
  };
  return covers(block.cidr) && std::ranges::none_of(block.except, covers);
}

bool matches(const api::NetworkPolicyPeer& wanted, const Peer& peer, Symbol policy_namespace,
             const PolicyOptions& options) {
  if (wanted.ip_block) return in_block(*wanted.ip_block, peer, options);
  if (!peer.is_pod()) return false;
  const bool namespace_fits = wanted.namespace_selector
                                  ? wanted.namespace_selector->matches(*peer.namespace_labels)
                                  : peer.namespace_ == policy_namespace;
  return namespace_fits && (!wanted.pod_selector || wanted.pod_selector->matches(*peer.labels));
}

// A named port is one of the destination's.
bool has_named_port(const Flow& flow, Symbol name, Symbol protocol) {
  return flow.to.is_pod() && std::ranges::any_of(flow.to.ports, [&](const api::ContainerPort& port) {
           return port.name == name && port.protocol == protocol && port.container_port == flow.port;
         });
}

bool matches(const api::NetworkPolicyPort& wanted, const Flow& flow) {
  if (wanted.protocol != flow.protocol) return false;
  if (!wanted.port) return true;
  if (wanted.port->is_string()) return has_named_port(flow, wanted.port->text, wanted.protocol);
  return wanted.port->number <= flow.port && flow.port <= wanted.end_port.value_or(wanted.port->number);
}

bool matches(const api::NetworkPolicyRule& rule, const Flow& flow, const Peer& other, Symbol policy_namespace,
             const PolicyOptions& options) {
  const auto peer_fits = [&](const auto& wanted) {
    return matches(wanted, other, policy_namespace, options);
  };
  const auto port_fits = [&](const auto& wanted) { return matches(wanted, flow); };
  return (rule.peers.empty() || std::ranges::any_of(rule.peers, peer_fits)) &&
         (rule.ports.empty() || std::ranges::any_of(rule.ports, port_fits));
}

// ---- The administrator's policies ----

bool selects(const AdminPeer& wanted, const Peer& peer) {
  return peer.is_pod() && wanted.namespace_selector.matches(*peer.namespace_labels) &&
         (!wanted.pod_selector || wanted.pod_selector->matches(*peer.labels));
}

bool matches(const AdminPeer& wanted, const Peer& peer) {
  if (wanted.networks.empty()) return selects(wanted, peer);
  return peer.address && std::ranges::any_of(wanted.networks, [&](Symbol network) {
           const auto cidr = api::Cidr::parse(network.view());
           return cidr && cidr->contains(*peer.address);
         });
}

bool matches(const AdminPort& wanted, const Flow& flow) {
  if (!wanted.name.empty()) {
    const Symbol protocol = wanted.protocol.empty() ? flow.protocol : wanted.protocol;
    return protocol == flow.protocol && has_named_port(flow, wanted.name, protocol);
  }
  const bool protocol_fits = wanted.protocol.empty() || wanted.protocol == flow.protocol;
  return protocol_fits && wanted.first <= flow.port && flow.port <= wanted.last;
}

bool matches(const AdminRule& rule, const Flow& flow, const Peer& other) {
  return std::ranges::any_of(rule.peers, [&](const AdminPeer& wanted) { return matches(wanted, other); }) &&
         (rule.ports.empty() ||
          std::ranges::any_of(rule.ports, [&](const AdminPort& wanted) { return matches(wanted, flow); }));
}

struct Decision {
  const AdminPolicy* policy = nullptr;  // null: none of them has a rule for it
  AdminAction action = AdminAction::kPass;
};

// The first rule that matches, of the policies in order of priority (and name).
Decision decide(const std::vector<AdminPolicy>& policies, const Flow& flow, Direction direction,
                const Peer& subject, const Peer& other) {
  std::vector<const AdminPolicy*> ordered;
  for (const AdminPolicy& policy : policies) ordered.push_back(&policy);
  std::ranges::stable_sort(ordered, {}, [](const AdminPolicy* p) { return std::pair(p->priority, p->name); });
  for (const AdminPolicy* const policy : ordered) {
    if (!selects(policy->subject, subject)) continue;
    for (const AdminRule& rule : direction == Direction::kIngress ? policy->ingress : policy->egress) {
      if (matches(rule, flow, other)) return {policy, rule.action};
    }
  }
  return {};
}

// What the NetworkPolicies of the subject's namespace say.
Verdict judge_policies(const PolicySet& set, const Flow& flow, Direction direction, const Peer& subject,
                       const Peer& other) {
  static const Symbol kTypes[] = {"Ingress", "Egress"};
  Verdict verdict;
  for (const api::NetworkPolicy* const policy : set.policies) {
    const bool applies =
        policy->metadata.namespace_ == subject.namespace_ && policy->pod_selector.matches(*subject.labels) &&
        std::ranges::count(policy->policy_types, kTypes[static_cast<std::size_t>(direction)]) > 0;
    if (!applies) continue;
    verdict.isolated = true;
    if (verdict.allowed_by) continue;
    const auto& rules = direction == Direction::kIngress ? policy->ingress : policy->egress;
    const bool matched = std::ranges::any_of(rules, [&](const api::NetworkPolicyRule& rule) {
      return matches(rule, flow, other, subject.namespace_, set.options);
    });
    if (matched) verdict.allowed_by = policy;
  }
  verdict.allowed = !verdict.isolated || verdict.allowed_by;
  return verdict;
}

bool to_itself(const Flow& flow) {
  return flow.from.is_pod() && flow.to.is_pod() && flow.from.namespace_ == flow.to.namespace_ &&
         flow.from.name == flow.to.name;
}

}  // namespace

Verdict judge(const PolicySet& set, const Flow& flow, Direction direction) {
  const bool in = direction == Direction::kIngress;
  const Peer &subject = in ? flow.to : flow.from, &other = in ? flow.from : flow.to;
  if (!subject.is_pod() || (in && flow.from_own_node)) return {};
  if (set.options.pod_reaches_itself && to_itself(flow)) return {};
  const Decision first = decide(set.admin, flow, direction, subject, other);
  if (first.policy && first.action != AdminAction::kPass)
    return {first.action == AdminAction::kAllow, false, nullptr, first.policy};
  Verdict verdict = judge_policies(set, flow, direction, subject, other);
  if (verdict.isolated) return verdict;
  const Decision last = decide(set.baseline, flow, direction, subject, other);
  if (last.policy) return {last.action != AdminAction::kDeny, false, nullptr, last.policy};
  return verdict;
}

bool is_allowed(const PolicySet& set, const Flow& flow) {
  return judge(set, flow, Direction::kEgress).allowed && judge(set, flow, Direction::kIngress).allowed;
}

}  // namespace seatrial::network
