#include "sim/scenario/node_objects.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/cloud/node_defaults.h"
#include "sim/cluster/node_status.h"

namespace seatrial::scenario {

namespace {

constexpr const char* kArchitectureLabel = "kubernetes.io/arch";

api::Symbol architecture_of(const NodeModel& of) {
  const std::string_view said = of.labels.get(kArchitectureLabel);
  if (!said.empty()) return said;
  return of.info.architecture.empty() ? api::Symbol(cloud::architecture_of(of.instance_type.view()))
                                      : of.info.architecture;
}

// What nothing but printing reads.
nlohmann::ordered_json info_json(const NodeInfo& of, api::Symbol architecture) {
  nlohmann::ordered_json info = {{"operatingSystem", "linux"}};
  const std::pair<const char*, api::Symbol> known[] = {
      {"architecture", architecture},
      {"containerRuntimeVersion", of.container_runtime_version},
      {"kernelVersion", of.kernel_version},
      {"kubeletVersion", of.kubelet_version},
      {"osImage", of.os_image}};
  for (const auto& [key, value] : known) {
    if (!value.empty()) info[key] = value.str();
  }
  return info;
}

}  // namespace

std::shared_ptr<api::Node> node_model(const NodeModel& of) {
  auto node = std::make_shared<api::Node>();
  api::LabelMap labels = of.labels;
  const api::Symbol architecture = architecture_of(of);
  labels.set(kArchitectureLabel, architecture);
  labels.set("kubernetes.io/os", "linux");
  labels.set("topology.kubernetes.io/region", of.region);
  if (!of.instance_type.empty()) labels.set("node.kubernetes.io/instance-type", of.instance_type);
  labels.set(controllers::kNodeGroupLabel, of.group);
  node->metadata.labels = labels;
  node->taints = of.taints;
  node->capacity = of.capacity;
  node->allocatable = of.allocatable;
  node->source = of.source;
  node->other = nlohmann::ordered_json{{"status", {{"nodeInfo", info_json(of.info, architecture)}}}}.dump();
  return node;
}

std::shared_ptr<const api::Node> registered(std::shared_ptr<api::Node> node, std::size_t index, SimTime now) {
  auto other = nlohmann::ordered_json::parse(node->other.view());
  other["status"]["addresses"] = {
      {{"address", fmt::format("172.20.{}.{}", index / 250, index % 250 + 4)}, {"type", "InternalIP"}},
      {{"address", node->metadata.name.str()}, {"type", "Hostname"}}};
  node->other = other.dump();
  node->conditions = cluster::healthy_conditions(now);
  return node;
}

std::shared_ptr<const api::Node> with_address(const api::Node& node, api::Symbol address) {
  auto changed = std::make_shared<api::Node>(node);
  auto other = nlohmann::ordered_json::parse(node.other.view());
  other["status"]["addresses"][0]["address"] = address.str();
  changed->other = other.dump();
  return changed;
}

namespace {

std::shared_ptr<const api::Node> model_of(const Platform& platform, const NodeGroup& group) {
  return node_model({platform.region, group.name,
                     group.instance_types.empty() ? api::Symbol() : group.instance_types.front(),
                     group.labels, group.taints, group.capacity, group.allocatable, group.info,
                     group.source});
}

}  // namespace

std::vector<std::shared_ptr<const api::Node>> node_objects(const Platform& platform, SimTime start) {
  std::vector<std::shared_ptr<const api::Node>> nodes;
  for (const NodeGroup& group : platform.node_groups) {
    const auto model = model_of(platform, group);
    for (std::int32_t i = 0; i < group.count; ++i)
      nodes.push_back(
          registered(cloud::node_from(*model, node_name(group, i),
                                      group.zones[static_cast<std::size_t>(i) % group.zones.size()]),
                     nodes.size(), start));
  }
  return nodes;
}

cloud::AutoScalingGroup auto_scaling_group(const Platform& platform, const NodeGroup& group) {
  return {group.name, group.instance_types.empty() ? std::vector{api::Symbol()} : group.instance_types,
          group.zones, model_of(platform, group)};
}

std::vector<controllers::NodeGroupConfig> scaled_groups(const Platform& platform) {
  std::vector<controllers::NodeGroupConfig> groups;
  for (const NodeGroup& group : platform.node_groups) {
    if (!group.min && !group.max) continue;
    groups.push_back({group.name, group.min.value_or(group.count), group.max.value_or(group.count),
                      group.zones, model_of(platform, group)});
  }
  return groups;
}

cluster::KubeletConfig kubelet_config(const Scenario& scenario) {
  cluster::KubeletConfig config;
  for (const auto& [image, behaviour] : scenario.images) {
    config.images[image] = behaviour;
    if (behaviour.preloaded) config.images_present.push_back(image);
  }
  config.registries = scenario.platform.registries;
  config.egress = scenario.platform.egress;
  config.timings = scenario.platform.kubelet;
  const auto& plugin = scenario.platform.network_plugin;
  if (plugin && plugin->start == cluster::EnforcementConfig::Start::kWait)
    config.policy_wait = plugin->policy_lag;
  config.eviction_hard_memory = scenario.platform.node_pressure.memory_available;
  config.pressure_transition_period = scenario.platform.node_pressure.transition_period;
  config.shutdown_grace_period = scenario.platform.node_shutdown.grace_period;
  config.shutdown_grace_period_critical_pods = scenario.platform.node_shutdown.critical_pods;
  return config;
}

}  // namespace seatrial::scenario
