#include "sim/scenario/node_objects.h"

#include "sim/cluster/node_status.h"

namespace seatrial::scenario {

std::shared_ptr<api::Node> node_model(const NodeModel& of) {
  auto node = std::make_shared<api::Node>();
  api::LabelMap labels = of.labels;
  labels.set("kubernetes.io/os", "linux");
  labels.set("topology.kubernetes.io/region", of.region);
  labels.set("node.kubernetes.io/instance-type", of.instance_type);
  labels.set(controllers::kNodeGroupLabel, of.group);
  node->metadata.labels = labels;
  node->taints = of.taints;
  node->capacity = of.capacity;
  node->allocatable = of.allocatable;
  node->source = of.source;
  node->conditions = cluster::healthy_conditions({});
  return node;
}

namespace {

std::shared_ptr<const api::Node> model_of(const Platform& platform, const NodeGroup& group) {
  return node_model({platform.region, group.name, group.instance_type, group.labels, group.taints,
                     group.capacity, group.allocatable, group.source});
}

}  // namespace

std::vector<std::shared_ptr<const api::Node>> node_objects(const Platform& platform) {
  std::vector<std::shared_ptr<const api::Node>> nodes;
  for (const NodeGroup& group : platform.node_groups) {
    const auto model = model_of(platform, group);
    for (std::int32_t i = 0; i < group.count; ++i)
      nodes.push_back(cloud::node_from(*model, node_name(group, i),
                                       group.zones[static_cast<std::size_t>(i) % group.zones.size()]));
  }
  return nodes;
}

std::vector<controllers::NodeGroupConfig> scaled_groups(const Platform& platform) {
  std::vector<controllers::NodeGroupConfig> groups;
  for (const NodeGroup& group : platform.node_groups) {
    if (!group.min && !group.max) continue;
    groups.push_back({group.name, group.instance_type, group.min.value_or(group.count),
                      group.max.value_or(group.count), group.zones, model_of(platform, group),
                      group.count + 1});
  }
  return groups;
}

cluster::KubeletConfig kubelet_config(const Scenario& scenario) {
  cluster::KubeletConfig config;
  for (const auto& [image, behaviour] : scenario.images) config.images[image] = behaviour;
  config.registries = scenario.platform.registries;
  config.timings = scenario.platform.kubelet;
  return config;
}

}  // namespace seatrial::scenario
