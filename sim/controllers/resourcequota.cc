// The resource quota controller: a quota's `used`, counted again when something that it counts has gone.
//
// What comes is charged by admission at once; what goes (a deleted object, a pod that has ended) is given
// back here. Source: pkg/controller/resourcequota/{resource_quota_controller,resource_quota_monitor}.go;
// reference policy §4.

#include "sim/api/kinds.h"
#include "sim/cluster/quota.h"
#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using api::ResourceList;
using api::ResourceQuota;

namespace {

// `used` of the quota's resources as the cache shows them.
ResourceList count_used(const Cache& cache, const ResourceQuota& quota, SimTime now) {
  ResourceList used;
  for (const auto& [resource, limit] : quota.hard)
    used[resource] = api::Quantity::from_milli(0, limit.format());
  cluster::QuotaCounter counter(quota, now);
  for (const api::KindInfo& info : api::kinds()) {
    if (!cluster::is_counted(quota.hard, info)) continue;
    for (const std::uint32_t index : cache.in_namespace(info.kind, quota.metadata.namespace_)) {
      counter.add(*cache.all(info.kind)[index], used);
    }
  }
  return used;
}

// Whether the change gives back something.
bool replenishes(const Change& change) {
  if (change.type == ChangeType::kDeleted) return true;
  if (change.type != ChangeType::kModified || change.object->kind != Kind::kPod) return false;
  return !cluster::is_charged(static_cast<const api::Pod&>(*change.object), change.now) &&
         cluster::is_charged(static_cast<const api::Pod&>(*change.old), change.now);
}

}  // namespace

void resourcequota_changed(const Change& change, Enqueue& enqueue) {
  const api::Object& object = *change.object;
  if (object.kind == Kind::kResourceQuota) {
    if (change.type == ChangeType::kDeleted) return;
    // Changes of the status are this controller's and admission's own.
    const auto spec = [](const api::Object& quota) {
      const auto& of = static_cast<const ResourceQuota&>(quota);
      return std::tie(of.hard, of.scopes, of.scope_selector);
    };
    const bool spec_changed = !change.old || spec(*change.old) != spec(object);
    if (spec_changed) enqueue.add(object.ref());
    return;
  }
  const auto& quotas = change.cache.in_namespace(Kind::kResourceQuota, object.metadata.namespace_);
  if (quotas.empty() || !replenishes(change)) return;
  for (const std::uint32_t index : quotas) {
    const auto& quota = static_cast<const ResourceQuota&>(*change.cache.all(Kind::kResourceQuota)[index]);
    if (cluster::is_counted(quota.hard, api::info(object.kind))) enqueue.add(quota.ref());
  }
}

SyncResult sync_resourcequota(Sync& sync) {
  const auto& quota = sync.pin([&] { return api::as<ResourceQuota>(sync.cache().get(sync.key())); });
  if (!quota) return SyncResult::done();
  const auto& used = sync.pin([&] { return count_used(sync.cache(), *quota, sync.started()); });
  if (quota->status_hard == quota->hard && quota->used == used) return SyncResult::done();
  const auto written = write<ResourceQuota>(sync, [&] {
    ResourceQuota next = *quota;
    next.status_hard = quota->hard;
    next.used = used;
    return request(Verb::kUpdateStatus, next);
  });
  return written ? SyncResult::done() : written.error();
}

}  // namespace seatrial::controllers
