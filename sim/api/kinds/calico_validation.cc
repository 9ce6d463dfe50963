#include "sim/api/kinds/calico_validation.h"

#include <array>
#include <set>

#include "sim/api/ip_address.h"
#include "sim/api/validation.h"

namespace seatrial::api {
namespace {

using namespace std::string_view_literals;

constexpr std::array kCalicoProtocols{"ICMP"sv, "ICMPv6"sv, "SCTP"sv, "TCP"sv, "UDP"sv, "UDPLite"sv};
constexpr std::array kCalicoTypes{"Egress"sv, "Ingress"sv};
constexpr std::array kHints{"AssumeNeededOnEveryNode"sv};
constexpr std::array kTierActions{"Deny"sv, "Pass"sv};
constexpr std::size_t kMaxRules = 1024, kMaxNets = 256, kMaxPorts = 50, kMaxTypes = 2;
constexpr const char* kOnlyInRules = "global() can only be used in an EntityRule namespaceSelector";

void validate_selector(Report& report, const Place& at, const CalicoSelector& selector) {
  const auto& error = selector.error();
  if (selector.text().view().size() > CalicoSelector::kMaxLength)
    report.too_long(at, "bytes", CalicoSelector::kMaxLength);
  else if (error)
    report.invalid(at, selector.text().view(),
                   "invalid selector: " + error->message + ", at character " + std::to_string(error->at));
}

// One that may not say global().
void validate_plain_selector(Report& report, const Place& at, const CalicoSelector& selector) {
  validate_selector(report, at, selector);
  if (selector.names_global()) report.invalid(at, "object", kOnlyInRules);
}

void validate_protocol(Report& report, const Place& at, const std::optional<IntOrString>& protocol) {
  if (!protocol) return;
  if (!protocol->is_string()) {
    if (protocol->number < 1 || protocol->number > 255)
      report.invalid(at, protocol->number, "protocol number invalid");
  } else if (!contains(kCalicoProtocols, protocol->text)) {
    report.invalid(at, protocol->text.view(), "protocol name invalid");
  }
}

bool supports_ports(const IntOrString& protocol) {
  const std::string_view name = calico_protocol(protocol).view();
  return name == "TCP" || name == "UDP" || name == "SCTP";
}

void validate_port_text(Report& report, const Place& at, const IntOrString& port) {
  const auto parsed = parse_calico_port(port);
  if (!parsed) return report.invalid(at, port.str(), "invalid port format");
  if (!parsed->name.empty())
    return report.invalid_all(at, parsed->name.view(), check_port_name(parsed->name.view()));
  if (parsed->first < 1 || parsed->last > 65535)
    report.invalid(at, port.str(), "port range invalid, port number must be between 1 and 65535");
  else if (parsed->first > parsed->last)
    report.invalid(at, port.str(), "port range invalid");
}

void validate_ports(Report& report, const Place& at, const std::vector<IntOrString>& ports,
                    const CalicoRule& rule) {
  if (ports.size() > kMaxPorts) report.too_many(at, ports.size(), kMaxPorts);
  bool all_named = true;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    validate_port_text(report, item(at, i), ports[i]);
    const auto parsed = parse_calico_port(ports[i]);
    all_named &= parsed && !parsed->name.empty();
  }
  if (!rule.protocol && !all_named)
    report.invalid_json(at, encode_value(ports),
                        "rules with numeric port or port range must set protocol to TCP or UDP or SCTP");
  if (rule.protocol && !supports_ports(*rule.protocol) && !ports.empty())
    report.invalid_json(at, encode_value(ports),
                        "rules that specify ports must set protocol to TCP or UDP or SCTP");
}

// Which versions of addresses a rule has named so far.
struct Versions {
  bool v4 = false, v6 = false;
};

void validate_nets(Report& report, const Place& at, const std::vector<Symbol>& nets, const CalicoRule& rule,
                   bool negated, Versions& seen) {
  if (nets.size() > kMaxNets) report.too_many(at, nets.size(), kMaxNets);
  Versions here;
  std::set<Symbol> known;
  for (std::size_t i = 0; i < nets.size(); ++i) {
    const Place place = item(at, i);
    const std::string_view text = nets[i].view();
    if (!known.insert(nets[i]).second) report.duplicate(place, text);
    const auto cidr = Cidr::parse(text);
    if (!cidr) {
      report.invalid(place, text, "invalid CIDR");
      continue;
    }
    (cidr->base.v4 ? here.v4 : here.v6) = true;
    if (cidr->network().base != cidr->base) report.invalid(place, text, "CIDR is not strictly masked");
    if (negated && cidr->length == 0)
      report.invalid(place, text,
                     "catch-all CIDR in negation creates logical contradiction (matches no traffic)");
  }
  if (rule.ip_version && ((here.v4 && *rule.ip_version != 4) || (here.v6 && *rule.ip_version != 6)))
    report.invalid_json(at, encode_value(nets), "rule IP version doesn't match CIDR version");
  if ((here.v4 && (seen.v6 || here.v6)) || (here.v6 && seen.v4))
    report.invalid_json(at, encode_value(nets), "rule contains both IPv4 and IPv6 CIDRs");
  seen.v4 |= here.v4;
  seen.v6 |= here.v6;
}

void validate_entity(Report& report, const Place& at, const CalicoEntity& entity, const CalicoRule& rule,
                     Versions& versions) {
  const Place namespaces = field(at, "namespaceSelector");
  validate_plain_selector(report, field(at, "selector"), entity.selector);
  validate_selector(report, field(at, "notSelector"), entity.not_selector);
  validate_selector(report, namespaces, entity.namespace_selector);
  if (entity.namespace_selector.names_global() && !entity.namespace_selector.is_global())
    report.invalid(namespaces, entity.namespace_selector.text().view(),
                   "global() cannot be combined with other selectors");
  validate_nets(report, field(at, "nets"), entity.nets, rule, false, versions);
  validate_nets(report, field(at, "notNets"), entity.not_nets, rule, true, versions);
  validate_ports(report, field(at, "ports"), entity.ports, rule);
  validate_ports(report, field(at, "notPorts"), entity.not_ports, rule);
  if (entity.service_accounts)
    validate_selector(report, field(field(at, "serviceAccounts"), "selector"),
                      entity.service_accounts->selector);
}

void validate_icmp(Report& report, const Place& at, const std::optional<CalicoIcmp>& icmp) {
  const auto validate = [&](const char* name, const std::optional<std::int32_t>& number, std::int32_t max) {
    const Place here = field(at, name);
    if (number && *number < 0)
      report.invalid(here, *number, here.str() + " in body should be greater than or equal to 0");
    if (number && *number > max)
      report.invalid(here, *number,
                     here.str() + " in body should be less than or equal to " + std::to_string(max));
  };
  if (!icmp) return;
  validate("type", icmp->type, 254);
  validate("code", icmp->code, 255);
  if (icmp->code && !icmp->type) report.invalid(at, "object", "ICMP code specified without an ICMP type");
}

void validate_version(Report& report, const Place& at, const CalicoRule& rule) {
  if (!rule.ip_version) return;
  if (*rule.ip_version != 4 && *rule.ip_version != 6) {
    constexpr std::array kVersions{"4"sv, "6"sv};
    report.unsupported(field(at, "ipVersion"), std::to_string(*rule.ip_version), kVersions);
  }
  for (const auto* const protocol : {&rule.protocol, &rule.not_protocol}) {
    const std::string_view name = *protocol ? calico_protocol(**protocol).view() : std::string_view();
    if (name == "ICMP" && *rule.ip_version != 4)
      report.invalid(at, "object", "protocol ICMP requires ipVersion 4");
    if (name == "ICMPv6" && *rule.ip_version != 6)
      report.invalid(at, "object", "protocol ICMPv6 requires ipVersion 6");
  }
}

void validate_calico_rule(Report& report, const Place& at, const CalicoRule& rule) {
  if (rule.action == CalicoAction::kUnset) report.required(field(at, "action"), "");
  validate_protocol(report, field(at, "protocol"), rule.protocol);
  validate_protocol(report, field(at, "notProtocol"), rule.not_protocol);
  validate_version(report, at, rule);
  validate_icmp(report, field(at, "icmp"), rule.icmp);
  validate_icmp(report, field(at, "notICMP"), rule.not_icmp);
  const Symbol protocol = rule.protocol ? calico_protocol(*rule.protocol) : Symbol();
  if (rule.icmp && protocol != Symbol("ICMP") && protocol != Symbol("ICMPv6"))
    report.invalid(at, "object", "ICMP fields require protocol to be ICMP or ICMPv6");
  Versions versions;
  validate_entity(report, field(at, "source"), rule.from, rule, versions);
  validate_entity(report, field(at, "destination"), rule.to, rule, versions);
}

void validate_types(Report& report, const Place& at, const std::vector<Symbol>& types) {
  if (types.size() > kMaxTypes) report.too_many(at, types.size(), kMaxTypes);
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!contains(kCalicoTypes, types[i])) report.unsupported(item(at, i), types[i].view(), kCalicoTypes);
    if (std::ranges::find(types, types[i]) - types.begin() < static_cast<std::ptrdiff_t>(i))
      report.duplicate(item(at, i), types[i].view());
  }
}

