#include "sim/network/policy/policy_form.h"

#include <algorithm>

namespace seatrial::network {

using api::Kind;
using api::Symbol;

namespace {

constexpr std::size_t kIn = static_cast<std::size_t>(Direction::kIngress),
                      kOut = static_cast<std::size_t>(Direction::kEgress);
constexpr std::int32_t kLastPort = 65535;

void add_net(std::vector<api::Cidr>& nets, Symbol text) {
  if (const auto cidr = api::Cidr::parse(text.view())) nets.push_back(*cidr);
}

// ---- Kubernetes' policies

Term kubernetes_peer(const api::NetworkPolicyPeer& peer, Symbol policy_namespace,
                     const PolicyOptions& options) {
  Term term;
  if (peer.ip_block) {
    term.asks_nets = true;
    term.nets_spare_pods = !options.blocks_cover_pods;
    add_net(term.nets, peer.ip_block->cidr);
    for (const Symbol except : peer.ip_block->except) add_net(term.not_nets, except);
    return term;
  }
  term.pods = true;
  term.namespaces = peer.namespace_selector;
  if (!peer.namespace_selector) term.in_namespace = policy_namespace;
  term.pod_labels = peer.pod_selector;
  return term;
}

PortTerm kubernetes_port(const api::NetworkPolicyPort& port) {
  if (!port.port) return {port.protocol, 0, kLastPort, {}};
  if (port.port->is_string()) return {port.protocol, 0, 0, port.port->text};
  return {port.protocol, port.port->number, port.end_port.value_or(port.port->number), {}};
}

std::vector<RuleForm> kubernetes_rules(const std::vector<api::NetworkPolicyRule>& rules,
                                       Symbol policy_namespace, const PolicyOptions& options) {
  std::vector<RuleForm> forms;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    RuleForm form;
    form.rule = static_cast<std::int32_t>(i);
    form.where = rules[i].source;
    for (const auto& peer : rules[i].peers)
      form.peers.push_back(kubernetes_peer(peer, policy_namespace, options));
    if (form.peers.empty()) form.peers.emplace_back();
    for (const auto& port : rules[i].ports) form.ports.push_back(kubernetes_port(port));
    forms.push_back(std::move(form));
  }
  return forms;
}

PolicyForm kubernetes_form(const api::NetworkPolicy& policy, const PolicyOptions& options) {
  const Symbol of = policy.metadata.namespace_;
  PolicyForm form;
  form.subject.pods = true;
  form.subject.in_namespace = of;
  form.subject.pod_labels = policy.pod_selector;
  form.applies[kIn] = std::ranges::count(policy.policy_types, Symbol("Ingress")) > 0;
  form.applies[kOut] = std::ranges::count(policy.policy_types, Symbol("Egress")) > 0;
  form.rules[kIn] = kubernetes_rules(policy.ingress, of, options);
  form.rules[kOut] = kubernetes_rules(policy.egress, of, options);
  return form;
}

// ---- Administrators' policies

Term admin_peer(const api::AdminPeer& peer) {
  Term term;
  if (peer.namespaces || peer.pods) {
    term.pods = true;
    term.namespaces = peer.namespaces ? *peer.namespaces : peer.pods->namespace_selector;
    if (peer.pods) term.pod_labels = peer.pods->pod_selector;
    return term;
  }
  term.asks_nets = true;
  for (const Symbol network : peer.networks) add_net(term.nets, network);
  return term;
}

PortTerm admin_port(const api::AdminPort& port) {
  if (port.number) return {port.number->protocol, port.number->port, port.number->port, {}};
  if (port.range) return {port.range->protocol, port.range->start, port.range->end, {}};
  return {{}, 0, 0, port.named};
}

std::vector<RuleForm> admin_rules(const std::vector<api::AdminRule>& rules) {
  std::vector<RuleForm> forms;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    RuleForm form;
    form.action = rules[i].action == api::AdminAction::kAllow  ? RuleAction::kAllow
                  : rules[i].action == api::AdminAction::kDeny ? RuleAction::kDeny
                                                               : RuleAction::kPass;
    form.rule = static_cast<std::int32_t>(i);
    form.where = rules[i].source;
    for (const api::AdminPeer& peer : rules[i].peers) form.peers.push_back(admin_peer(peer));
    for (const api::AdminPort& port : rules[i].ports) form.ports.push_back(admin_port(port));
    forms.push_back(std::move(form));
  }
  return forms;
}

PolicyForm admin_form(const api::AdminPolicySpec& spec) {
  PolicyForm form;
  form.subject = admin_peer(spec.subject);
  form.applies = {!spec.ingress.empty(), !spec.egress.empty()};
  form.rules = {admin_rules(spec.ingress), admin_rules(spec.egress)};
  return form;
}

void add_ports(const std::vector<PortTerm>& ports, Sight& sight) {
  for (const PortTerm& port : ports) {
    if (!port.name.empty()) sight.ports.insert(port.name);
  }
}

}  // namespace

PolicyForm form_of(const api::Object& policy, const PolicyOptions& options) {
  switch (policy.kind) {
    case Kind::kAdminNetworkPolicy:
      return admin_form(static_cast<const api::AdminNetworkPolicy&>(policy).spec);
    case Kind::kBaselineAdminNetworkPolicy:
      return admin_form(static_cast<const api::BaselineAdminNetworkPolicy&>(policy).spec);
    case Kind::kCalicoNetworkPolicy:
      return calico_form(static_cast<const api::CalicoNetworkPolicy&>(policy).spec,
                         policy.metadata.namespace_);
    case Kind::kGlobalNetworkPolicy:
      return calico_form(static_cast<const api::GlobalNetworkPolicy&>(policy).spec, {});
    default:
      return kubernetes_form(static_cast<const api::NetworkPolicy&>(policy), options);
  }
}

Sight sight_of(const PolicyForm& form) {
  Sight sight;
  add_sight(form.subject, sight);
  for (const auto& rules : form.rules) {
    for (const RuleForm& rule : rules) {
      for (const Term& peer : rule.peers) add_sight(peer, sight);
      if (rule.asks_subject) add_sight(rule.subject, sight);
      add_ports(rule.ports, sight);
      add_ports(rule.not_ports, sight);
    }
  }
  return sight;
}

}  // namespace seatrial::network
