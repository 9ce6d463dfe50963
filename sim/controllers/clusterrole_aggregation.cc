// The controller of ClusterRoles that aggregate others: it overwrites their rules. Source:
// pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
#include "sim/api/rbac.h"
#include "sim/cluster/role_aggregation.h"
#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::ClusterRole;
using api::Kind;

namespace {

std::vector<std::shared_ptr<const ClusterRole>> roles_by_name(const Cache& cache) {
  std::vector<std::shared_ptr<const ClusterRole>> roles;
  for (const api::ObjectPtr& object : cache.all(Kind::kClusterRole))
    if (object) roles.push_back(api::as<ClusterRole>(object));
  std::ranges::sort(roles, {}, [](const auto& role) { return role->metadata.name.view(); });
  return roles;
}

}  // namespace

// Any change may concern any of them.
void clusterrole_aggregation_changed(const Change& change, Enqueue& enqueue) {
  for (const auto& role : roles_by_name(change.cache))
    if (role->aggregation_rule) enqueue.add(role->ref());
}

SyncResult sync_clusterrole_aggregation(Sync& sync) {
  const auto& role = sync.pin([&] { return api::as<ClusterRole>(sync.cache().get(sync.key())); });
  if (!role || !role->aggregation_rule) return SyncResult::done();
  const auto& rules = sync.pin([&] { return cluster::aggregated_rules(*role, roles_by_name(sync.cache())); });
  if (rules == role->rules) return SyncResult::done();
  const auto written = write<ClusterRole>(sync, [&] {
    ClusterRole wanted;
    wanted.metadata.name = role->metadata.name;
    wanted.rules = rules;
    ApiRequest apply = request(Verb::kApply, wanted);
    apply.field_manager = "clusterrole-aggregation-controller";
    apply.force = true;
    return apply;
  });
  return written ? SyncResult::done() : written.error();
}

}  // namespace seatrial::controllers
