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

void validate_port(Report& report, const Place& at, const Service& s, const ServicePort& port) {
  if (s.ports.size() > 1 && port.name.empty()) report.required(field(at, "name"), "");
  if (!port.name.empty())
    report.invalid_all(field(at, "name"), port.name.view(), check_dns1123_label(port.name.view()));
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
  if (port.node_port != 0 && s.type == Symbol("ClusterIP")) {
    report.forbidden(field(at, "nodePort"), "may not be used when `type` is 'ClusterIP'");
  }
}

void validate_ports(Report& report, const Place& at, const Service& s) {
  std::set<Symbol> names;
  std::set<std::pair<Symbol, std::int32_t>> numbers;
  for (std::size_t i = 0; i < s.ports.size(); ++i) {
    const ServicePort& port = s.ports[i];
    const Place here = item(at, i);
    validate_port(report, here, s, port);
    if (!port.name.empty() && !names.insert(port.name).second)
      report.duplicate(field(here, "name"), port.name.view());
    if (!numbers.emplace(port.protocol, port.port).second) {
      Value duplicate = map_value();
      set(duplicate, "port", int_value(port.port));
      set(duplicate, "protocol", text_value(port.protocol.view()));
      report.duplicate_json(here, duplicate);
    }
  }
}

Problems validate(const Service& s, const Service* old) {
  Report report;
  const Place root, spec = field(root, "spec"), ports = field(spec, "ports");
  validate_metadata(report, s, NameRule::kDns1035, old);
  const bool headless = s.cluster_ip == Symbol("None"), external = s.type == Symbol("ExternalName");
  if (s.ports.empty() && !headless && !external) report.required(ports, "");
  validate_ports(report, ports, s);
  validate_labels(report, field(spec, "selector"), s.selector);
  if (!contains(kAffinities, s.session_affinity)) {
    report.unsupported(field(spec, "sessionAffinity"), s.session_affinity.view(), kAffinities);
  }
  if (!contains(kTypes, s.type)) report.unsupported(field(spec, "type"), s.type.view(), kTypes);
  if (external && s.external_name.empty()) report.required(field(spec, "externalName"), "");
  if (s.type == Symbol("LoadBalancer") && headless) {
    report.invalid(field(spec, "clusterIP"), "None", "may not be set to 'None' for LoadBalancer services");
  }
  const bool moved = old && !old->cluster_ip.empty() && s.cluster_ip != old->cluster_ip && !external &&
                     old->type != Symbol("ExternalName");
  if (moved) report.invalid(field(spec, "clusterIP"), s.cluster_ip.view(), "field is immutable");
  return report.take();
}

}  // namespace

const KindCode& service_code() {
  static const KindCode code = kind_code<Service, set_defaults, validate>(kServiceSchema);
  return code;
}

}  // namespace seatrial::api
