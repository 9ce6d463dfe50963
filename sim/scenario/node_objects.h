// What a platform's node groups are as the cluster sees them: Node objects, and what their kubelets need to
// know.
#pragma once

#include <memory>
#include <vector>

#include "sim/cluster/kubelet/kubelet.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

// GROUP-1, GROUP-2, …, dealt to the group's zones in turn; labelled with the well-known labels and
// seatrial/node-group.
std::vector<std::shared_ptr<const api::Node>> node_objects(const Platform& platform);
// Images, registries and the platform's timings.
cluster::KubeletConfig kubelet_config(const Scenario& scenario);

}  // namespace seatrial::scenario
