// NetworkPolicy (networking.k8s.io/v1).
#include <algorithm>

#include "sim/api/ip_address.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/networking.h"

namespace seatrial::api {

template <class V>
void fields(V& v, NetworkPolicyPort& p) {
  v("endPort", p.end_port);
  v("port", p.port);
  v("protocol", p.protocol);
}
template <class V>
void fields(V& v, IpBlock& b) {
  v.always("cidr", b.cidr);
  v("except", b.except);
}
template <class V>
void fields(V& v, NetworkPolicyPeer& p) {
  v("ipBlock", p.ip_block);
  v("namespaceSelector", p.namespace_selector);
  v("podSelector", p.pod_selector);
}

namespace {

// The two directions name their peers differently.
struct IngressOf {
  NetworkPolicyRule rule;
};
struct EgressOf {
  NetworkPolicyRule rule;
};
template <class V>
void fields(V& v, IngressOf& r) {
  v("from", r.rule.peers);
  v("ports", r.rule.ports);
  if constexpr (V::kDecoding) r.rule.source = v.map().where;
}
template <class V>
void fields(V& v, EgressOf& r) {
  v("ports", r.rule.ports);
  v("to", r.rule.peers);
  if constexpr (V::kDecoding) r.rule.source = v.map().where;
}

template <class Of, class V>
void rules(V& v, std::string_view name, std::vector<NetworkPolicyRule>& all) {
  std::vector<Of> list;
  for (const NetworkPolicyRule& rule : all) list.push_back({rule});
  v(name, list);
  if constexpr (V::kDecoding) {
    all.clear();
    for (Of& item : list) all.push_back(std::move(item.rule));
  }
}

const char* const kNetworkPolicySchema = R"(
NetworkPolicy: apiVersion string, kind string, metadata ObjectMeta, spec NetworkPolicySpec
NetworkPolicySpec: podSelector LabelSelector, ingress []NetworkPolicyIngressRule, egress []NetworkPolicyEgressRule,
  policyTypes []string
NetworkPolicyIngressRule: ports []NetworkPolicyPort, from []NetworkPolicyPeer
NetworkPolicyEgressRule: ports []NetworkPolicyPort, to []NetworkPolicyPeer
NetworkPolicyPort: protocol string, port intstr, endPort int32
NetworkPolicyPeer: podSelector LabelSelector, namespaceSelector LabelSelector, ipBlock IPBlock
IPBlock: cidr string, except []string
)";

}  // namespace

template <class V>
void object_fields(V& v, NetworkPolicy& p) {
  v.object("spec", [&](V& spec) {
    rules<EgressOf>(spec, "egress", p.egress);
    rules<IngressOf>(spec, "ingress", p.ingress);
    spec.always("podSelector", p.pod_selector);
    spec("policyTypes", p.policy_types);
  });
}

