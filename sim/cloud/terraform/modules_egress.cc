// Modules of proxies and gateways. Sources: egress-rules.tf of
// cloud-platform-terraform-hmpps-egress-controls, main.tf of cloud-platform-terraform-pushgateway.
#include "sim/cloud/terraform/module_call.h"

namespace seatrial::cloud::terraform {
namespace {

using hcl::Value;

Value calico_rule(std::string_view action, std::string_view protocol, const Value& destination) {
  Value rule = object_of({{"action", text_value(action)}});
  if (!protocol.empty()) rule.set("protocol", text_value(protocol));
  if (!destination.fields.empty()) rule.set("destination", destination);
  return rule;
}

Value ports(std::initializer_list<double> numbers) {
  Value list = Value::tuple({});
  for (const double number : numbers) list.items.push_back(Value::of(number));
  return list;
}

struct EgressPolicy {
  std::string_view name;
  double order;
  std::string selector;
  std::vector<Value> rules;
};

// Everything is denied at order 90; DNS, the namespace itself, the VPC's databases and caches and the proxy
// are allowed before that, and the proxy may speak HTTPS to everyone.
std::vector<EgressPolicy> egress_policies(const std::string& proxy, double proxy_port) {
  const Value dns_address =
      object_of({{"nets", list_of({text_value("10.100.0.10/32")})}, {"ports", ports({53})}});
  const Value dns_pods =
      object_of({{"namespaceSelector", text_value("kubernetes.io/metadata.name == \"kube-system\"")},
                 {"selector", text_value("k8s-app in {\"kube-dns\", \"coredns\"}")},
                 {"ports", ports({53})}});
  const Value subnets = Value::unknown("data.aws_subnet.private.cidr_block");
  const auto vpc = [&](double port) {
    return calico_rule("Allow", "TCP", object_of({{"nets", list_of({subnets})}, {"ports", ports({port})}}));
  };
  const std::string proxy_selector = "app == \"" + proxy + "\"";
  return {
      {"deny-egress-order", 90, "all()", {calico_rule("Deny", "", Value::object())}},
      {"allow-envoy-https-proxy-upstream-egress",
       50,
       proxy_selector,
       {calico_rule("Allow", "TCP",
                    object_of({{"nets", list_of({text_value("0.0.0.0/0")})}, {"ports", ports({443})}}))}},
      {"allow-dns-egress",
       20,
       "all()",
       {calico_rule("Allow", "UDP", dns_address), calico_rule("Allow", "TCP", dns_address)}},
      {"allow-kube-dns-coredns-kubedns",
       25,
       "all()",
       {calico_rule("Allow", "UDP", dns_pods), calico_rule("Allow", "TCP", dns_pods)}},
      {"allow-pod-to-pod-same-namespace-egress",
       30,
       "all()",
       {calico_rule("Allow", "", object_of({{"selector", text_value("all()")}}))}},
      {"allow-egress-envoy-https-proxy",
       40,
       "all()",
       {calico_rule("Allow", "TCP",
                    object_of({{"selector", text_value(proxy_selector)}, {"ports", ports({proxy_port})}}))}},
      {"allow-vpc-egress", 35, "all()", {vpc(5432), vpc(6379)}},
  };
}

Value envoy_container(double port, const std::string& image) {
  const Value probe = object_of(
      {{"tcpSocket", object_of({{"port", text_value("proxy")}})}, {"periodSeconds", Value::of(10.0)}});
  return object_of(
      {{"name", text_value("envoy")},
       {"image", text_value(image)},
       {"ports", list_of({object_of({{"name", text_value("proxy")}, {"containerPort", Value::of(port)}}),
                          object_of({{"name", text_value("admin")}, {"containerPort", Value::of(9901.0)}})})},
       {"readinessProbe", probe},
       {"livenessProbe", object_of({{"tcpSocket", object_of({{"port", text_value("proxy")}})},
                                    {"initialDelaySeconds", Value::of(15.0)},
                                    {"periodSeconds", Value::of(20.0)}})},
       {"resources",
        object_of({{"requests", object_of({{"cpu", text_value("100m")}, {"memory", text_value("128Mi")}})},
                   {"limits", object_of({{"cpu", text_value("500m")}, {"memory", text_value("256Mi")}})}})},
       {"securityContext",
        object_of({{"allowPrivilegeEscalation", Value::boolean(false)},
                   {"capabilities", object_of({{"drop", list_of({text_value("ALL")})}})}})}});
}

void make_envoy(const Call& call, const std::string& proxy, double port) {
  const std::string namespace_ = call.name_space().str(),
                    base = call.text("envoy_proxy_name", "envoy-https-proxy");
  const Value labels = object_of({{"app", text_value(proxy)},
                                  {"app.kubernetes.io/name", text_value(base)},
                                  {"app.kubernetes.io/instance", text_value(proxy)}});
  const Value selector = object_of({{"matchLabels", labels}});
  const Value security = object_of({{"runAsNonRoot", Value::boolean(true)},
                                    {"runAsUser", Value::of(101.0)},
                                    {"seccompProfile", object_of({{"type", text_value("RuntimeDefault")}})}});
  const Value pod = object_of(
      {{"securityContext", security},
       {"containers",
        list_of({envoy_container(port, call.text("envoy_image", "envoyproxy/envoy:v1.38-latest"))})}});
  call.object("v1", "ConfigMap", namespace_, proxy)
      .document.set("data",
                    object_of({{"envoy.yaml", Value::unknown(call.instance.address + ".envoy_yaml")}}));
  call.object("apps/v1", "Deployment", namespace_, proxy)
      .document.set(
          "spec",
          object_of(
              {{"replicas", Value::of(static_cast<double>(call.number("envoy_proxy_replicas", 2)))},
               {"minReadySeconds", Value::of(10.0)},
               {"strategy", object_of({{"rollingUpdate", object_of({{"maxSurge", Value::of(1.0)},
                                                                    {"maxUnavailable", Value::of(0.0)}})}})},
               {"selector", selector},
               {"template", object_of({{"metadata", object_of({{"labels", labels}})}, {"spec", pod}})}}));
  call.object("policy/v1", "PodDisruptionBudget", namespace_, proxy)
      .document.set("spec", object_of({{"minAvailable", Value::of(1.0)}, {"selector", selector}}));
  call.object("v1", "Service", namespace_, proxy)
      .document.set("spec", object_of({{"selector", labels},
                                       {"ports", list_of({object_of({{"name", text_value("https-proxy")},
                                                                     {"port", Value::of(port)},
                                                                     {"targetPort", Value::of(port)}})})}}));
  Value environment = Value::object();
  for (const char* const key : {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
                                "no_proxy", "JAVA_PROXY_TOOL_OPTIONS"})
    environment.set(key, {});
  call.secret(proxy + "-env", namespace_, environment);
}

}  // namespace

void make_egress_controls(const Call& call) {
  const bool enforced = call.flag("enable_egress_controls", false);
  if (!enforced && !call.flag("enable_envoy_setup", false)) return;
  const std::string prefix = call.text("resource_name_prefix", "hmpps");
  const std::string proxy = prefix + "-" + call.text("envoy_proxy_name", "envoy-https-proxy");
  const auto port = static_cast<double>(call.number("envoy_proxy_port", 3128));
  if (enforced) {
    for (const EgressPolicy& policy : egress_policies(proxy, port)) {
      call.object("projectcalico.org/v3", "NetworkPolicy", call.name_space().str(),
                  prefix + "-" + std::string(policy.name))
          .document.set("spec", object_of({{"order", Value::of(policy.order)},
                                           {"selector", text_value(policy.selector)},
                                           {"egress", list_of(policy.rules)},
                                           {"types", list_of({text_value("Egress")})}}));
    }
  }
  make_envoy(call, proxy, port);
}

// The chart prometheus-pushgateway 1.5.0 with one replica.
void make_pushgateway(const Call& call) {
  const std::string namespace_ = call.name_space().str(), release = namespace_ + "-pushgateway";
  const std::string name = release + "-prometheus-pushgateway";
  const Value labels = object_of({{"app.kubernetes.io/name", text_value("prometheus-pushgateway")},
                                  {"app.kubernetes.io/instance", text_value(release)}});
  const Value container = object_of(
      {{"name", text_value("pushgateway")},
       {"image", text_value("prom/pushgateway:v1.6.2")},
       {"ports",
        list_of({object_of({{"name", text_value("metrics")}, {"containerPort", Value::of(9091.0)}})})}});
  call.service_account(name);
  call.object("apps/v1", "Deployment", namespace_, name)
      .document.set("spec",
                    object_of({{"replicas", Value::of(1.0)},
                               {"selector", object_of({{"matchLabels", labels}})},
                               {"template",
                                object_of({{"metadata", object_of({{"labels", labels}})},
                                           {"spec", object_of({{"serviceAccountName", text_value(name)},
                                                               {"containers", list_of({container})}})}})}}));
  call.object("v1", "Service", namespace_, name)
      .document.set("spec",
                    object_of({{"selector", labels},
                               {"ports", list_of({object_of({{"name", text_value("http")},
                                                             {"port", Value::of(9091.0)},
                                                             {"targetPort", Value::of(9091.0)}})})}}));
}

}  // namespace seatrial::cloud::terraform