void validate_spec(Report& report, const Place& at, const CalicoPolicySpec& spec) {
  report.invalid_all(field(at, "tier"), spec.tier.view(), check_dns1123_subdomain(spec.tier.view()));
  validate_plain_selector(report, field(at, "selector"), spec.selector);
  validate_plain_selector(report, field(at, "serviceAccountSelector"), spec.service_account_selector);
  validate_plain_selector(report, field(at, "namespaceSelector"), spec.namespace_selector);
  validate_types(report, field(at, "types"), spec.types);
  const Place hints = field(at, "performanceHints");
  for (std::size_t i = 0; i < spec.performance_hints.size(); ++i) {
    if (!contains(kHints, spec.performance_hints[i]))
      report.unsupported(item(hints, i), spec.performance_hints[i].view(), kHints);
  }
  const auto validate_rules = [&](const char* name, const std::vector<CalicoRule>& rules) {
    const Place list = field(at, name);
    if (rules.size() > kMaxRules) report.too_many(list, rules.size(), kMaxRules);
    for (std::size_t i = 0; i < rules.size(); ++i) validate_calico_rule(report, item(list, i), rules[i]);
  };
  validate_rules("ingress", spec.ingress);
  validate_rules("egress", spec.egress);
}

// A label, or two with a dot between them (that of its tier).
void validate_policy_name(Report& report, Symbol name) {
  const Place root, metadata = field(root, "metadata");
  const std::string_view text = name.view();
  const std::size_t dot = text.find('.');
  const bool labels = check_dns1123_label(text.substr(0, dot)).empty() &&
                      (dot == std::string_view::npos || check_dns1123_label(text.substr(dot + 1)).empty());
  if (!labels && check_dns1123_subdomain(text).empty())
    report.invalid(field(metadata, "name"), text,
                   "name must consist of lower case alphanumeric characters or '-' (regex: "
                   "[a-z0-9]([-a-z0-9]*[a-z0-9])?)");
}

}  // namespace

