#include "sim/scenario/choice.h"

#include <algorithm>

#include "sim/api/apps.h"
#include "sim/api/batch.h"

namespace seatrial::scenario {

using api::Kind;

const api::LabelSelector* selector_of(const api::Object& object) {
  switch (object.kind) {
    case Kind::kDeployment:
      return &static_cast<const api::Deployment&>(object).selector;
    case Kind::kReplicaSet:
      return &static_cast<const api::ReplicaSet&>(object).selector;
    case Kind::kStatefulSet:
      return &static_cast<const api::StatefulSet&>(object).selector;
    case Kind::kDaemonSet:
      return &static_cast<const api::DaemonSet&>(object).selector;
    case Kind::kJob:
      return &static_cast<const api::Job&>(object).spec.selector;
    default:
      return nullptr;
  }
}

std::vector<std::shared_ptr<const api::Node>> chosen_nodes(const cluster::Store& store,
                                                           const NodeChoice& choice) {
  std::vector<std::shared_ptr<const api::Node>> nodes;
  std::vector<api::ObjectPtr> all = store.list(Kind::kNode);
  if (choice.oldest)
    std::ranges::stable_sort(all, {},
                             [](const api::ObjectPtr& node) { return node->metadata.creation_timestamp; });
  for (const api::ObjectPtr& object : all) {
    const api::LabelMap& labels = *object->metadata.labels;
    const bool named =
        choice.names.empty() || std::ranges::find(choice.names, object->metadata.name) != choice.names.end();
    if (!named) continue;
    if (!choice.node_group.empty() && labels.get("seatrial/node-group") != choice.node_group.view()) continue;
    if (!choice.zone.empty() && labels.get("topology.kubernetes.io/zone") != choice.zone.view()) continue;
    if (choice.nodes > 0 && nodes.size() == static_cast<std::size_t>(choice.nodes)) break;
    nodes.push_back(api::as<api::Node>(object));
  }
  return nodes;
}

std::vector<std::shared_ptr<const api::Pod>> pods_of(const cluster::Store& store,
                                                     const ObjectName& workload) {
  std::vector<std::shared_ptr<const api::Pod>> pods;
  const api::ObjectPtr& owner = store.get(store.find(workload.kind, workload.namespace_, workload.name));
  const api::LabelSelector* const selector = owner ? selector_of(*owner) : nullptr;
  for (const api::ObjectPtr& object : store.list(Kind::kPod, workload.namespace_)) {
    const bool named = workload.kind == Kind::kPod && object->metadata.name == workload.name;
    if (named || (selector != nullptr && selector->matches(*object->metadata.labels)))
      pods.push_back(api::as<api::Pod>(object));
  }
  return pods;
}

}  // namespace seatrial::scenario
