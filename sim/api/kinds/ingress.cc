// Ingress (networking.k8s.io/v1).
#include <algorithm>

#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/networking.h"

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

const char* const kIngressSchema = R"(
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

constexpr std::array kPathTypes{"Exact"sv, "ImplementationSpecific"sv, "Prefix"sv};

void validate_backend(Report& report, const Place& at, const IngressBackend& backend) {
  const Place service = field(at, "service"), port = field(service, "port");
  if (backend.service_name.empty()) return;  // a resource; the schema saw to its fields
  report.invalid_all(field(service, "name"), backend.service_name.view(),
                     check_dns1035_label(backend.service_name.view()));
  if (!backend.port_name.empty() && backend.port_number != 0) {
    report.forbidden(port, "cannot set both port name & port number");
  } else if (!backend.port_name.empty()) {
    report.invalid_all(field(port, "name"), backend.port_name.view(),
                       check_port_name(backend.port_name.view()));
  } else if (backend.port_number == 0) {
    report.required(service, "port name or number is required");
  } else {
    for (const std::string& message : check_port_number(backend.port_number)) {
      report.invalid(field(port, "number"), backend.port_number, message);
    }
  }
}

void validate_path(Report& report, const Place& at, const HttpIngressPath& path) {
  const bool specific = path.path_type == Symbol("ImplementationSpecific");
  if (path.path_type.empty()) {
    report.required(field(at, "pathType"), "pathType must be specified");
  } else if (std::find(kPathTypes.begin(), kPathTypes.end(), path.path_type.view()) == kPathTypes.end()) {
    report.unsupported(field(at, "pathType"), path.path_type.view(), kPathTypes);
  } else if (!path.path.view().starts_with('/') && !(specific && path.path.empty())) {
    report.invalid(field(at, "path"), path.path.view(), "must be an absolute path");
  }
  validate_backend(report, field(at, "backend"), path.backend);
}

void validate_rule(Report& report, const Place& at, const IngressRule& rule) {
  const std::string_view host = rule.host.view();
  const Place http = field(at, "http"), paths = field(http, "paths");
  if (host.find('*') != std::string_view::npos) {
    report.invalid_all(field(at, "host"), host, check_wildcard_subdomain(host));
  } else if (!host.empty()) {
    report.invalid_all(field(at, "host"), host, check_dns1123_subdomain(host));
  }
  for (std::size_t i = 0; i < rule.paths.size(); ++i) validate_path(report, item(paths, i), rule.paths[i]);
}

// Of an Ingress that leads nowhere, as the API server's own type prints.
Value shown_spec(const Ingress& i) {
  Value shown = map_value();
  set(shown, "IngressClassName", i.ingress_class_name.empty() ? Value() : encode_value(i.ingress_class_name));
  for (const std::string_view name : {"DefaultBackend", "TLS", "Rules"}) set(shown, name, Value());
  return shown;
}

Problems validate(const Ingress& i, const Ingress* old) {
  Report report;
  const Place root, spec = field(root, "spec"), rules = field(spec, "rules");
  validate_metadata(report, i, NameRule::kSubdomain, old);
  if (i.rules.empty() && !i.default_backend) {
    report.invalid_struct(spec, shown_spec(i), "either `defaultBackend` or `rules` must be specified");
  }
  if (i.default_backend) validate_backend(report, field(spec, "defaultBackend"), *i.default_backend);
  for (std::size_t k = 0; k < i.rules.size(); ++k) validate_rule(report, item(rules, k), i.rules[k]);
  if (!i.ingress_class_name.empty()) {
    report.invalid_all(field(spec, "ingressClassName"), i.ingress_class_name.view(),
                       check_dns1123_subdomain(i.ingress_class_name.view()));
  }
  return report.take();
}

}  // namespace

const KindCode& ingress_code() {
  static const KindCode code = kind_code<Ingress, no_defaults<Ingress>, validate>(kIngressSchema);
  return code;
}

}  // namespace seatrial::api
