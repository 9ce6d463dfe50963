// Which pods a kubelet refuses although they are bound to its node: those for whom there is no room (a pod
// that names its node in its manifest has been seen by no scheduler), and those that do not belong there.
//
// The pod fails with the first reason that is found. Sources: pkg/kubelet/lifecycle/predicate.go,
// pkg/scheduler/eventhandlers.go (AdmissionCheck), pkg/kubelet/kubelet.go (rejectPod).
#pragma once

#include <optional>
#include <span>

#include "sim/api/core.h"
#include "sim/cluster/kubelet/status.h"

namespace seatrial::cluster {

// `others`: the pods that the kubelet has accepted and that have not ended. Extended resources that the node
// does not have are not asked for. A pod of 30 cpus on a node of 4: OutOfcpu, "Node didn't have enough
// resource: cpu, requested: 30000, used: 0, capacity: 4000".
std::optional<PodEnding> why_rejected(const api::Pod& pod, const api::Node& node,
                                      std::span<const api::Pod* const> others);

}  // namespace seatrial::cluster
