#include <algorithm>

#include "sim/network/policy/rules.h"

namespace seatrial::network {

using api::Symbol;

namespace {

bool matches(const api::AdminPeer& wanted, const Peer& peer) {
  if (wanted.namespaces) return peer.is_pod() && wanted.namespaces->matches(*peer.namespace_labels);
  if (wanted.pods)
    return peer.is_pod() && wanted.pods->namespace_selector.matches(*peer.namespace_labels) &&
           wanted.pods->pod_selector.matches(*peer.labels);
  return peer.address && std::ranges::any_of(wanted.networks, [&](Symbol network) {
           const auto cidr = api::Cidr::parse(network.view());
           return cidr && cidr->contains(*peer.address);
         });
}

bool matches(const api::AdminPort& wanted, const Flow& flow) {
  if (wanted.number) return wanted.number->protocol == flow.protocol && wanted.number->port == flow.port;
  if (wanted.range)
    return wanted.range->protocol == flow.protocol && wanted.range->start <= flow.port &&
           flow.port <= wanted.range->end;
  return has_named_port(flow, wanted.named, {});
}

bool matches(const api::AdminRule& rule, const Question& question) {
  const auto peer_fits = [&](const api::AdminPeer& wanted) { return matches(wanted, question.other); };
  const auto port_fits = [&](const api::AdminPort& wanted) { return matches(wanted, question.flow); };
  return std::ranges::any_of(rule.peers, peer_fits) &&
         (rule.ports.empty() || std::ranges::any_of(rule.ports, port_fits));
}

RuleAction action_of(const api::AdminRule& rule) {
  return rule.action == api::AdminAction::kAllow  ? RuleAction::kAllow
         : rule.action == api::AdminAction::kDeny ? RuleAction::kDeny
                                                  : RuleAction::kPass;
}

}  // namespace

// A policy without rules of a direction does not affect it.
bool selects(const api::AdminPolicySpec& policy, const Question& question) {
  return matches(policy.subject, question.subject) &&
         !(question.is_ingress() ? policy.ingress : policy.egress).empty();
}

std::optional<RuleHit> first_hit(const api::AdminPolicySpec& policy, const Question& question) {
  const auto& rules = question.is_ingress() ? policy.ingress : policy.egress;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (matches(rules[i], question))
      return RuleHit{static_cast<std::int32_t>(i), action_of(rules[i]), rules[i].source};
  }
  return std::nullopt;
}

}  // namespace seatrial::network
