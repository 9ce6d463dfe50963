#include "sim/scenario/node_objects.h"

#include <fmt/format.h>

#include "sim/cluster/node_status.h"

namespace seatrial::scenario {

namespace {

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
  node->conditions = cluster::healthy_conditions({});
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
