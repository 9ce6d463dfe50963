// The cluster of a world at its instant as questions of reachability look at it: the policies of its store,
// compiled, and the platform's ingress controllers as pods among its pods. The policies are judged as the
// platform's networkPlugin does, or as one that enforces what Kubernetes defines.
#pragma once

#include <string>

#include "sim/network/policy/compiled.h"
#include "sim/scenario/world.h"

namespace seatrial::scenario {

// REQUIRES: it does not outlive the world.
struct ReachState {
  explicit ReachState(const World& world);

  const World& world;
  network::CompiledPolicies policies;

  const cluster::Store& store() const { return world.cluster().store(); }
  // NAMESPACE/KIND/NAME of the workload that a pod belongs to; NAMESPACE/NAME of an ingress controller.
  std::string workload_of(network::PodId pod) const;
};

// An ingress controller of the platform as one of its pods.
network::PodFacts facts_of(const IngressController& controller);

}  // namespace seatrial::scenario
