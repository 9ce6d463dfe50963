#include "sim/scenario/reach/state.h"

#include "sim/cluster/policy_state.h"
#include "sim/scenario/client_pods.h"

namespace seatrial::scenario {

using api::Kind;

namespace {

// Makes the namespaces of the controllers that the store does not have.
void add_ingress_controllers(network::CompiledPolicies& policies, const Platform& platform,
                             const cluster::Store& store) {
  for (const IngressController& controller : platform.ingress_controllers) {
    if (!store.find(Kind::kNamespace, {}, controller.namespace_).valid()) {
      api::LabelMap labels = controller.namespace_labels;
      labels.set("kubernetes.io/metadata.name", controller.namespace_);
      policies.set_namespace(controller.namespace_, labels);
    }
    policies.set_pod(facts_of(controller));
  }
}

network::CompiledPolicies compile(const World& world) {
  const Platform& platform = world.scenario().platform;
  const auto options = platform.network_plugin ? platform.network_plugin->options : network::PolicyOptions();
  auto policies = cluster::compile_policies(world.cluster().store(), options);
  add_ingress_controllers(policies, platform, world.cluster().store());
  return policies;
}

}  // namespace

network::PodFacts facts_of(const IngressController& controller) {
  network::PodFacts facts;
  facts.namespace_ = controller.namespace_;
  facts.name = controller.name;
  facts.labels = controller.labels;
  return facts;
}

ReachState::ReachState(const World& of) : world(of), policies(compile(of)) {}

std::string ReachState::workload_of(network::PodId id) const {
  const network::PodFacts& facts = policies.facts(id);
  const auto* const pod = store().find<api::Pod>(facts.namespace_, facts.name);
  if (!pod) return facts.namespace_.str() + "/" + facts.name.str();
  return facts.namespace_.str() + "/" + scenario::workload_of(store(), *pod).str();
}

}  // namespace seatrial::scenario
