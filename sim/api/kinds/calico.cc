// NetworkPolicy, GlobalNetworkPolicy and Tier of Calico (projectcalico.org/v3). Their validation stands in
// calico_validation.cc.
#include "sim/api/calico.h"

#include <charconv>

#include "sim/api/kinds/calico_validation.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <>
struct EnumNames<CalicoAction> {
  static constexpr bool kDefined = true;
  static constexpr std::array kNames{""sv, "Allow"sv, "Deny"sv, "Log"sv, "Pass"sv};
};

void read(const Value& value, CalicoSelector& out) {
  if (value.is_string()) out = CalicoSelector(Symbol(value.text));
}
Value write(const CalicoSelector& value) { return text_value(value.text().view()); }

template <class V>
void fields(V& v, CalicoServiceAccounts& a) {
  v("names", a.names);
  v("selector", a.selector);
}
// What cannot be evaluated is refused rather than passed over.
template <class V>
void refuse(V& v, std::string_view name, const char* why) {
  if constexpr (V::kDecoding) {
    const Value* const value = v.find(name);
    if (value && !value->is_null())
      v.context().invalid(*value, Place{&v.place(), name, -1}, std::string("Forbidden: ") + why);
  }
}
template <class V>
void fields(V& v, CalicoEntity& e) {
  v("namespaceSelector", e.namespace_selector);
  v("nets", e.nets);
  v("notNets", e.not_nets);
  v("notPorts", e.not_ports);
  v("notSelector", e.not_selector);
  v("ports", e.ports);
  v("selector", e.selector);
  v("serviceAccounts", e.service_accounts);
  refuse(v, "services", "the endpoints of Services cannot be evaluated here");
}
template <class V>
void fields(V& v, CalicoIcmp& i) {
  v("code", i.code);
  v("type", i.type);
}
template <class V>
void fields(V& v, CalicoRule& r) {
  v.always("action", r.action);
  v("destination", r.to);
  v("icmp", r.icmp);
  v("ipVersion", r.ip_version);
  v("notICMP", r.not_icmp);
  v("notProtocol", r.not_protocol);
  v("protocol", r.protocol);
  v("source", r.from);
  refuse(v, "http", "the methods and paths of HTTP requests cannot be evaluated here");
  if constexpr (V::kDecoding) r.source = v.map().where;
}

namespace {

template <class V>
void calico_spec(V& v, CalicoPolicySpec& s) {
  v("egress", s.egress);
  v("ingress", s.ingress);
  v("order", s.order);
  v("performanceHints", s.performance_hints);
  v("selector", s.selector);
  v("serviceAccountSelector", s.service_account_selector);
  v("tier", s.tier);
  v("types", s.types);
}

const char* const kCalicoSchema = R"(
CalicoNetworkPolicy: apiVersion string, kind string, metadata ObjectMeta, spec CalicoNetworkPolicySpec
CalicoNetworkPolicySpec: tier string, order float, ingress []CalicoRule, egress []CalicoRule, selector string,
  types []string, serviceAccountSelector string, performanceHints []string
CalicoRule: action string, ipVersion int32, protocol intstr, icmp CalicoICMPFields, notProtocol intstr,
  notICMP CalicoICMPFields, source CalicoEntityRule, destination CalicoEntityRule, http CalicoHTTPMatch,
  metadata CalicoRuleMetadata
CalicoICMPFields: type int32, code int32
CalicoHTTPMatch: methods []string, paths []CalicoHTTPPath
CalicoHTTPPath: exact string, prefix string
CalicoRuleMetadata: annotations {}string
CalicoEntityRule: nets []string, selector string, namespaceSelector string, services CalicoServiceMatch,
  ports []intstr, notNets []string, notSelector string, notPorts []intstr,
  serviceAccounts CalicoServiceAccountMatch
CalicoServiceMatch: name string, namespace string
CalicoServiceAccountMatch: names []string, selector string
)";
const char* const kGlobalSchema = R"(
GlobalNetworkPolicy: apiVersion string, kind string, metadata ObjectMeta, spec GlobalNetworkPolicySpec
GlobalNetworkPolicySpec: tier string, order float, ingress []CalicoRule, egress []CalicoRule, selector string,
  types []string, doNotTrack bool, preDNAT bool, applyOnForward bool, serviceAccountSelector string,
  namespaceSelector string, performanceHints []string
)";
const char* const kTierSchema = R"(
Tier: apiVersion string, kind string, metadata ObjectMeta, spec TierSpec, status TierStatus
TierSpec: order float, defaultAction string
TierStatus: conditions []Condition
)";

}  // namespace

