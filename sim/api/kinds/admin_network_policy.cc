// AdminNetworkPolicy and BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1).
#include "sim/api/admin_network_policy.h"

#include "sim/api/ip_address.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <>
struct EnumNames<AdminAction> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Allow"sv, "Deny"sv, "Pass"sv};
};

template <class V>
void fields(V& v, NamespacedPods& p) {
  v.always("namespaceSelector", p.namespace_selector);
  v.always("podSelector", p.pod_selector);
}
template <class V>
void fields(V& v, AdminPeer& p) {
  v("namespaces", p.namespaces);
  v("networks", p.networks);
  v("pods", p.pods);
}
template <class V>
void fields(V& v, AdminPortNumber& p) {
  v.always("port", p.port);
  v("protocol", p.protocol);
}
template <class V>
void fields(V& v, AdminPortRange& p) {
  v.always("end", p.end);
  v("protocol", p.protocol);
  v.always("start", p.start);
}
template <class V>
void fields(V& v, AdminPort& p) {
  v("namedPort", p.named);
  v("portNumber", p.number);
  v("portRange", p.range);
}

namespace {

// The two directions name their peers differently.
struct AdminIngress {
  AdminRule rule;
};
struct AdminEgress {
  AdminRule rule;
};
template <class V>
void admin_rule(V& v, AdminRule& r, std::string_view peers) {
  v.always("action", r.action);
  v(peers, r.peers);
  v("name", r.name);
  v("ports", r.ports);
  if constexpr (V::kDecoding) r.source = v.map().where;
}
template <class V>
void fields(V& v, AdminIngress& r) {
  admin_rule(v, r.rule, "from");
}
template <class V>
void fields(V& v, AdminEgress& r) {
  admin_rule(v, r.rule, "to");
}

template <class Of, class V>
void admin_rules(V& v, std::string_view name, std::vector<AdminRule>& all) {
  std::vector<Of> list;
  for (const AdminRule& rule : all) list.push_back({rule});
  v(name, list);
  if constexpr (V::kDecoding) {
    all.clear();
    for (Of& item : list) all.push_back(std::move(item.rule));
  }
}

const char* const kAdminSchema = R"(
AdminNetworkPolicy: apiVersion string, kind string, metadata ObjectMeta, spec AdminNetworkPolicySpec,
  status AdminNetworkPolicyStatus
AdminNetworkPolicyStatus: conditions []Condition
AdminNetworkPolicySpec: priority int32, subject AdminNetworkPolicySubject,
  ingress []AdminNetworkPolicyIngressRule, egress []AdminNetworkPolicyEgressRule
AdminNetworkPolicySubject: namespaces LabelSelector, pods NamespacedPod
NamespacedPod: namespaceSelector LabelSelector, podSelector LabelSelector
AdminNetworkPolicyIngressRule: name string, action string, from []AdminNetworkPolicyIngressPeer,
  ports []AdminNetworkPolicyPort
AdminNetworkPolicyEgressRule: name string, action string, to []AdminNetworkPolicyEgressPeer,
  ports []AdminNetworkPolicyPort
AdminNetworkPolicyIngressPeer: namespaces LabelSelector, pods NamespacedPod
AdminNetworkPolicyEgressPeer: namespaces LabelSelector, pods NamespacedPod, networks []string
AdminNetworkPolicyPort: portNumber AdminPortNumber, namedPort string, portRange AdminPortRange
AdminPortNumber: protocol string, port int32
AdminPortRange: protocol string, start int32, end int32
)";
const char* const kBaselineSchema = R"(
BaselineAdminNetworkPolicy: apiVersion string, kind string, metadata ObjectMeta, spec BaselineAdminNetworkPolicySpec,
  status AdminNetworkPolicyStatus
BaselineAdminNetworkPolicySpec: subject AdminNetworkPolicySubject, ingress []AdminNetworkPolicyIngressRule,
  egress []AdminNetworkPolicyEgressRule
)";

}  // namespace

