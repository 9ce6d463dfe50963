// Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go (CheckRequest); the rules stand
// in sim/cluster/quota.h.
#include "sim/cluster/admission/plugins.h"
#include "sim/cluster/quota.h"

namespace seatrial::cluster {

using api::Kind;
using api::Pod;

namespace {

// What the write adds; nothing for updates that leave the cost as it is.
api::ResourceList charge(const AdmissionRequest& request) {
  api::ResourceList usage = quota_usage(request.object, request.now);
  if (!request.old) return usage;
  for (const auto& [name, amount] : quota_usage(*request.old, request.now)) {
    const auto at = usage.find(name);
    if (at != usage.end()) at->second = at->second - amount;
  }
  std::erase_if(usage, [](const auto& entry) { return entry.second <= api::Quantity(); });
  return usage;
}

bool can_cost(const AdmissionRequest& request) {
  if (!api::info(request.object.kind).namespaced || request.object.kind == Kind::kEvent) return false;
  return request.verb == Verb::kCreate || request.object.kind == Kind::kService;
}

}  // namespace

Refusal check_quota(const Store& store, AdmissionState&, const AdmissionRequest& request,
                    AdmissionOutcome& outcome) {
  if (!can_cost(request)) return std::nullopt;
  std::vector<const api::ResourceQuota*> quotas;
  for_each<api::ResourceQuota>(store, request.object.metadata.namespace_,
                               [&](const api::ResourceQuota& quota) {
                                 if (in_scope(quota, request.object) &&
                                     is_counted(quota.status_hard, api::info(request.object.kind))) {
                                   quotas.push_back(&quota);
                                 }
                               });
  if (quotas.empty()) return std::nullopt;
  std::ranges::sort(quotas, {}, [](const api::ResourceQuota* quota) { return quota->metadata.name; });
  const api::ResourceList usage = charge(request);
  for (const api::ResourceQuota* quota : quotas) {
    if (is_new_pod(request)) {
      const auto why = quota_must_specify(*quota, *static_cast<const Pod&>(request.object).spec);
      if (why) return forbidden(request, *why);
    }
    if (const auto why = quota_exceeded(*quota, usage)) return forbidden(request, *why);
    auto charged = std::make_shared<api::ResourceQuota>(*quota);
    bool changed = false;
    for (auto& [name, used] : charged->used) {
      const auto at = usage.find(name);
      if (at == usage.end()) continue;
      used = used + at->second;
      changed = true;
    }
    if (changed) outcome.effects.push_back(std::move(charged));
  }
  return std::nullopt;
}

}  // namespace seatrial::cluster
