// Service (v1).
#include <algorithm>
#include <set>

#include "sim/api/core.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <class V>
void fields(V& v, ServicePort& p) {
  v("appProtocol", p.app_protocol);
  v("name", p.name);
  v("nodePort", p.node_port);
  v.always("port", p.port);
  v("protocol", p.protocol);
  v("targetPort", p.target_port);
}

namespace {

const char* const kServiceSchema = R"(
Service: apiVersion string, kind string, metadata ObjectMeta, spec ServiceSpec, status ServiceStatus
ServiceSpec: ports []ServicePort, selector {}string, clusterIP string, clusterIPs []string, type string,
  externalIPs []string, sessionAffinity string, loadBalancerIP string, loadBalancerSourceRanges []string,
  externalName string, externalTrafficPolicy string, healthCheckNodePort int32, publishNotReadyAddresses bool,
  sessionAffinityConfig SessionAffinityConfig, ipFamilies []string, ipFamilyPolicy string,
  allocateLoadBalancerNodePorts bool, loadBalancerClass string, internalTrafficPolicy string,
  trafficDistribution string
ServiceStatus: loadBalancer LoadBalancerStatus, conditions []Condition
ServicePort: name string, protocol string, appProtocol string, port int32, targetPort intstr, nodePort int32
SessionAffinityConfig: clientIP ClientIPConfig
LoadBalancerStatus: ingress []LoadBalancerIngress
ClientIPConfig: timeoutSeconds int32
LoadBalancerIngress: ip string, hostname string, ipMode string, ports []PortStatus
PortStatus: port int32, protocol string, error string
)";

}  // namespace

template <class V>
void object_fields(V& v, Service& s) {
  v.object("spec", [&](V& spec) {
    spec("clusterIP", s.cluster_ip);
    spec("externalName", s.external_name);
    spec("externalTrafficPolicy", s.external_traffic_policy);
    spec("internalTrafficPolicy", s.internal_traffic_policy);
    spec("ports", s.ports);
    spec("publishNotReadyAddresses", s.publish_not_ready_addresses);
    spec("selector", s.selector);
    spec("sessionAffinity", s.session_affinity);
    spec("trafficDistribution", s.traffic_distribution);
    spec("type", s.type);
  });
}

namespace {

// SetDefaults_Service. The cluster IP is the store's to allocate.
void set_defaults(Service& s) {
  if (s.session_affinity.empty()) s.session_affinity = "None";
  if (s.type.empty()) s.type = "ClusterIP";
  for (ServicePort& port : s.ports) {
    if (port.protocol.empty()) port.protocol = "TCP";
    if (!port.target_port.is_string() && port.target_port.number == 0) port.target_port.number = port.port;
  }
  const bool external = s.type == Symbol("NodePort") || s.type == Symbol("LoadBalancer");
  if (external && s.external_traffic_policy.empty()) s.external_traffic_policy = "Cluster";
  if (s.type == Symbol("ExternalName")) s.internal_traffic_policy = Symbol();
}

constexpr std::array kProtocols{"SCTP"sv, "TCP"sv, "UDP"sv};
constexpr std::array kTypes{"ClusterIP"sv, "ExternalName"sv, "LoadBalancer"sv, "NodePort"sv};
constexpr std::array kAffinities{"ClientIP"sv, "None"sv};

void validate_number(Report& report, const Place& at, std::int64_t port) {
  for (const std::string& message : check_port_number(port)) report.invalid(at, port, message);
}

void validate_port(Report& report, const Place& at, const Service& s, const ServicePort& port,
                   std::set<Symbol>& names) {
  if (s.ports.size() > 1 && port.name.empty()) report.required(field(at, "name"), "");
  if (!port.name.empty()) {
    report.invalid_all(field(at, "name"), port.name.view(), check_dns1123_label(port.name.view()));
    if (!names.insert(port.name).second) report.duplicate(field(at, "name"), port.name.view());
  }
  validate_number(report, field(at, "port"), port.port);
  if (!contains(kProtocols, port.protocol)) {
    report.unsupported(field(at, "protocol"), port.protocol.view(), kProtocols);
  }
  const Place target = field(at, "targetPort");
  if (port.target_port.is_string()) {
    report.invalid_all(target, port.target_port.text.view(), check_port_name(port.target_port.text.view()));
  } else {
    validate_number(report, target, port.target_port.number);
  }
}

// The two of its fields by which ports are told apart, as the API server's own type prints.
Value shown_port(const ServicePort& port) {
  Value shown = map_value();
  set(shown, "Name", text_value(""));
  set(shown, "Protocol", text_value(port.protocol.view()));
  set(shown, "AppProtocol", Value());
  set(shown, "Port", int_value(port.port));
  set(shown, "TargetPort", int_value(0));
  set(shown, "NodePort", int_value(0));
  return shown;
}

void validate_ports(Report& report, const Place& at, const Service& s) {
  std::set<Symbol> names;
  for (std::size_t i = 0; i < s.ports.size(); ++i) {
    const ServicePort& port = s.ports[i];
    const Place here = item(at, i);
    validate_port(report, here, s, port, names);
  }
}

void validate_type(Report& report, const Place& spec, const Service& s) {
  const bool headless = s.cluster_ip == Symbol("None");
  const Place addresses = field(spec, "clusterIPs"), external = field(spec, "externalName");
  if (headless && (s.type == Symbol("LoadBalancer") || s.type == Symbol("NodePort")))
    report.invalid(item(addresses, 0), "None", "may not be set to 'None' for " + s.type.str() + " services");
  if (s.type != Symbol("ExternalName")) return;
  if (!s.cluster_ip.empty()) report.forbidden(addresses, "may not be set for ExternalName services");
  std::string_view name = s.external_name.view();
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty())
    report.required(external, "");
  else
    report.invalid_all(external, name, check_dns1123_subdomain(name));
}

