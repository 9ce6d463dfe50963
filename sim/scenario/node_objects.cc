#include "sim/scenario/node_objects.h"

#include <fmt/format.h>

namespace seatrial::scenario {

namespace {

api::Condition condition(const char* type, api::ConditionStatus status, const char* reason,
                         const char* message) {
  api::Condition c;
  c.type = type;
  c.status = status;
  c.reason = reason;
  c.message = message;
  return c;
}

std::shared_ptr<const api::Node> node_of(const Platform& platform, const NodeGroup& group,
                                         std::int32_t number) {
  auto node = std::make_shared<api::Node>();
  const std::string name = fmt::format("{}-{}", group.name.str(), number + 1);
  const api::Symbol zone = group.zones[static_cast<std::size_t>(number) % group.zones.size()];
  node->metadata.name = name;
  api::LabelMap labels = group.labels;
  labels.set("kubernetes.io/hostname", name);
  labels.set("kubernetes.io/os", "linux");
  labels.set("topology.kubernetes.io/zone", zone);
  labels.set("topology.kubernetes.io/region", platform.region);
  labels.set("node.kubernetes.io/instance-type", group.instance_type);
  labels.set("seatrial/node-group", group.name);
  node->metadata.labels = labels;
  node->taints = group.taints;
  node->capacity = group.capacity;
  node->allocatable = group.allocatable;
  node->source = group.source;
  using enum api::ConditionStatus;
  node->conditions = {
      condition("MemoryPressure", kFalse, "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available"),
      condition("DiskPressure", kFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
      condition("PIDPressure", kFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
      condition("Ready", kTrue, "KubeletReady", "kubelet is posting ready status")};
  return node;
}

}  // namespace

std::vector<std::shared_ptr<const api::Node>> node_objects(const Platform& platform) {
  std::vector<std::shared_ptr<const api::Node>> nodes;
  for (const NodeGroup& group : platform.node_groups) {
    for (std::int32_t i = 0; i < group.count; ++i) nodes.push_back(node_of(platform, group, i));
  }
  return nodes;
}

cluster::KubeletConfig kubelet_config(const Scenario& scenario) {
  cluster::KubeletConfig config;
  for (const auto& [image, behaviour] : scenario.images) config.images[image] = behaviour;
  config.registries = scenario.platform.registries;
  config.timings = scenario.platform.kubelet;
  return config;
}

}  // namespace seatrial::scenario
