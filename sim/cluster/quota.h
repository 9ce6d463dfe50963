// What an object costs a ResourceQuota, and whether a quota has room for it. Of values only; used by
// admission, which charges, and by the resource quota controller, which counts again.
//
// A pod costs pods, count/pods, its requests (cpu is requests.cpu, memory is requests.memory) and its limits;
// once it has ended, or its grace period is over, only count/pods. Everything else costs
// count/RESOURCE.GROUP, and its own old name where it has one (services, configmaps, secrets …); Services
// also their node ports and load balancers, PersistentVolumeClaims their storage, in all and by class.
// Sources: pkg/quota/v1/evaluator/core/{pods,services,persistent_volume_claims}.go,
// k8s.io/apiserver/pkg/admission/plugin/resourcequota, k8s.io/apiserver/pkg/quota/v1/resources.go; reference
// policy §4.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/api/kinds.h"

namespace seatrial::cluster {

// Whether the pod costs its quota more than count/pods.
bool is_charged(const api::Pod& pod, SimTime now);
// Of all resources that it costs; REQUIRES nothing of the quota.
api::ResourceList quota_usage(const api::Object& object, SimTime now);
// Those resources of `hard` that objects of that kind can cost.
std::vector<api::Symbol> counted_resources(const api::ResourceList& hard, const api::KindInfo& info);
bool is_counted(const api::ResourceList& hard, const api::KindInfo& info);
// Whether one scope of a quota includes the object (no scope includes anything but pods); and all of them.
bool in_scope(const api::ScopedResourceSelectorRequirement& scope, const api::Object& object);
bool in_scope(const api::ResourceQuota& quota, const api::Object& object);

// Adds up objects; pods that share a spec are looked at once.
class QuotaCounter {
 public:
  QuotaCounter(const api::ResourceQuota& quota, SimTime now) : quota_(quota), now_(now) {}
  // Adds what the object costs of the resources that `used` has.
  void add(const api::Object& object, api::ResourceList& used);

 private:
  const api::ResourceQuota& quota_;
  SimTime now_;
  std::map<std::pair<const api::PodSpec*, bool>, api::ResourceList> pods_;  // only looked up
};

// The resources of `limits` that `amounts` exceeds.
std::vector<api::Symbol> exceeded(const api::ResourceList& amounts, const api::ResourceList& limits);
// cpu=1,pods=2, sorted by name.
std::string pretty(const api::ResourceList& list);

// Why the quota has no room for `usage` (its words, without "pods "x" is forbidden: "), or nothing. What it
// says to be `used` counts, and only the resources of its status.hard. pods 4 of 4 used, one more: exceeded
// quota: Q, requested: pods=1, used: pods=4, limited: pods=4
std::optional<std::string> quota_exceeded(const api::ResourceQuota& quota, const api::ResourceList& usage);
// A quota of cpu or memory wants every container to say how much: "must specify cpu for: a,b".
std::optional<std::string> must_specify(const std::vector<api::Symbol>& resources, const api::PodSpec& spec);
// Why the quota cannot judge an object of that kind: a container says too little, or its usage is not known
// yet. "failed quota: Q: must specify cpu for: a"; "status unknown for quota: Q, resources: pods".
std::optional<std::string> quota_unfit(const api::ResourceQuota& quota, const api::Object& object);

}  // namespace seatrial::cluster
