// What several parts of a platform say of nodes, and who adds them. Internal to sim/scenario.
#pragma once

#include "sim/scenario/decode.h"

namespace seatrial::scenario {

std::vector<api::Symbol> read_symbols(const Reader& list);
// Of the platform's; all of them if none is named.
std::vector<api::Symbol> read_zones(const Reader& list, const Platform& platform);
api::LabelMap read_labels(Reader map);
std::vector<api::Taint> read_taints(const Reader& list);
NodeInfo read_node_info(Reader map);
// `allocatable`, which must be there, and `capacity`, which is no less. Of `rootVolume` (20Gi unless given)
// come ephemeral-storage in both, where they do not name it; hugepages are 0 (cloud/node_defaults.h).
void read_capacity(Reader& map, api::ResourceList& capacity, api::ResourceList& allocatable);

// `instanceType`, or `instanceTypes` in order of preference; none if neither is given.
std::vector<api::Symbol> read_instance_types(Reader& map);

// decode_vpc.cc: `vpc:`, and where the nodes of a group are in it.
void read_vpc(const Reader& at, Platform& platform);
void read_placement(Reader& map, NodeGroup& group, const Platform& platform);

// decode_pod_network.cc
void read_pod_network(Reader map, Platform& platform);
// Reports types of which the pod network does not know how many network interfaces they have.
void check_interface_limits(const Reader& at, const std::vector<api::Symbol>& types,
                            const cluster::PodNetworkConfig& config);
void read_network_plugin(Reader map, Platform& platform);  // decode_network_plugin.cc

// decode_autoscaler.cc
void read_ec2(Reader map, Platform& platform);
void read_autoscaler(Reader map, Platform& platform);
void read_descheduler(Reader map, Platform& platform);

// The EBS CSI driver's part.
void read_storage(Reader map, Platform& platform);
// The name of a file with a KubeSchedulerConfiguration.
void read_scheduler(const Reader& at, Platform& platform);

// `loadBalancers:`. REQUIRES: the ingress controllers are read.
void read_load_balancers(const Reader& list, Platform& platform);

}  // namespace seatrial::scenario
