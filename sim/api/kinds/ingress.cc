// Ingress (networking.k8s.io/v1).
#include "sim/api/networking.h"
#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"

namespace seatrial::api {

template <class V>
void fields(V& v, IngressBackend& b) {
  v.object("service", [&](V& service) {
    service("name", b.service_name);
    service.object("port", [&](V& port) {
      port("name", b.port_name);
      port("number", b.port_number);
    });
  });
}
template <class V>
void fields(V& v, HttpIngressPath& p) {
  v.always("backend", p.backend);
  v("path", p.path);
  v("pathType", p.path_type);
}
template <class V>
void fields(V& v, IngressRule& r) {
  v("host", r.host);
  v.object("http", [&](V& http) { http("paths", r.paths); });
}
template <class V>
void fields(V& v, IngressTls& t) {
  v("hosts", t.hosts);
  v("secretName", t.secret_name);
}

namespace {

const char* const kSchema = R"(
Ingress: apiVersion string, kind string, metadata ObjectMeta, spec IngressSpec, status IngressStatus
IngressSpec: ingressClassName string, defaultBackend IngressBackend, tls []IngressTLS, rules []IngressRule
IngressStatus: loadBalancer IngressLoadBalancerStatus
IngressBackend: service IngressServiceBackend, resource TypedLocalObjectReference
IngressTLS: hosts []string, secretName string
IngressRule: host string, http HTTPIngressRuleValue
IngressLoadBalancerStatus: ingress []IngressLoadBalancerIngress
IngressServiceBackend: name string, port ServiceBackendPort
HTTPIngressRuleValue: paths []HTTPIngressPath
IngressLoadBalancerIngress: ip string, hostname string, ports []IngressPortStatus
ServiceBackendPort: name string, number int32
HTTPIngressPath: path string, pathType string, backend IngressBackend
IngressPortStatus: port int32, protocol string, error string
)";

}  // namespace

template <class V>
void object_fields(V& v, Ingress& i) {
  v.object("spec", [&](V& spec) {
    spec("defaultBackend", i.default_backend);
    spec("ingressClassName", i.ingress_class_name);
    spec("rules", i.rules);
    spec("tls", i.tls);
  });
}

namespace {

Problems validate(const Ingress& i, const Ingress* old) {
  Report report;
  validate_metadata(report, i, NameRule::kSubdomain, old);
  return report.take();
}

}  // namespace

const KindCode& ingress_code() {
  static const KindCode code = kind_code<Ingress, no_defaults<Ingress>, validate>(kSchema);
  return code;
}

}  // namespace seatrial::api