template <class V>
void object_fields(V& v, CalicoNetworkPolicy& p) {
  v.object("spec", [&](V& spec) { calico_spec(spec, p.spec); });
}
template <class V>
void object_fields(V& v, GlobalNetworkPolicy& p) {
  v.object("spec", [&](V& spec) {
    spec("applyOnForward", p.spec.apply_on_forward);
    spec("doNotTrack", p.spec.do_not_track);
    spec("namespaceSelector", p.spec.namespace_selector);
    spec("preDNAT", p.spec.pre_dnat);
    calico_spec(spec, p.spec);
  });
}
template <class V>
void object_fields(V& v, Tier& t) {
  v.object("spec", [&](V& spec) {
    spec("defaultAction", t.default_action);
    spec("order", t.order);
  });
}

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}
std::optional<std::int32_t> number_of(std::string_view text) {
  std::int32_t number = 0;
  const bool fits = std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
  return fits && is_digits(text) ? std::optional(number) : std::nullopt;
}

// "80" is stored as 80, "6" as 6.
void as_number(IntOrString& value) {
  if (const auto number = number_of(value.text.view())) value = {*number, {}};
}

void default_entity(CalicoEntity& entity) {
  for (IntOrString& port : entity.ports) as_number(port);
  for (IntOrString& port : entity.not_ports) as_number(port);
}

// The API's defaults, and the tier as a label.
template <class T>
void default_policy(T& p) {
  CalicoPolicySpec& spec = p.spec;
  if (spec.tier.empty()) spec.tier = "default";
  if (spec.types.empty()) {
    if (!spec.ingress.empty() || spec.egress.empty()) spec.types.push_back("Ingress");
    if (!spec.egress.empty()) spec.types.push_back("Egress");
  }
  for (auto* const rules : {&spec.ingress, &spec.egress}) {
    for (CalicoRule& rule : *rules) {
      if (rule.protocol) as_number(*rule.protocol);
      if (rule.not_protocol) as_number(*rule.not_protocol);
      default_entity(rule.from);
      default_entity(rule.to);
    }
  }
  constexpr const char* kTierLabel = "projectcalico.org/tier";
  if (p.metadata.labels->get(kTierLabel) != spec.tier.view())
    p.metadata.labels.edit().set(kTierLabel, spec.tier);
}

void default_tier(Tier& t) {
  if (t.default_action.empty()) t.default_action = "Deny";
}

}  // namespace

std::optional<CalicoPort> parse_calico_port(const IntOrString& port) {
  if (!port.is_string()) return CalicoPort{port.number, port.number, {}};
  const std::string_view text = port.text.view();
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos && !is_digits(text)) return CalicoPort{0, 0, port.text};
  const auto first = number_of(text.substr(0, colon));
  const auto last = colon == std::string_view::npos ? first : number_of(text.substr(colon + 1));
  if (!first || !last) return std::nullopt;
  return CalicoPort{*first, *last, {}};
}

Symbol calico_protocol(const IntOrString& protocol) {
  static const std::pair<std::int32_t, Symbol> kNumbers[] = {{1, "ICMP"},    {6, "TCP"},    {17, "UDP"},
                                                             {58, "ICMPv6"}, {132, "SCTP"}, {136, "UDPLite"}};
  if (protocol.is_string()) return protocol.text;
  for (const auto& [number, name] : kNumbers) {
    if (number == protocol.number) return name;
  }
  return protocol.str();
}

const KindCode& calico_network_policy_code() {
  static const KindCode code =
      kind_code<CalicoNetworkPolicy, default_policy<CalicoNetworkPolicy>, validate_calico>(kCalicoSchema);
  return code;
}
const KindCode& global_network_policy_code() {
  static const KindCode code =
      kind_code<GlobalNetworkPolicy, default_policy<GlobalNetworkPolicy>, validate_global>(kGlobalSchema);
  return code;
}
const KindCode& tier_code() {
  static const KindCode code = kind_code<Tier, default_tier, validate_tier>(kTierSchema);
  return code;
}

}  // namespace seatrial::api