template <class V>
void object_fields(V& v, AdminNetworkPolicy& p) {
  v.object("spec", [&](V& spec) {
    admin_rules<AdminEgress>(spec, "egress", p.spec.egress);
    admin_rules<AdminIngress>(spec, "ingress", p.spec.ingress);
    spec("priority", p.spec.priority);
    spec.always("subject", p.spec.subject);
  });
}
template <class V>
void object_fields(V& v, BaselineAdminNetworkPolicy& p) {
  v.object("spec", [&](V& spec) {
    admin_rules<AdminEgress>(spec, "egress", p.spec.egress);
    admin_rules<AdminIngress>(spec, "ingress", p.spec.ingress);
    spec.always("subject", p.spec.subject);
  });
}

namespace {

template <class T>
void default_admin(T& p) {
  for (auto* const rules : {&p.spec.ingress, &p.spec.egress}) {
    for (AdminRule& rule : *rules) {
      for (AdminPort& port : rule.ports) {
        if (port.number && port.number->protocol.empty()) port.number->protocol = "TCP";
        if (port.range && port.range->protocol.empty()) port.range->protocol = "TCP";
      }
    }
  }
}

constexpr std::size_t kMaxItems = 100, kMaxName = 100, kMaxNetworks = 25;
constexpr std::array kAdminProtocols{"SCTP"sv, "TCP"sv, "UDP"sv};
constexpr std::array kBaselineActions{"Allow"sv, "Deny"sv};

// Of a map of which one field must be set (MinProperties, MaxProperties).
void validate_one_of(Report& report, const Place& at, std::size_t set) {
  if (set > 1) report.too_many(at, set, 1);
  if (set == 0) report.invalid(at, 0, at.str() + " in body should have at least 1 properties");
}

void validate_pods(Report& report, const Place& at, const NamespacedPods& pods) {
  validate_label_selector(report, field(at, "namespaceSelector"), pods.namespace_selector);
  validate_label_selector(report, field(at, "podSelector"), pods.pod_selector);
}

void validate_admin_peer(Report& report, const Place& at, const AdminPeer& peer) {
  const Place networks = field(at, "networks");
  validate_one_of(report, at, peer.namespaces.has_value() + peer.pods.has_value() + !peer.networks.empty());
  if (peer.namespaces) validate_label_selector(report, field(at, "namespaces"), *peer.namespaces);
  if (peer.pods) validate_pods(report, field(at, "pods"), *peer.pods);
  if (peer.networks.size() > kMaxNetworks) report.too_many(networks, peer.networks.size(), kMaxNetworks);
  for (std::size_t i = 0; i < peer.networks.size(); ++i) {
    if (!Cidr::parse(peer.networks[i].view()))
      report.invalid(item(networks, i), peer.networks[i].view(), "Invalid CIDR format provided");
    if (std::ranges::find(peer.networks, peer.networks[i]) - peer.networks.begin() <
        static_cast<std::ptrdiff_t>(i))
      report.duplicate(item(networks, i), peer.networks[i].view());
  }
}

void validate_number(Report& report, const Place& at, std::int32_t number) {
  if (number < 1) report.invalid(at, number, at.str() + " in body should be greater than or equal to 1");
  if (number > 65535) report.invalid(at, number, at.str() + " in body should be less than or equal to 65535");
}

void validate_admin_protocol(Report& report, const Place& at, Symbol protocol) {
  if (!contains(kAdminProtocols, protocol)) report.unsupported(at, protocol.view(), kAdminProtocols);
}

void validate_admin_port(Report& report, const Place& at, const AdminPort& port) {
  validate_one_of(report, at, port.number.has_value() + port.range.has_value() + !port.named.empty());
  if (port.number) {
    const Place number = field(at, "portNumber");
    validate_admin_protocol(report, field(number, "protocol"), port.number->protocol);
    validate_number(report, field(number, "port"), port.number->port);
  }
  if (!port.range) return;
  const Place range = field(at, "portRange");
  validate_admin_protocol(report, field(range, "protocol"), port.range->protocol);
  validate_number(report, field(range, "start"), port.range->start);
  validate_number(report, field(range, "end"), port.range->end);
}

void validate_admin_rule(Report& report, const Place& at, const AdminRule& rule, const char* peers_name) {
  const Place peers = field(at, peers_name), ports = field(at, "ports");
  if (rule.action == AdminAction::kUnset) report.required(field(at, "action"), "");
  if (rule.name.view().size() > kMaxName) report.too_long(field(at, "name"), "bytes", kMaxName);
  if (rule.peers.empty()) report.required(peers, "");
  if (rule.peers.size() > kMaxItems) report.too_many(peers, rule.peers.size(), kMaxItems);
  if (rule.ports.size() > kMaxItems) report.too_many(ports, rule.ports.size(), kMaxItems);
  bool networks = false, named = false;
  for (std::size_t i = 0; i < rule.peers.size(); ++i) {
    validate_admin_peer(report, item(peers, i), rule.peers[i]);
    networks |= !rule.peers[i].networks.empty();
  }
  for (std::size_t i = 0; i < rule.ports.size(); ++i) {
    validate_admin_port(report, item(ports, i), rule.ports[i]);
    named |= !rule.ports[i].named.empty();
  }
  if (networks && named)
    report.invalid(at, "object",
                   "networks/nodes/domainNames peer cannot be set with namedPorts since there are no "
                   "namedPorts for networks/nodes/domainNames");
}

void validate_admin_spec(Report& report, const Place& at, const AdminPolicySpec& spec, bool may_pass) {
  validate_admin_peer(report, field(at, "subject"), spec.subject);
  const auto validate_rules = [&](const char* direction, const std::vector<AdminRule>& rules,
                                  const char* peers) {
    const Place list = field(at, direction);
    if (rules.size() > kMaxItems) report.too_many(list, rules.size(), kMaxItems);
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const Place rule = item(list, i);
      validate_admin_rule(report, rule, rules[i], peers);
      if (rules[i].action == AdminAction::kPass && !may_pass)
        report.unsupported(field(rule, "action"), "Pass", kBaselineActions);
    }
  };
  validate_rules("ingress", spec.ingress, "from");
  validate_rules("egress", spec.egress, "to");
}

