#include <algorithm>

#include "sim/network/policy/endpoint_labels.h"
#include "sim/network/policy/rules.h"

namespace seatrial::network {

using api::CalicoSelector;
using api::Symbol;

namespace {

EndpointLabels labels_of(const Peer& pod) {
  return {*pod.labels, pod.namespace_, *pod.namespace_labels, pod.service_account,
          pod.service_account_labels};
}

bool selects_pod(const CalicoSelector& selector, const Peer& pod) {
  const EndpointLabels labels = labels_of(pod);
  return selector.matches([&](Symbol key) { return labels.find(key); });
}
bool selects_namespace(const CalicoSelector& selector, const Peer& pod) {
  const EndpointLabels labels = labels_of(pod);
  return selector.matches([&](Symbol key) { return labels.find_of_namespace(key); });
}
bool selects_account(const CalicoSelector& selector, const Peer& pod) {
  const EndpointLabels labels = labels_of(pod);
  return selector.matches([&](Symbol key) { return labels.find_of_account(key); });
}

bool matches(const api::CalicoServiceAccounts& wanted, const Peer& pod) {
  const Symbol* const account = labels_of(pod).find(kCalicoAccount);
  const bool named = wanted.names.empty() || (account && std::ranges::count(wanted.names, *account) > 0);
  return named && selects_account(wanted.selector, pod);
}

// Which pods the selectors of one side of a rule name, if they name any. As soon as one of them is set, a
// namespaced policy means pods of its own namespace, or of those that namespaceSelector names.
bool is_named(const api::CalicoEntity& entity, const Peer& peer, Symbol policy_namespace) {
  const bool accounts = entity.service_accounts && (!entity.service_accounts->names.empty() ||
                                                    !entity.service_accounts->selector.empty());
  const bool by_pod = accounts || !entity.selector.empty();
  const bool by_namespace = !entity.namespace_selector.empty() ||
                            (!policy_namespace.empty() && (by_pod || !entity.not_selector.empty()));
  if (!by_pod && !by_namespace) return true;
  if (!peer.is_pod()) return false;
  if (!entity.namespace_selector.empty()) {
    if (!selects_namespace(entity.namespace_selector, peer)) return false;
  } else if (!policy_namespace.empty() && peer.namespace_ != policy_namespace) {
    return false;
  }
  return (!accounts || matches(*entity.service_accounts, peer)) && selects_pod(entity.selector, peer);
}

bool holds_address(const std::vector<Symbol>& nets, const Peer& peer) {
  return peer.address && std::ranges::any_of(nets, [&](Symbol net) {
           const auto cidr = api::Cidr::parse(net.view());
           return cidr && cidr->contains(*peer.address);
         });
}

bool matches(const api::CalicoEntity& entity, const Peer& peer, Symbol policy_namespace) {
  if (!entity.nets.empty() && !holds_address(entity.nets, peer)) return false;
  if (holds_address(entity.not_nets, peer)) return false;
  if (!entity.not_selector.empty() && peer.is_pod() && selects_pod(entity.not_selector, peer)) return false;
  return is_named(entity, peer, policy_namespace);
}

// A named port has the protocol that the container says, and the rule's if it says one.
bool holds_port(const std::vector<api::IntOrString>& ports, const Flow& flow, Symbol protocol) {
  return std::ranges::any_of(ports, [&](const api::IntOrString& text) {
    const auto port = api::parse_calico_port(text);
    if (!port) return false;
    if (!port->name.empty()) return has_named_port(flow, port->name, protocol);
    return port->first <= flow.port && flow.port <= port->last;
  });
}

bool matches_ports(const api::CalicoRule& rule, const Flow& flow, Symbol protocol) {
  if (!rule.from.ports.empty() && !hold_ephemeral_ports(rule.from.ports)) return false;
  if (hold_ephemeral_ports(rule.from.not_ports)) return false;
  return (rule.to.ports.empty() || holds_port(rule.to.ports, flow, protocol)) &&
         !holds_port(rule.to.not_ports, flow, protocol);
}

bool matches(const api::CalicoRule& rule, const Question& question, Symbol policy_namespace) {
  const Symbol protocol = rule.protocol ? api::calico_protocol(*rule.protocol) : Symbol();
  if (rule.protocol && protocol != question.flow.protocol) return false;
  if (rule.not_protocol && api::calico_protocol(*rule.not_protocol) == question.flow.protocol) return false;
  const auto& address = question.other.address;
  if (rule.ip_version && *rule.ip_version != (address && !address->v4 ? 6 : 4)) return false;
  return matches_ports(rule, question.flow, protocol) &&
         matches(rule.from, question.flow.from, policy_namespace) &&
         matches(rule.to, question.flow.to, policy_namespace);
}

bool has_type(const api::CalicoPolicySpec& spec, const Question& question) {
  return std::ranges::count(spec.types, Symbol(question.is_ingress() ? "Ingress" : "Egress")) > 0;
}

std::optional<RuleHit> first_calico_hit(const api::CalicoPolicySpec& spec, const Question& question,
                                        Symbol policy_namespace) {
  const auto& rules = question.is_ingress() ? spec.ingress : spec.egress;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const api::CalicoRule& rule = rules[i];
    if (rule.action == api::CalicoAction::kLog || !matches(rule, question, policy_namespace)) continue;
    const RuleAction action = rule.action == api::CalicoAction::kAllow  ? RuleAction::kAllow
                              : rule.action == api::CalicoAction::kPass ? RuleAction::kPass
                                                                        : RuleAction::kDeny;
    return RuleHit{static_cast<std::int32_t>(i), action, rule.source};
  }
  return std::nullopt;
}

}  // namespace

bool hold_ephemeral_ports(const std::vector<api::IntOrString>& ports) {
  return std::ranges::any_of(ports, [](const api::IntOrString& text) {
    const auto port = api::parse_calico_port(text);
    return port && port->name.empty() && port->first <= kFirstEphemeralPort &&
           kLastEphemeralPort <= port->last;
  });
}

bool selects(const api::CalicoNetworkPolicy& policy, const Question& question) {
  return has_type(policy.spec, question) && policy.metadata.namespace_ == question.subject.namespace_ &&
         selects_pod(policy.spec.selector, question.subject) &&
         selects_account(policy.spec.service_account_selector, question.subject);
}

bool selects(const api::GlobalNetworkPolicy& policy, const Question& question) {
  const api::CalicoPolicySpec& spec = policy.spec;
  return has_type(spec, question) && !spec.do_not_track && !spec.pre_dnat &&
         selects_pod(spec.selector, question.subject) &&
         selects_namespace(spec.namespace_selector, question.subject) &&
         selects_account(spec.service_account_selector, question.subject);
}

std::optional<RuleHit> first_hit(const api::CalicoNetworkPolicy& policy, const Question& question) {
  return first_calico_hit(policy.spec, question, policy.metadata.namespace_);
}
std::optional<RuleHit> first_hit(const api::GlobalNetworkPolicy& policy, const Question& question) {
  return first_calico_hit(policy.spec, question, {});
}

}  // namespace seatrial::network
