#include "sim/scenario/reach/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "sim/scenario/units.h"

namespace seatrial::scenario {

using api::Kind;

namespace {

bool has_namespace(const ReachState& state, std::string_view name) {
  return state.store().find(Kind::kNamespace, {}, name).valid();
}

std::vector<std::string> names_in(const ReachState& state, Kind kind, std::string_view namespace_) {
  std::vector<std::string> names;
  for (const api::ObjectPtr& object : state.store().list(kind, namespace_))
    names.push_back(object->metadata.name.str());
  return names;
}

std::string no_namespace(const ReachState& state, std::string_view name) {
  return fmt::format("namespaces \"{}\" not found{}", name,
                     did_you_mean(name, names_in(state, Kind::kNamespace, {})));
}

// The API server's own Service, which no manifest makes.
bool is_api_server(std::string_view namespace_, std::string_view name) {
  return namespace_ == "default" && name == "kubernetes";
}

std::string no_service(const ReachState& state, std::string_view namespace_, std::string_view name) {
  if (is_api_server(namespace_, name))
    return "Service default/kubernetes is the API server's own, which is not simulated as a destination";
  if (!has_namespace(state, namespace_)) return no_namespace(state, namespace_);
  return fmt::format("services \"{}\" not found in namespace \"{}\"{}", name, namespace_,
                     did_you_mean(name, names_in(state, Kind::kService, namespace_)));
}

std::vector<std::string_view> labels_of(std::string_view host) {
  std::vector<std::string_view> labels;
  for (std::size_t begin = 0; begin <= host.size();) {
    const std::size_t end = std::min(host.find('.', begin), host.size());
    labels.push_back(host.substr(begin, end - begin));
    begin = end + 1;
  }
  return labels;
}

// POD.SERVICE.NAMESPACE, of a headless Service.
ClusterName pod_name(const ReachState& state, const std::vector<std::string_view>& labels) {
  ClusterName name{true, nullptr, {}, {}};
  const auto* const service = state.store().find<api::Service>(labels[2], labels[1]);
  if (!service) {
    name.problem = no_service(state, labels[2], labels[1]);
    return name;
  }
  const auto pods = names_in(state, Kind::kPod, labels[2]);
  const bool is_headless = service->cluster_ip == api::Symbol("None");
  if (is_headless && std::ranges::count(pods, labels[0]) > 0)
    name.pod = state.policies.find_pod(labels[2], labels[0]);
  if (!name.pod)
    name.problem = fmt::format("pods \"{}\" of a headless Service \"{}\" not found in namespace \"{}\"{}",
                               labels[0], labels[1], labels[2], did_you_mean(labels[0], pods));
  return name;
}

}  // namespace

ClusterName cluster_name(const ReachState& state, std::string_view host, api::Symbol own_namespace) {
  const bool is_absolute = host.ends_with('.');
  if (is_absolute) host.remove_suffix(1);
  bool is_inside = host.ends_with(".cluster.local");
  for (const std::string_view end : {".cluster.local", ".svc"}) {
    if (!host.ends_with(end)) continue;
    is_inside |= !is_absolute;
    host.remove_suffix(end.size());
  }
  std::vector<std::string_view> labels = labels_of(host);
  if (labels.size() == 1 && !is_inside) labels.push_back(own_namespace.view());
  if (!is_inside && (is_absolute || labels.size() > 3 || !has_namespace(state, labels.back()))) return {};
  if (labels.size() == 3) return pod_name(state, labels);
  ClusterName name{true, nullptr, {}, {}};
  if (labels.size() == 2) name.service = state.store().find<api::Service>(labels[1], labels[0]);
  if (!name.service)
    name.problem = labels.size() == 2 ? no_service(state, labels[1], labels[0])
                                      : fmt::format("\"{}\" is no SERVICE.NAMESPACE", host);
  return name;
}

const api::Service* service_at(const ReachState& state, const api::IpAddress& address) {
  for (const api::ObjectPtr& object : state.store().list(Kind::kService)) {
    const auto& service = static_cast<const api::Service&>(*object);
    if (api::IpAddress::parse(service.cluster_ip.view()) == address) return &service;
  }
  return nullptr;
}

std::optional<network::PodId> pod_at(const ReachState& state, const api::IpAddress& address) {
  for (const api::ObjectPtr& object : state.store().list(Kind::kPod)) {
    const auto pod = state.policies.find_pod(object->metadata.namespace_, object->metadata.name);
    if (!pod) continue;
    const network::PodFacts& facts = state.policies.facts(*pod);
    if (!facts.host_network && facts.address == address) return pod;
  }
  return std::nullopt;
}

std::string not_a_name(const ReachState& state, std::string_view namespace_, std::string_view name) {
  if (is_api_server(namespace_, name)) return no_service(state, namespace_, name);
  if (has_namespace(state, namespace_)) return {};
  const std::string whole = fmt::format("{}/{}", namespace_, name);
  std::vector<std::string> resources;
  for (const auto& resource : state.world.scenario().platform.resources)
    resources.push_back(resource.name.str());
  constexpr std::array<std::string_view, 3> kKinds{"rds", "elasticache", "external"};
  if (std::ranges::count(kKinds, namespace_) > 0) {
    const std::string meant = did_you_mean(whole, resources);
    return fmt::format("no resource \"{}\" is declared{}", whole,
                       !meant.empty()      ? meant
                       : resources.empty() ? ""
                                           : fmt::format(": there are {}", fmt::join(resources, ", ")));
  }
  return no_namespace(state, namespace_);
}

}  // namespace seatrial::scenario