// Source: the validation of the CRDs (apis/v1alpha1, +kubebuilder).
Problems validate_admin(const AdminNetworkPolicy& p, const AdminNetworkPolicy* old) {
  Report report;
  const Place root, spec = field(root, "spec"), priority = field(spec, "priority");
  validate_metadata(report, p, NameRule::kSubdomain, old);
  if (!p.spec.priority)
    report.required(priority, "");
  else if (*p.spec.priority < 0)
    report.invalid(priority, *p.spec.priority, "spec.priority in body should be greater than or equal to 0");
  else if (*p.spec.priority > 1000)
    report.invalid(priority, *p.spec.priority, "spec.priority in body should be less than or equal to 1000");
  validate_admin_spec(report, spec, p.spec, true);
  return report.take();
}

Problems validate_baseline(const BaselineAdminNetworkPolicy& p, const BaselineAdminNetworkPolicy* old) {
  Report report;
  const Place root;
  validate_metadata(report, p, NameRule::kSubdomain, old);
  if (p.metadata.name != Symbol("default"))
    report.invalid(root, "object",
                   "Only one baseline admin network policy with metadata.name=\"default\" can be created in "
                   "the cluster");
  validate_admin_spec(report, field(root, "spec"), p.spec, false);
  return report.take();
}

}  // namespace

const KindCode& admin_network_policy_code() {
  static const KindCode code =
      kind_code<AdminNetworkPolicy, default_admin<AdminNetworkPolicy>, validate_admin>(kAdminSchema);
  return code;
}
const KindCode& baseline_admin_network_policy_code() {
  static const KindCode code =
      kind_code<BaselineAdminNetworkPolicy, default_admin<BaselineAdminNetworkPolicy>, validate_baseline>(
          kBaselineSchema);
  return code;
}

}  // namespace seatrial::api
