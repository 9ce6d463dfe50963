// Deployments that a ResourceQuota would not let roll out as they ask to, found without a rollout: the quota
// as it stood at time 0 has no room for their surge. One that the run did roll out, and that was refused, is
// rollout_incomplete.cc's or pods_refused.cc's.
#include <algorithm>

#include "sim/checks/findings/common.h"
#include "sim/cluster/quota.h"
#include "sim/controllers/deployment_math.h"

namespace seatrial::checks {
namespace {

using api::Kind;

// What there was in a namespace when the scenario began.
struct AtStart {
  std::map<std::uint32_t, std::shared_ptr<const api::Deployment>> deployments;
  std::map<std::uint32_t, std::shared_ptr<const api::Pod>> pods;
};
struct StartOfAll {
  std::map<api::Symbol, AtStart> namespaces;
  std::map<std::uint32_t, std::shared_ptr<const api::ResourceQuota>> quotas;
};

StartOfAll look_at_start(const Evidence& evidence) {
  StartOfAll start;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (evidence.time_of(change) > SimTime()) break;
    const bool gone = change.type == cluster::ChangeType::kDeleted;
    const auto keep = [&](auto& map, auto object) {
      if (gone)
        map.erase(object->index);
      else
        map[object->index] = std::move(object);
    };
    const api::Symbol namespace_ = change.object->metadata.namespace_;
    if (change.object->kind == Kind::kDeployment)
      keep(start.namespaces[namespace_].deployments, api::as<api::Deployment>(change.object));
    if (change.object->kind == Kind::kResourceQuota)
      keep(start.quotas, api::as<api::ResourceQuota>(change.object));
    if (change.object->kind == Kind::kPod)
      keep(start.namespaces[namespace_].pods, api::as<api::Pod>(change.object));
  }
  return start;
}

struct Surge {
  ObjectName target;
  std::int32_t wanted = 0, room = 0;  // pods: maxSurge, and how many of them the quota has room for
  api::ResourceList pod;              // what one of them costs
};

void charge(api::ResourceQuota& quota, const api::ResourceList& usage) {
  for (const auto& [resource, amount] : usage) {
    const auto at = quota.used.find(resource);
    if (at != quota.used.end()) at->second = at->second + amount;
  }
}

std::int32_t room_for(api::ResourceQuota quota, const Surge& surge) {
  std::int32_t pods = 0;
  while (pods < surge.wanted && !cluster::quota_exceeded(quota, surge.pod)) {
    charge(quota, surge.pod);
    ++pods;
  }
  return pods;
}

// Those Deployments that must surge before an old pod may go, and whose pods the quota counts.
std::vector<Surge> surges_under(const Evidence& evidence, const AtStart& start,
                                const api::ResourceQuota& quota) {
  std::vector<Surge> found;
  for (const auto& [index, deployment] : start.deployments) {
    Surge surge;
    surge.target = {Kind::kDeployment, deployment->metadata.namespace_, deployment->metadata.name};
    surge.wanted = controllers::max_surge(*deployment);
    const std::string refusal = refusal_of_pods(evidence, surge.target, SimTime());
    if (controllers::max_unavailable(*deployment) > 0 || names_quota(refusal, quota.metadata.name)) continue;
    for (const auto& [pod_index, pod] : start.pods) {
      const PodLife* const life = evidence.life_of({pod_index});
      if (!life || !(life->workload == surge.target) || !cluster::in_scope(quota, *pod)) continue;
      surge.pod = cluster::quota_usage(*pod, SimTime());
      surge.room = room_for(quota, surge);
      found.push_back(surge);
      break;
    }
  }
  return found;
}

std::string names_of(const std::vector<Surge>& surges) {
  constexpr std::size_t kListed = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(surges.size(), kListed); ++i)
    text += (i == 0 ? "" : ", ") + surges[i].target.str();
  return text + (surges.size() > kListed ? " and " + std::to_string(surges.size() - kListed) + " more" : "");
}

void add(const api::ResourceQuota& quota, const std::vector<Surge>& surges, Severity severity,
         std::string what, std::string change, std::vector<Finding>& findings) {
  Finding finding;
  finding.severity = severity;
  finding.object = surges.front().target;
  finding.manifest = quota.source;
  finding.what = std::move(what);
  finding.chain.push_back(surges.front().target.str() + " surges by " + plural(surges.front().wanted, "pod") +
                          ", maxUnavailable is 0, room is for " + std::to_string(surges.front().room));
  finding.chain.push_back("used at the start: " + cluster::pretty(quota.used));
  finding.chain.push_back(quota_text(quota));
  finding.change = std::move(change);
  findings.push_back(std::move(finding));
}

void look_at_quota(const api::ResourceQuota& quota, const std::vector<Surge>& all,
                   std::vector<Finding>& findings) {
  std::vector<Surge> none, some;
  api::ResourceQuota together = quota;
  bool exceeded = false;
  for (const Surge& surge : all) {
    if (surge.room < surge.wanted) (surge.room == 0 ? none : some).push_back(surge);
    exceeded |= room_for(together, surge) < surge.wanted;
    for (std::int32_t i = 0; i < surge.wanted; ++i) charge(together, surge.pod);
  }
  const std::string name = "ResourceQuota " + quota.metadata.name.str();
  if (!none.empty())
    add(quota, none, Severity::kWarning,
        names_of(none) + " cannot be rolled out: " + name + " has no room for a surge pod",
        "allow maxUnavailable: 1, or raise the quota by one surge", findings);
  if (!some.empty())
    add(quota, some, Severity::kInfo,
        names_of(some) + " will be refused pods in a rollout: " + name + " has no room for the whole surge",
        "lower maxSurge, or raise the quota", findings);
  if (none.empty() && some.empty() && exceeded)
    add(quota, all, Severity::kInfo,
        names_of(all) + ", rolled out at the same time, will be refused pods: " + name +
            " has no room for the surges of all",
        "release them one after the other, or raise the quota", findings);
}

}  // namespace

void surges_beyond_quotas(const Evidence& evidence, std::vector<Finding>& findings) {
  StartOfAll start = look_at_start(evidence);
  for (const auto& [index, quota] : start.quotas) {
    const std::vector<Surge> surges =
        surges_under(evidence, start.namespaces[quota->metadata.namespace_], *quota);
    if (!surges.empty()) look_at_quota(*quota, surges, findings);
  }
}

}  // namespace seatrial::checks
