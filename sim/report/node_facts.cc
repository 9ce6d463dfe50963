#include "sim/report/node_facts.h"

#include <nlohmann/json.hpp>

namespace seatrial::report {
namespace {

// node-role.kubernetes.io/ROLE, and kubernetes.io/role=ROLE.
std::string roles_of(const api::LabelMap& labels) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::string roles;
  for (const auto& [key, value] : labels) {
    std::string_view role;
    if (key.view().starts_with(kPrefix)) role = key.view().substr(kPrefix.size());
    if (key == api::Symbol("kubernetes.io/role")) role = value.view();
    if (!role.empty()) roles.append(roles.empty() ? "" : ",").append(role);
  }
  return roles;
}

}  // namespace

NodeFacts node_facts(const api::Node& node) {
  NodeFacts facts;
  facts.roles = roles_of(*node.metadata.labels);
  const auto other = nlohmann::json::parse(node.other.view(), nullptr, false);
  const nlohmann::json status =
      other.is_object() ? other.value("status", nlohmann::json::object()) : nlohmann::json::object();
  for (const auto& address : status.value("addresses", nlohmann::json::array())) {
    const std::string type = address.value("type", ""), text = address.value("address", "");
    std::string* const known = type == "InternalIP"   ? &facts.internal_ip
                               : type == "ExternalIP" ? &facts.external_ip
                               : type == "Hostname"   ? &facts.hostname
                                                      : nullptr;
    if (known && known->empty()) *known = text;
  }
  const auto info = status.value("nodeInfo", nlohmann::json::object());
  facts.kubelet_version = info.value("kubeletVersion", "");
  facts.os_image = info.value("osImage", "");
  facts.kernel_version = info.value("kernelVersion", "");
  facts.container_runtime = info.value("containerRuntimeVersion", "");
  facts.operating_system = info.value("operatingSystem", "");
  facts.architecture = info.value("architecture", "");
  return facts;
}

}  // namespace seatrial::report
