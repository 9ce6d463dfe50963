// Ingress (networking.k8s.io/v1).
#include <algorithm>

#include "sim/api/ip_address.h"
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
  if constexpr (V::kDecoding) b.is_resource = v.find("resource") && !v.find("service");
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
  const Place service = field(at, "service"), name = field(service, "name"), port = field(service, "port");
  const bool by_name = !backend.port_name.empty(), by_number = backend.port_number != 0;
  if (backend.is_resource) return;  // the schema saw to its fields
  if (backend.service_name.empty() && !by_name && !by_number)
    return report.invalid(at, "", "resource or service backend is required");
  if (backend.service_name.empty())
    report.required(name, "");
  else
    report.invalid_all(name, backend.service_name.view(), check_dns1035_label(backend.service_name.view()));
  if (by_name && by_number) {
    report.invalid(at, "", "cannot set both port name & port number");
  } else if (by_name) {
    report.invalid_all(field(port, "name"), backend.port_name.view(),
                       check_port_name(backend.port_name.view()));
  } else if (!by_number) {
    report.required(at, "port name or number is required");
  } else {
    for (const std::string& message : check_port_number(backend.port_number))
      report.invalid(field(port, "number"), backend.port_number, message);
  }
}

// What a URL's path cannot say in one way only.
void validate_exact_path(Report& report, const Place& at, std::string_view path) {
  static constexpr std::array kSequences{"//"sv, "/./"sv, "/../"sv, "%2f"sv, "%2F"sv};
  static constexpr std::array kSuffixes{"/.."sv, "/."sv};
  if (!path.starts_with('/')) report.invalid(at, path, "must be an absolute path");
  for (const std::string_view sequence : kSequences) {
    if (path.find(sequence) != std::string_view::npos)
      report.invalid(at, path, "must not contain '" + std::string(sequence) + "'");
  }
  for (const std::string_view suffix : kSuffixes) {
    if (path.ends_with(suffix)) report.invalid(at, path, "cannot end with '" + std::string(suffix) + "'");
  }
}

void validate_path(Report& report, const Place& at, const HttpIngressPath& path) {
  const Place type = field(at, "pathType"), where = field(at, "path");
  if (path.path_type.empty()) return report.required(type, "pathType must be specified");
  if (!contains(kPathTypes, path.path_type.view()))
    report.unsupported(type, path.path_type.view(), kPathTypes);
  else if (path.path_type != Symbol("ImplementationSpecific"))
    validate_exact_path(report, where, path.path.view());
  else if (!path.path.empty() && !path.path.view().starts_with('/'))
    report.invalid(where, path.path.view(), "must be an absolute path");
  validate_backend(report, field(at, "backend"), path.backend);
}

void validate_rule(Report& report, const Place& at, const IngressRule& rule) {
  const std::string_view host = rule.host.view();
  const Place http = field(at, "http"), paths = field(http, "paths");
  if (IpAddress::parse(host))
    report.invalid(field(at, "host"), host, "must be a DNS name, not an IP address");
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
  // A class may still be named by the annotation of old, but not another one.
  constexpr const char* kClass = "kubernetes.io/ingress.class";
  const Symbol* const named = i.metadata.annotations->find(kClass);
  const Place annotations = field(root, "annotations");
  if (!old && named && !i.ingress_class_name.empty() && *named != i.ingress_class_name)
    report.invalid(field(annotations, kClass), named->view(),
                   "must match `ingressClassName` when both are specified");
  return report.take();
}

}  // namespace

const KindCode& ingress_code() {
  static const KindCode code = kind_code<Ingress, no_defaults<Ingress>, validate>(kIngressSchema);
  return code;
}

}  // namespace seatrial::api
