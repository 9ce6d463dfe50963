#include "sim/scenario/access_review.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/cluster/bootstrap_roles.h"
#include "sim/cluster/role_aggregation.h"

namespace seatrial::scenario {

using api::ClusterRole;
using api::Kind;

namespace {

constexpr std::array kAccessKinds{Kind::kRole, Kind::kClusterRole, Kind::kRoleBinding,
                                  Kind::kClusterRoleBinding};

void put(cluster::Store& store, const api::Object& object) {
  const auto copy = api::info(object).clone(object);
  const api::ObjectRef known = store.find(object);
  copy->index = known.valid() ? known.index : store.next_index(object.kind);
  if (known.valid())
    store.replace(copy);
  else
    store.insert(copy);
}

std::vector<std::shared_ptr<const ClusterRole>> cluster_roles(const cluster::Store& store) {
  std::vector<std::shared_ptr<const ClusterRole>> roles;
  for (const api::ObjectPtr& object : store.list(Kind::kClusterRole))
    roles.push_back(api::as<ClusterRole>(object));
  return roles;
}

// Whether there was something to do.
bool aggregate_once(cluster::Store& store) {
  bool changed = false;
  const auto roles = cluster_roles(store);
  for (const auto& role : roles) {
    if (!role->aggregation_rule) continue;
    auto rules = cluster::aggregated_rules(*role, roles);
    if (rules == role->rules) continue;
    const auto next = api::clone(*role);
    next->rules = std::move(rules);
    store.replace(next);
    changed = true;
  }
  return changed;
}

}  // namespace

cluster::Store access_store(const std::vector<api::ObjectPtr>& objects) {
  cluster::Store store;
  for (const auto& object : cluster::bootstrap_roles()) put(store, *object);
  for (const api::ObjectPtr& object : objects)
    if (std::ranges::count(kAccessKinds, object->kind) > 0) put(store, *object);
  // Roles that aggregate each other take from each other for as many rounds as there are roles, at most.
  for (std::size_t round = 0; round <= store.count(Kind::kClusterRole) && aggregate_once(store); ++round) {
  }
  return store;
}

}  // namespace seatrial::scenario