// Source: ValidateService, ValidateServiceUpdate.
Problems validate(const Service& s, const Service* old) {
  Report report;
  const Place root, spec = field(root, "spec"), ports = field(spec, "ports"),
                    addresses = field(spec, "clusterIPs");
  validate_metadata(report, s, NameRule::kDns1035, old);
  const bool moved = old && !old->cluster_ip.empty() && s.cluster_ip != old->cluster_ip &&
                     s.type != Symbol("ExternalName") && old->type != Symbol("ExternalName");
  if (moved) {
    Value shown = list_value();
    if (!s.cluster_ip.empty()) shown.list.push_back(encode_value(s.cluster_ip));
    report.invalid_json(
        item(addresses, 0), shown,
        s.cluster_ip.empty() ? "primary clusterIP can not be unset" : "may not change once set");
  }
  const bool headless = s.cluster_ip == Symbol("None"), external = s.type == Symbol("ExternalName");
  if (s.ports.empty() && !headless && !external) report.required(ports, "");
  validate_type(report, spec, s);
  validate_ports(report, ports, s);
  validate_labels(report, field(spec, "selector"), s.selector);
  if (!contains(kAffinities, s.session_affinity)) {
    report.unsupported(field(spec, "sessionAffinity"), s.session_affinity.view(), kAffinities);
  }
  for (std::size_t i = 0; i < s.ports.size(); ++i) {
    if (s.ports[i].node_port != 0 && s.type == Symbol("ClusterIP")) {
      const Place here = item(ports, i);
      report.forbidden(field(here, "nodePort"), "may not be used when `type` is 'ClusterIP'");
    }
  }
  std::set<std::pair<Symbol, std::int32_t>> numbers;
  for (std::size_t i = 0; i < s.ports.size(); ++i) {
    if (!numbers.emplace(s.ports[i].protocol, s.ports[i].port).second)
      report.duplicate_json(item(ports, i), shown_port(s.ports[i]));
  }
  if (!contains(kTypes, s.type)) report.unsupported(field(spec, "type"), s.type.view(), kTypes);
  return report.take();
}

}  // namespace

const KindCode& service_code() {
  static const KindCode code = kind_code<Service, set_defaults, validate>(kServiceSchema);
  return code;
}

}  // namespace seatrial::api
