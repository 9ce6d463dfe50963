// What a platform's node groups are as the cluster sees them: Node objects, and what their kubelets need to
// know.
#pragma once

#include <memory>
#include <vector>

#include "sim/cluster/kubelet/kubelet.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

// What nodes of one kind have in common.
struct NodeModel {
  api::Symbol region, group, instance_type;
  api::LabelMap labels;
  std::vector<api::Taint> taints;
  api::ResourceList capacity, allocatable;
  NodeInfo info;
  api::SourcePosition source;
};
// A node with the well-known labels and seatrial/node-group, but without name and zone.
std::shared_ptr<api::Node> node_model(const NodeModel& of);
// As it registers with the cluster, whose index-th node it is: Ready since `now`, with its addresses.
std::shared_ptr<const api::Node> registered(std::shared_ptr<api::Node> node, std::size_t index, SimTime now);
// The same with another internal address.
std::shared_ptr<const api::Node> with_address(const api::Node& node, api::Symbol address);
// What a group launches.
cloud::AutoScalingGroup auto_scaling_group(const Platform& platform, const NodeGroup& group);
// The groups that the Cluster Autoscaler may scale: those that say min or max.
std::vector<controllers::NodeGroupConfig> scaled_groups(const Platform& platform);
// GROUP-1, GROUP-2, …, dealt to the group's zones in turn; labelled with the well-known labels and
// seatrial/node-group. Ready since `start`.
std::vector<std::shared_ptr<const api::Node>> node_objects(const Platform& platform, SimTime start);
// Images, registries and the platform's timings.
cluster::KubeletConfig kubelet_config(const Scenario& scenario);

}  // namespace seatrial::scenario