namespace {

// SetDefaults_NetworkPolicy.
void set_defaults(NetworkPolicy& p) {
  for (auto* const rules : {&p.ingress, &p.egress}) {
    for (NetworkPolicyRule& rule : *rules) {
      for (NetworkPolicyPort& port : rule.ports) {
        if (port.protocol.empty()) port.protocol = "TCP";
      }
    }
  }
  if (!p.policy_types.empty()) return;
  p.policy_types = {"Ingress"};
  if (!p.egress.empty()) p.policy_types.push_back("Egress");
}

constexpr std::array kPeerProtocols{"TCP"sv, "UDP"sv, "SCTP"sv};
constexpr std::array kPolicyTypes{"Ingress"sv, "Egress"sv};
constexpr const char* kNoCidr = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

void validate_port(Report& report, const Place& at, const NetworkPolicyPort& p) {
  if (!contains(kPeerProtocols, p.protocol))
    report.unsupported(field(at, "protocol"), p.protocol.view(), kPeerProtocols);
  const Place port = field(at, "port"), end_port = field(at, "endPort");
  if (!p.port) {
    if (p.end_port)
      report.invalid(end_port, *p.end_port, "may not be specified when `port` is not specified");
  } else if (p.port->is_string()) {
    if (p.end_port) report.invalid(end_port, *p.end_port, "may not be specified when `port` is non-numeric");
    report.invalid_all(port, p.port->text.view(), check_port_name(p.port->text.view()));
  } else {
    for (const std::string& message : check_port_number(p.port->number))
      report.invalid(port, p.port->number, message);
    if (!p.end_port) return;
    if (*p.end_port < p.port->number)
      report.invalid(end_port, *p.end_port, "must be greater than or equal to `port`");
    for (const std::string& message : check_port_number(*p.end_port))
      report.invalid(end_port, *p.end_port, message);
  }
}

void validate_block(Report& report, const Place& at, const IpBlock& block) {
  const Place cidr = field(at, "cidr"), excepts = field(at, "except");
  if (block.cidr.empty()) return report.required(cidr, "");
  const auto whole = Cidr::parse(block.cidr.view());
  if (!whole) return report.invalid(cidr, block.cidr.view(), kNoCidr);
  for (std::size_t i = 0; i < block.except.size(); ++i) {
    const Place here = item(excepts, i);
    const auto part = Cidr::parse(block.except[i].view());
    if (!part) {
      report.invalid(here, block.except[i].view(), kNoCidr);
    } else if (!whole->contains(part->base) || whole->length >= part->length) {
      report.invalid(here, block.except[i].view(), "must be a strict subset of `cidr`");
    }
  }
}

void validate_peer(Report& report, const Place& at, const NetworkPolicyPeer& peer) {
  if (peer.pod_selector) validate_label_selector(report, field(at, "podSelector"), *peer.pod_selector);
  if (peer.namespace_selector)
    validate_label_selector(report, field(at, "namespaceSelector"), *peer.namespace_selector);
  if (peer.ip_block) validate_block(report, field(at, "ipBlock"), *peer.ip_block);
  const bool selected = peer.pod_selector || peer.namespace_selector;
  if (!selected && !peer.ip_block) report.required(at, "must specify a peer");
  if (selected && peer.ip_block) report.forbidden(at, "may not specify both ipBlock and another peer");
}

void validate_rules(Report& report, const Place& at, const std::vector<NetworkPolicyRule>& rules,
                    const char* peers_name) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Place rule = item(at, i), ports = field(rule, "ports"), peers = field(rule, peers_name);
    for (std::size_t k = 0; k < rules[i].ports.size(); ++k)
      validate_port(report, item(ports, k), rules[i].ports[k]);
    for (std::size_t k = 0; k < rules[i].peers.size(); ++k)
      validate_peer(report, item(peers, k), rules[i].peers[k]);
  }
}

// Source: pkg/apis/networking/validation/validation.go, ValidateNetworkPolicySpec.
Problems validate(const NetworkPolicy& p, const NetworkPolicy* old) {
  Report report;
  const Place root, spec = field(root, "spec"), types = field(spec, "policyTypes");
  validate_metadata(report, p, NameRule::kSubdomain, old);
  validate_label_selector(report, field(spec, "podSelector"), p.pod_selector);
  validate_rules(report, field(spec, "ingress"), p.ingress, "from");
  validate_rules(report, field(spec, "egress"), p.egress, "to");
  if (p.policy_types.size() > kPolicyTypes.size()) {
    report.invalid_json(types, encode_value(p.policy_types), "may not specify more than two policyTypes");
    return report.take();
  }
  for (std::size_t i = 0; i < p.policy_types.size(); ++i) {
    if (!contains(kPolicyTypes, p.policy_types[i]))
      report.unsupported(item(types, i), p.policy_types[i].view(), kPolicyTypes);
  }
  return report.take();
}

}  // namespace

const KindCode& network_policy_code() {
  static const KindCode code = kind_code<NetworkPolicy, set_defaults, validate>(kNetworkPolicySchema);
  return code;
}

}  // namespace seatrial::api
