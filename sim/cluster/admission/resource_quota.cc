// Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go (CheckRequest); the rules stand
// in sim/cluster/quota.h.
#include "sim/cluster/admission/plugins.h"
#include "sim/cluster/quota.h"

namespace seatrial::cluster {

using api::Kind;
using api::ResourceList;
using api::ResourceQuota;

namespace {

// The kinds whose updates may cost more than they did.
bool can_grow(const api::Object& object) {
  return object.kind == Kind::kService || object.kind == Kind::kPersistentVolumeClaim;
}

bool can_cost(const AdmissionRequest& request) {
  if (!api::info(request.object.kind).namespaced || request.object.kind == Kind::kEvent) return false;
  return request.verb == Verb::kCreate || (request.verb == Verb::kUpdate && can_grow(request.object));
}

// The quotas that count such an object, by name.
std::vector<const ResourceQuota*> quotas_for(const Store& store, const api::Object& object) {
  std::vector<const ResourceQuota*> quotas;
  for_each<ResourceQuota>(store, object.metadata.namespace_, [&](const ResourceQuota& quota) {
    if (in_scope(quota, object) && is_counted(quota.status_hard, api::info(object.kind)))
      quotas.push_back(&quota);
  });
  std::ranges::sort(quotas, {}, [](const ResourceQuota* quota) { return quota->metadata.name; });
  return quotas;
}

// What the write adds for the quota: the difference, where it counted the object before.
ResourceList added(const AdmissionRequest& request, const ResourceQuota& quota) {
  ResourceList usage = quota_usage(request.object, request.now);
  if (request.old && in_scope(quota, *request.old)) {
    for (const auto& [name, amount] : quota_usage(*request.old, request.now)) {
      const auto at = usage.find(name);
      if (at != usage.end()) at->second = at->second - amount;
    }
  }
  std::erase_if(usage, [&](const auto& entry) {
    return entry.second <= api::Quantity() || !quota.status_hard.contains(entry.first);
  });
  return usage;
}

std::shared_ptr<ResourceQuota> charged(const ResourceQuota& quota, const ResourceList& usage) {
  auto next = std::make_shared<ResourceQuota>(quota);
  for (const auto& [name, amount] : usage) {
    api::Quantity& used = next->used[name];
    used = used + amount;
  }
  return next;
}

}  // namespace

Refusal check_quota(const Store& store, AdmissionState&, const AdmissionRequest& request,
                    AdmissionOutcome& outcome) {
  if (!can_cost(request)) return std::nullopt;
  const std::vector<const ResourceQuota*> quotas = quotas_for(store, request.object);
  for (const ResourceQuota* const quota : quotas) {
    if (const auto why = quota_unfit(*quota, request.object)) return forbidden(request, *why);
  }
  for (const ResourceQuota* const quota : quotas) {
    const ResourceList usage = added(request, *quota);
    if (const auto why = quota_exceeded(*quota, usage)) return forbidden(request, *why);
    if (!usage.empty()) outcome.effects.push_back(charged(*quota, usage));
  }
  return std::nullopt;
}

}  // namespace seatrial::cluster
