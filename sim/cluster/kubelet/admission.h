// Whether a kubelet takes a pod that was bound to its node, as a pure function. The scheduler has asked the
// same before, so it matters for pods that somebody else bound (spec.nodeName), and for taints that came
// meanwhile.
//
// What is looked at, first what is answered first: pods, cpu, memory and further resources that the node has
// not enough of; then taints NoExecute that the pod does not tolerate. Left out: node affinity and host
// ports. Source: pkg/kubelet/lifecycle/predicate.go; pkg/kubelet/kubelet.go (rejectPod).
#pragma once

#include <optional>
#include <string>

#include "sim/api/core.h"

namespace seatrial::cluster {

// Event and status have the reason; the status's message begins with "Pod was rejected: ".
struct PodRejection {
  api::Symbol reason;  // OutOfcpu, TaintToleration
  std::string message;
};

// What the other pods of the node ask for.
struct NodeUse {
  std::int64_t pods = 0;
  api::ResourceList requests;
};

std::optional<PodRejection> lacks_resources(const api::Pod& pod, const api::Node& node, const NodeUse& used);
std::optional<PodRejection> lacks_tolerations(const api::Pod& pod, const api::Node& node);

}  // namespace seatrial::cluster