Problems validate_calico(const CalicoNetworkPolicy& policy, const CalicoNetworkPolicy* old) {
  Report report;
  const Place root;
  validate_metadata(report, policy, NameRule::kSubdomain, old);
  validate_policy_name(report, policy.metadata.name);
  validate_spec(report, field(root, "spec"), policy.spec);
  return report.take();
}

Problems validate_global(const GlobalNetworkPolicy& policy, const GlobalNetworkPolicy* old) {
  Report report;
  const Place root, at = field(root, "spec");
  const CalicoPolicySpec& spec = policy.spec;
  validate_metadata(report, policy, NameRule::kSubdomain, old);
  validate_policy_name(report, policy.metadata.name);
  validate_spec(report, at, spec);
  if (spec.do_not_track && spec.pre_dnat) report.forbidden(at, "preDNAT and doNotTrack cannot both be true");
  if (spec.pre_dnat && !spec.egress.empty())
    report.forbidden(at, "preDNAT policy cannot have any egress rules");
  if (spec.pre_dnat && std::ranges::count(spec.types, Symbol("Egress")) > 0)
    report.forbidden(at, "preDNAT policy cannot have 'Egress' type");
  if ((spec.do_not_track || spec.pre_dnat) && !spec.apply_on_forward)
    report.invalid(at, "object", "applyOnForward must be true if either preDNAT or doNotTrack is true");
  return report.take();
}

// The tiers that there are from the beginning keep their orders and actions.
Problems validate_tier(const Tier& tier, const Tier* old) {
  struct Known {
    std::string_view name, order, action;
    double number;
  };
  constexpr std::array kKnown{Known{"default", "1000000", "Deny", 1e6},
                              Known{"adminnetworkpolicy", "1000", "Pass", 1e3},
                              Known{"baselineadminnetworkpolicy", "10000000", "Pass", 1e7}};
  Report report;
  const Place root, spec = field(root, "spec"), action = field(spec, "defaultAction");
  validate_metadata(report, tier, NameRule::kLabel, old);
  if (!contains(kTierActions, tier.default_action))
    report.unsupported(action, tier.default_action.view(), kTierActions);
  for (const Known& known : kKnown) {
    if (tier.metadata.name.view() != known.name) continue;
    const std::string name(known.name);
    if (tier.order != known.number)
      report.invalid(root, "object", name + " tier order must be " + std::string(known.order));
    if (tier.default_action.view() != known.action)
      report.invalid(root, "object",
                     "The '" + name + "' tier must have default action '" + std::string(known.action) + "'");
  }
  return report.take();
}

}  // namespace seatrial::api
