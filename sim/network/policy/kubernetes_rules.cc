#include <algorithm>

#include "sim/network/policy/rules.h"

namespace seatrial::network {

using api::Symbol;

namespace {

bool in_block(const api::IpBlock& block, const Question& question) {
  const Peer& peer = question.other;
  if (!peer.address || (peer.is_pod() && !question.options.blocks_cover_pods)) return false;
  const auto covers = [&](Symbol cidr) {
    const auto parsed = api::Cidr::parse(cidr.view());
    return parsed && parsed->contains(*peer.address);
  };
  return covers(block.cidr) && std::ranges::none_of(block.except, covers);
}

bool matches(const api::NetworkPolicyPeer& wanted, const Question& question) {
  const Peer& peer = question.other;
  if (wanted.ip_block) return in_block(*wanted.ip_block, question);
  if (!peer.is_pod()) return false;
  const bool namespace_fits = wanted.namespace_selector
                                  ? wanted.namespace_selector->matches(*peer.namespace_labels)
                                  : peer.namespace_ == question.subject.namespace_;
  return namespace_fits && (!wanted.pod_selector || wanted.pod_selector->matches(*peer.labels));
}

bool matches(const api::NetworkPolicyPort& wanted, const Flow& flow) {
  if (wanted.protocol != flow.protocol) return false;
  if (!wanted.port) return true;
  if (wanted.port->is_string()) return has_named_port(flow, wanted.port->text, wanted.protocol);
  return wanted.port->number <= flow.port && flow.port <= wanted.end_port.value_or(wanted.port->number);
}

bool matches(const api::NetworkPolicyRule& rule, const Question& question) {
  const auto peer_fits = [&](const auto& wanted) { return matches(wanted, question); };
  const auto port_fits = [&](const auto& wanted) { return matches(wanted, question.flow); };
  return (rule.peers.empty() || std::ranges::any_of(rule.peers, peer_fits)) &&
         (rule.ports.empty() || std::ranges::any_of(rule.ports, port_fits));
}

}  // namespace

bool has_named_port(const Flow& flow, Symbol name, Symbol protocol) {
  return flow.to.is_pod() && std::ranges::any_of(flow.to.ports, [&](const api::ContainerPort& port) {
           return port.name == name && port.container_port == flow.port && port.protocol == flow.protocol &&
                  (protocol.empty() || port.protocol == protocol);
         });
}

bool selects(const api::NetworkPolicy& policy, const Question& question) {
  const Symbol type = question.is_ingress() ? "Ingress" : "Egress";
  return policy.metadata.namespace_ == question.subject.namespace_ &&
         policy.pod_selector.matches(*question.subject.labels) &&
         std::ranges::count(policy.policy_types, type) > 0;
}

std::optional<RuleHit> first_hit(const api::NetworkPolicy& policy, const Question& question) {
  const auto& rules = question.is_ingress() ? policy.ingress : policy.egress;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (matches(rules[i], question))
      return RuleHit{static_cast<std::int32_t>(i), RuleAction::kAllow, rules[i].source};
  }
  return std::nullopt;
}

}  // namespace seatrial::network
