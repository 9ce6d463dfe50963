#include "sim/scenario/nodes.h"

namespace seatrial::scenario {

std::string node_name(const NodeGroup& group, std::int32_t index) { return group.name.str() + "-" + std::to_string(index + 1); }

namespace {

api::Condition condition(api::Symbol type, api::ConditionStatus status, api::Symbol reason, std::string message) {
  api::Condition c;
  c.type = type;
  c.status = status;
  c.reason = reason;
  c.message = std::move(message);
  return c;
}

std::vector<api::Condition> healthy() {
  using enum api::ConditionStatus;
  return {condition("MemoryPressure", kFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
          condition("DiskPressure", kFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
          condition("PIDPressure", kFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
          condition("Ready", kTrue, "KubeletReady", "kubelet is posting ready status")};
}

std::shared_ptr<api::Node> make_node(const Platform& platform, const NodeGroup& group, std::int32_t index) {
  auto node = std::make_shared<api::Node>();
  const std::string name = node_name(group, index);
  node->metadata.name = name;
  api::LabelMap labels = group.labels;
  labels.set("kubernetes.io/arch", "amd64");
  labels.set("kubernetes.io/hostname", name);
  labels.set("kubernetes.io/os", "linux");
  labels.set("seatrial/node-group", group.name);    // which a drain or a failure may choose by
  if (!group.instance_type.empty()) labels.set("node.kubernetes.io/instance-type", group.instance_type);
  if (!platform.region.empty()) labels.set("topology.kubernetes.io/region", platform.region);
  if (!group.zones.empty()) {
    labels.set("topology.kubernetes.io/zone", group.zones[static_cast<std::size_t>(index) % group.zones.size()]);
  }
  node->metadata.labels = labels;
  node->taints = group.taints;
  node->capacity = group.capacity;
  node->allocatable = group.allocatable;
  node->conditions = healthy();
  node->source = group.source;
  return node;
}

}  // namespace

std::vector<std::shared_ptr<api::Node>> make_nodes(const Platform& platform) {
  std::vector<std::shared_ptr<api::Node>> nodes;
  for (const NodeGroup& group : platform.node_groups) {
    for (std::int32_t i = 0; i < group.count; ++i) nodes.push_back(make_node(platform, group, i));
  }
  return nodes;
}

}  // namespace seatrial::scenario
