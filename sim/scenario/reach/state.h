// The cluster of a world at its instant as questions of reachability look at it: the policies of its store,
// compiled, and the platform's ingress controllers as pods among its pods.
#pragma once

#include <map>
#include <string>

#include "sim/network/policy/compiled.h"
#include "sim/scenario/world.h"

namespace seatrial::scenario {

// REQUIRES: it does not outlive the world.
struct ReachState {
  explicit ReachState(const World& world);

  const World& world;
  network::CompiledPolicies policies;
  std::map<std::string, network::PodId> controllers;  // NAMESPACE/NAME of an ingress controller

  const cluster::Store& store() const { return world.cluster().store(); }
  // NAMESPACE/KIND/NAME of the workload that a pod belongs to; NAMESPACE/NAME of an ingress controller.
  std::string workload_of(network::PodId pod) const;
};

// What the platform's policies are judged by: its networkPlugin, or one that enforces what Kubernetes
// defines.
network::PolicyOptions policy_options(const Platform& platform);
// An ingress controller of the platform as one of its pods.
network::PodFacts facts_of(const IngressController& controller);
// Makes the namespaces of the controllers that the store does not have.
void add_ingress_controllers(network::CompiledPolicies& policies, const Platform& platform,
                             const cluster::Store& store);

}  // namespace seatrial::scenario
