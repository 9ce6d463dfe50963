#include <algorithm>

#include "sim/network/policy/policy_form.h"

namespace seatrial::network {

using api::Symbol;

namespace {

std::vector<api::Cidr> nets_of(const std::vector<Symbol>& texts) {
  std::vector<api::Cidr> nets;
  for (const Symbol text : texts) {
    if (const auto cidr = api::Cidr::parse(text.view())) nets.push_back(*cidr);
  }
  return nets;
}

// Any selector makes a namespaced policy mean pods of its own namespace, if it does not name others.
Term entity_term(const api::CalicoEntity& entity, Symbol policy_namespace) {
  Term term;
  term.asks_nets = !entity.nets.empty();
  term.nets = nets_of(entity.nets);
  term.not_nets = nets_of(entity.not_nets);
  term.not_pods = entity.not_selector;
  term.calico_namespaces = entity.namespace_selector;
  term.calico_pods = entity.selector;
  if (entity.service_accounts) {
    term.accounts = entity.service_accounts->names;
    term.calico_accounts = entity.service_accounts->selector;
  }
  const bool any = !entity.selector.empty() || !term.accounts.empty() || !term.calico_accounts.empty();
  const bool own_namespace =
      entity.namespace_selector.empty() && !policy_namespace.empty() && (any || !entity.not_selector.empty());
  if (own_namespace) term.in_namespace = policy_namespace;
  term.pods = any || own_namespace || !entity.namespace_selector.empty();
  return term;
}

bool asks_anything(const Term& term) {
  return term.pods || term.asks_nets || !term.not_nets.empty() || !term.not_pods.empty();
}

std::vector<PortTerm> port_terms(const std::vector<api::IntOrString>& ports, Symbol protocol) {
  std::vector<PortTerm> terms;
  for (const api::IntOrString& text : ports) {
    if (const auto port = api::parse_calico_port(text))
      terms.push_back({protocol, port->first, port->last, port->name});
  }
  return terms;
}

RuleForm rule_form(const api::CalicoRule& rule, std::size_t index, Direction direction,
                   Symbol policy_namespace) {
  const bool in = direction == Direction::kIngress;
  RuleForm form;
  form.action = rule.action == api::CalicoAction::kAllow  ? RuleAction::kAllow
                : rule.action == api::CalicoAction::kPass ? RuleAction::kPass
                                                          : RuleAction::kDeny;
  form.rule = static_cast<std::int32_t>(index);
  form.where = rule.source;
  if (rule.protocol) form.protocol = api::calico_protocol(*rule.protocol);
  if (rule.not_protocol) form.not_protocol = api::calico_protocol(*rule.not_protocol);
  form.ports = port_terms(rule.to.ports, form.protocol);
  form.not_ports = port_terms(rule.to.not_ports, form.protocol);
  form.peers.push_back(entity_term(in ? rule.from : rule.to, policy_namespace));
  form.peers.back().ip_version = rule.ip_version.value_or(0);
  form.subject = entity_term(in ? rule.to : rule.from, policy_namespace);
  form.asks_subject = asks_anything(form.subject);
  return form;
}

std::vector<RuleForm> calico_rules(const std::vector<api::CalicoRule>& rules, Direction direction,
                                   Symbol policy_namespace) {
  std::vector<RuleForm> forms;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const api::CalicoRule& rule = rules[i];
    const bool never = (!rule.from.ports.empty() && !hold_ephemeral_ports(rule.from.ports)) ||
                       hold_ephemeral_ports(rule.from.not_ports);
    if (rule.action == api::CalicoAction::kLog || never) continue;
    forms.push_back(rule_form(rule, i, direction, policy_namespace));
  }
  return forms;
}

}  // namespace

PolicyForm calico_form(const api::CalicoPolicySpec& spec, Symbol policy_namespace) {
  PolicyForm form;
  form.subject.pods = true;
  form.subject.in_namespace = policy_namespace;
  form.subject.calico_pods = spec.selector;
  form.subject.calico_namespaces = spec.namespace_selector;
  form.subject.calico_accounts = spec.service_account_selector;
  const auto has_type = [&](const char* type) {
    return !spec.do_not_track && !spec.pre_dnat && std::ranges::count(spec.types, Symbol(type)) > 0;
  };
  form.applies = {has_type("Ingress"), has_type("Egress")};
  form.rules = {calico_rules(spec.ingress, Direction::kIngress, policy_namespace),
                calico_rules(spec.egress, Direction::kEgress, policy_namespace)};
  return form;
}

}  // namespace seatrial::network
