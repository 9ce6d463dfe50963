// Service (v1).
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

const char* const kSchema = R"(
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

Problems validate(const Service& s, const Service* old) {
  Report report;
  validate_metadata(report, s, NameRule::kDns1035, old);
  return report.take();
}

}  // namespace

const KindCode& service_code() {
  static const KindCode code = kind_code<Service, set_defaults, validate>(kSchema);
  return code;
}

}  // namespace seatrial::api
