// kubectl describe node, service, ingress, poddisruptionbudget, resourcequota.
#include <algorithm>
#include <array>
#include <set>

#include "sim/api/networking.h"
#include "sim/api/policy.h"
#include "sim/api/resources.h"
#include "sim/api/selector_text.h"
#include "sim/report/describe_parts.h"
#include "sim/report/format.h"
#include "sim/report/node_facts.h"

namespace seatrial::report {
namespace {

using api::Kind;

std::string taint_text(const api::Taint& taint) {
  return taint.key.str() + (taint.value.empty() ? "" : "=" + taint.value.str()) + ":" + taint.effect.str();
}

void add_taints(Lines& lines, std::vector<api::Taint> taints) {
  std::ranges::stable_sort(taints, {},
                           [](const api::Taint& t) { return t.effect.str() + "," + t.key.str(); });
  if (taints.empty()) lines.add(0, "Taints:\t<none>");
  for (std::size_t i = 0; i < taints.size(); ++i)
    lines.add(0, "{}\t{}", i == 0 ? "Taints:" : "", taint_text(taints[i]));
}

void add_lease(Lines& lines, const api::Node& node, const cluster::Store& store) {
  const auto* const lease = store.find<api::Lease>("kube-node-lease", node.metadata.name);
  if (!lease) {
    return lines.add(0, "Lease:\tFailed to get lease: leases.coordination.k8s.io \"{}\" not found",
                     node.metadata.name.str());
  }
  lines.add(0, "Lease:");
  lines.add(1, "HolderIdentity:\t{}", lease->holder_identity.str());
  lines.add(1, "AcquireTime:\t<unset>");
  lines.add(1, "RenewTime:\t{}", rfc1123(lease->renew_time));
}

void add_node_conditions(Lines& lines, const std::vector<api::Condition>& conditions) {
  if (conditions.empty()) return;
  lines.add(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
  lines.add(1, "----\t------\t-----------------\t------------------\t------\t-------");
  for (const api::Condition& c : conditions)
    lines.add(1, "{} \t{} \t{} \t{} \t{} \t{}", c.type.str(), to_string(c.status),
              rfc1123(c.last_update_time), rfc1123(c.last_transition_time), c.reason.str(), c.message);
}

void add_resource_list(Lines& lines, const char* title, const api::ResourceList& list) {
  if (list.empty()) return;
  lines.add(0, "{}:", title);
  for (const auto& [name, quantity] : list) lines.add(1, "{}:\t{}", name.str(), quantity.str());
}

void add_system(Lines& lines, const NodeFacts& facts) {
  lines.add(0, "System Info:");
  for (const char* const unknown : {"Machine ID", "System UUID", "Boot ID"}) lines.add(1, "{}:\t", unknown);
  lines.add(1, "Kernel Version:\t{}", facts.kernel_version);
  lines.add(1, "OS Image:\t{}", facts.os_image);
  lines.add(1, "Operating System:\t{}", facts.operating_system);
  lines.add(1, "Architecture:\t{}", facts.architecture);
  lines.add(1, "Container Runtime Version:\t{}", facts.container_runtime);
  lines.add(1, "Kubelet Version:\t{}", facts.kubelet_version);
}

// "250m (6%)" of what the node has.
std::string share_of(const api::ResourceList& list, api::Symbol resource, const api::ResourceList& whole) {
  const api::Quantity part = api::amount(list, resource), all = api::amount(whole, resource);
  const bool cpu = resource == api::Symbol("cpu");
  const auto units = [&](const api::Quantity& q) { return static_cast<double>(cpu ? q.milli() : q.value()); };
  const double percent = all.is_zero() ? 0 : units(part) / units(all) * 100;
  return fmt::format("{} ({}%)", part.str(), static_cast<std::int64_t>(percent));
}

void add_pods(Lines& lines, const api::Node& node, const Described& what) {
  std::vector<const api::Pod*> pods;
  for (const api::ObjectPtr& object : what.store.list(Kind::kPod)) {
    const auto* const pod = static_cast<const api::Pod*>(object.get());
    if (pod->node_name == node.metadata.name && !api::is_pod_terminal(*pod)) pods.push_back(pod);
  }
  const api::ResourceList& whole = node.allocatable.empty() ? node.capacity : node.allocatable;
  lines.add(0, "Non-terminated Pods:\t({} in total)", pods.size());
  lines.add(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
  lines.add(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
  api::ResourceList requests, limits;
  for (const api::Pod* const pod : pods) {
    const api::ResourceList request = api::pod_requests(*pod->spec), limit = api::pod_limits(*pod->spec);
    lines.add(1, "{}\t{}\t\t{}\t{}\t{}\t{}\t{}", pod->metadata.namespace_.str(), pod->metadata.name.str(),
              share_of(request, "cpu", whole), share_of(limit, "cpu", whole),
              share_of(request, "memory", whole), share_of(limit, "memory", whole),
              age(what.now - pod->metadata.creation_timestamp));
    for (const auto& [name, quantity] : request) requests[name] = requests[name] + quantity;
    for (const auto& [name, quantity] : limit) limits[name] = limits[name] + quantity;
  }
  lines.add(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
  lines.add(1, "Resource\tRequests\tLimits");
  lines.add(1, "--------\t--------\t------");
  for (const char* const name : {"cpu", "memory", "ephemeral-storage"})
    lines.add(1, "{}\t{}\t{}", name, share_of(requests, name, whole), share_of(limits, name, whole));
  const auto is_hugepages = [](api::Symbol name) { return name.view().starts_with("hugepages-"); };
  for (const auto& [name, quantity] : whole)
    if (is_hugepages(name))
      lines.add(1, "{}\t{}\t{}", name.str(), share_of(requests, name, whole), share_of(limits, name, whole));
  constexpr std::array<std::string_view, 4> kStandard{"cpu", "memory", "ephemeral-storage", "pods"};
  for (const auto& [name, quantity] : whole) {
    if (is_hugepages(name) || std::ranges::find(kStandard, name.view()) != kStandard.end()) continue;
    lines.add(1, "{}\t{}\t{}", name.str(), api::amount(requests, name).str(),
              api::amount(limits, name).str());
  }
}

// The addresses of the Ready endpoints with the port of that name: the first three, and how many more.
std::string endpoints_text(const api::Service& service, api::Symbol port_name, const cluster::Store& store) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> endpoints;
  bool any = false;
  for (const api::ObjectPtr& object : store.list(Kind::kEndpointSlice, service.metadata.namespace_)) {
    const auto& slice = static_cast<const api::EndpointSlice&>(*object);
    if (slice.metadata.labels->get("kubernetes.io/service-name") != service.metadata.name.view()) continue;
    any = true;
    for (const api::EndpointPort& port : slice.ports) {
      if (port.name != port_name) continue;
      for (const api::Endpoint& endpoint : slice.endpoints) {
        if (endpoint.ready) endpoints.push_back(fmt::format("{}:{}", endpoint.address.str(), port.port));
      }
    }
  }
  if (!any) return "<none>";
  std::string text;
  for (std::size_t i = 0; i < std::min(endpoints.size(), kShown); ++i)
    text += (i > 0 ? "," : "") + endpoints[i];
  if (endpoints.size() > kShown) text += fmt::format(" + {} more...", endpoints.size() - kShown);
  return text;
}

void add_service_port(Lines& lines, const api::Service& service, const api::ServicePort& port,
                      const cluster::Store& store) {
  const std::string name = port.name.empty() ? "<unset>" : port.name.str();
  lines.add(0, "Port:\t{}\t{}/{}", name, port.port, port.protocol.str());
  lines.add(0, "TargetPort:\t{}/{}", port.target_port.str(), port.protocol.str());
  if (!port.app_protocol.empty()) lines.add(0, "AppProtocol:\t{}", port.app_protocol.str());
  if (port.node_port != 0) lines.add(0, "NodePort:\t{}\t{}/{}", name, port.node_port, port.protocol.str());
  lines.add(0, "Endpoints:\t{}", endpoints_text(service, port.name, store));
}

// "web:80 (10.0.0.7:8080)"
std::string backend_text(const api::IngressBackend& backend, const Described& what) {
  if (backend.is_resource) return "";  // which one is not kept
  const std::string port =
      backend.port_number != 0 ? std::to_string(backend.port_number) : backend.port_name.str();
  const auto* const service =
      what.store.find<api::Service>(what.object.metadata.namespace_, backend.service_name);
  if (!service)
    return fmt::format("{0}:{1} (<error: services \"{0}\" not found>)", backend.service_name.str(), port);
  api::Symbol port_name;
  for (const api::ServicePort& p : service->ports) {
    if (backend.port_number != 0 ? p.port == backend.port_number : p.name == backend.port_name)
      port_name = p.name;
  }
  return fmt::format("{}:{} ({})", backend.service_name.str(), port,
                     endpoints_text(*service, port_name, what.store));
}

void add_ingress_rules(Lines& lines, const api::Ingress& ingress, const std::string& default_backend,
                       const Described& what) {
  lines.add(0, "Rules:\n  Host\tPath\tBackends");
  lines.add(1, "----\t----\t--------");
  bool any = false;
  for (const api::IngressRule& rule : ingress.rules) {
    if (rule.paths.empty()) continue;
    any = true;
    lines.add(1, "{}\t", rule.host.empty() ? "*" : rule.host.str());
    for (const api::HttpIngressPath& path : rule.paths)
      lines.add(2, "\t{} \t{}", path.path.str(), backend_text(path.backend, what));
  }
  if (!any) lines.add(1, "*\t*\t{}", default_backend);
}

const char* scope_help(api::Symbol scope) {
  if (scope == api::Symbol("Terminating"))
    return "Matches all pods that have an active deadline. These pods have a limited lifespan on a node "
           "before being "
           "actively terminated by the system.";
  if (scope == api::Symbol("NotTerminating"))
    return "Matches all pods that do not have an active deadline. These pods usually include long running "
           "pods whose "
           "container command is not expected to terminate.";
  if (scope == api::Symbol("BestEffort"))
    return "Matches all pods that do not have resource requirements set. These pods have a best effort "
           "quality of "
           "service.";
  if (scope == api::Symbol("NotBestEffort"))
    return "Matches all pods that have at least one resource requirement set. These pods have a burstable or "
           "guaranteed quality of service.";
  return nullptr;
}

}  // namespace

void describe_node(Lines& lines, const Described& what) {
  const auto& node = static_cast<const api::Node&>(what.object);
  const NodeFacts facts = node_facts(node);
  lines.add(0, "Name:\t{}", node.metadata.name.str());
  lines.add(0, "Roles:\t{}", or_none(facts.roles));
  add_labels(lines, "Labels", *node.metadata.labels);
  add_annotations(lines, "Annotations", *node.metadata.annotations);
  lines.add(0, "CreationTimestamp:\t{}", rfc1123(node.metadata.creation_timestamp));
  add_taints(lines, node.taints);
  lines.add(0, "Unschedulable:\t{}", node.unschedulable);
  add_lease(lines, node, what.store);
  add_node_conditions(lines, node.conditions);
  lines.add(0, "Addresses:");
  for (const auto& [type, address] :
       {std::pair("InternalIP", &facts.internal_ip), std::pair("ExternalIP", &facts.external_ip),
        std::pair("Hostname", &facts.hostname)}) {
    if (!address->empty()) lines.add(1, "{}:\t{}", type, *address);
  }
  add_resource_list(lines, "Capacity", node.capacity);
  add_resource_list(lines, "Allocatable", node.allocatable);
  add_system(lines, facts);
  if (!node.provider_id.empty()) lines.add(0, "ProviderID:\t{}", node.provider_id.str());
  add_pods(lines, node, what);
}

void describe_service(Lines& lines, const Described& what) {
  const auto& service = static_cast<const api::Service&>(what.object);
  add_name(lines, service);
  add_labels(lines, "Labels", *service.metadata.labels);
  add_annotations(lines, "Annotations", *service.metadata.annotations);
  lines.add(0, "Selector:\t{}", or_none(api::labels_text(service.selector)));
  lines.add(0, "Type:\t{}", service.type.str());
  const bool addressed = service.type != api::Symbol("ExternalName");
  if (addressed) lines.add(0, "IP Family Policy:\tSingleStack");
  lines.add(0, "IP Families:\t{}", addressed ? "IPv4" : "<none>");
  lines.add(0, "IP:\t{}", service.cluster_ip.str());
  lines.add(0, "IPs:\t{}", or_none(service.cluster_ip.str()));
  if (!service.external_name.empty()) lines.add(0, "External Name:\t{}", service.external_name.str());
  for (const api::ServicePort& port : service.ports) add_service_port(lines, service, port, what.store);
  lines.add(0, "Session Affinity:\t{}", service.session_affinity.str());
  if (!service.external_traffic_policy.empty())
    lines.add(0, "External Traffic Policy:\t{}", service.external_traffic_policy.str());
  if (!service.internal_traffic_policy.empty())
    lines.add(0, "Internal Traffic Policy:\t{}", service.internal_traffic_policy.str());
  if (!service.traffic_distribution.empty())
    lines.add(0, "Traffic Distribution:\t{}", service.traffic_distribution.str());
}

void describe_ingress(Lines& lines, const Described& what) {
  const auto& ingress = static_cast<const api::Ingress&>(what.object);
  const std::string default_backend =
      ingress.default_backend ? backend_text(*ingress.default_backend, what) : "<default>";
  lines.add(0, "Name:\t{}", ingress.metadata.name.str());
  add_labels(lines, "Labels", *ingress.metadata.labels);
  lines.add(0, "Namespace:\t{}", ingress.metadata.namespace_.str());
  lines.add(0, "Address:\t");
  lines.add(0, "Ingress Class:\t{}", or_none(ingress.ingress_class_name.str()));
  lines.add(0, "Default backend:\t{}", default_backend);
  if (!ingress.tls.empty()) lines.add(0, "TLS:");
  for (const api::IngressTls& tls : ingress.tls) {
    std::string hosts;
    for (const api::Symbol host : tls.hosts) hosts += (hosts.empty() ? "" : ",") + host.str();
    if (tls.secret_name.empty())
      lines.add(1, "SNI routes {}", hosts);
    else
      lines.add(1, "{} terminates {}", tls.secret_name.str(), hosts);
  }
  add_ingress_rules(lines, ingress, default_backend, what);
  add_annotations(lines, "Annotations", *ingress.metadata.annotations);
}

void describe_budget(Lines& lines, const Described& what) {
  const auto& budget = static_cast<const api::PodDisruptionBudget&>(what.object);
  add_name(lines, budget);
  if (budget.min_available)
    lines.add(0, "Min available:\t{}", budget.min_available->str());
  else if (budget.max_unavailable)
    lines.add(0, "Max unavailable:\t{}", budget.max_unavailable->str());
  lines.add(0, "Selector:\t{}", budget.selector ? or_none(api::selector_text(*budget.selector)) : "<unset>");
  lines.add(0, "Status:");
  lines.add(2, "Allowed disruptions:\t{}", budget.status.disruptions_allowed);
  lines.add(2, "Current:\t{}", budget.status.current_healthy);
  lines.add(2, "Desired:\t{}", budget.status.desired_healthy);
  lines.add(2, "Total:\t{}", budget.status.expected_pods);
}

void add_scopes(Lines& lines, int level, const api::ResourceQuota& quota) {
  const std::set<api::Symbol> scopes(quota.scopes.begin(), quota.scopes.end());
  std::string text;
  for (const api::Symbol scope : scopes) text += (text.empty() ? "" : ", ") + scope.str();
  if (!text.empty()) lines.add(level, "Scopes:\t{}", text);
  for (const api::Symbol scope : scopes) {
    if (const char* const help = scope_help(scope)) lines.add(level, "{}* {}", level == 0 ? " " : "", help);
  }
}

void describe_quota(Lines& lines, const Described& what) {
  const auto& quota = static_cast<const api::ResourceQuota&>(what.object);
  add_name(lines, quota);
  add_scopes(lines, 0, quota);
  lines.add(0, "Resource\tUsed\tHard");
  lines.add(0, "--------\t----\t----");
  for (const auto& [resource, hard] : quota.status_hard)
    lines.add(0, "{}\t{}\t{}", resource.str(), api::amount(quota.used, resource).str(), hard.str());
}

}  // namespace seatrial::report
