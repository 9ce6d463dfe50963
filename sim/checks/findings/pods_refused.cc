// Pods that the API server refused and that came to be later, or belong to no rollout: who waited, how long,
// and for what. Rollouts that did not complete are rollout_incomplete.cc's, Jobs jobs_failed.cc's, webhooks
// webhook_in_the_way.cc's.
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using api::Kind;

struct Refused {
  std::uint64_t count = 0;
  SimTime first, last;
  std::string text;  // the first
};

// By namespace and name of the object whose pods were refused.
using RefusedByOwner = std::map<std::tuple<api::Symbol, api::Symbol, api::Symbol>, Refused>;

RefusedByOwner refused_pods(const Evidence& evidence) {
  RefusedByOwner found;
  std::map<std::uint32_t, std::int32_t> counted;  // how often an event had happened, by its index
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != Kind::kEvent || change.type == cluster::ChangeType::kDeleted) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*change.object);
    const bool refusal = event.reason == "FailedCreate" && event.message.contains("is forbidden");
    if (!refusal || evidence.time_of(change) < SimTime()) continue;
    Refused& refused = found[{event.metadata.namespace_, event.involved_kind, event.involved_name}];
    if (refused.count == 0) {
      refused.first = evidence.time_of(change);
      refused.text = event.message;
    }
    refused.last = evidence.time_of(change);
    const std::int32_t times = event.count - std::exchange(counted[event.index], event.count);
    refused.count += static_cast<std::uint64_t>(std::max(times, 0));
  }
  return found;
}

// The first pod of the owner that was created after the last refusal.
std::optional<SimTime> next_pod(const Evidence& evidence, api::Symbol namespace_, api::Symbol owner,
                                SimTime after) {
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.created || *life.created < after) continue;
    const api::OwnerReference* const controller = life.pod->metadata.controller_ref();
    if (controller && controller->name == owner && life.pod->metadata.namespace_ == namespace_)
      return life.created;
  }
  return std::nullopt;
}

// The rollout's own finding says it all where it did not complete, one finding all Jobs that waited, and one
// of a CronJob which starts were left out.
bool is_told_elsewhere(const Evidence& evidence, api::Symbol namespace_, api::Symbol kind,
                       api::Symbol owner) {
  if (kind == "Job" || kind == "CronJob") return true;
  return std::ranges::any_of(evidence.rollouts, [&](const RolloutLife& rollout) {
    return !rollout.completed && rollout.target.namespace_ == namespace_ &&
           owner.view().starts_with(rollout.target.name.str() + "-");
  });
}

}  // namespace

void pods_were_refused(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [owner, refused] : refused_pods(evidence)) {
    const auto& [namespace_, kind, name] = owner;
    if (is_told_elsewhere(evidence, namespace_, kind, name)) continue;
    Finding finding;
    finding.severity = Severity::kWarning;
    finding.what = kind.str() + " " + namespace_.str() + "/" + name.str() +
                   " was refused pods: " + plural(refused.count, "creation") +
                   (refused.count == 1 ? " at " : " between ") + about(refused.first.since_start()) +
                   (refused.count == 1 ? "" : " and " + about(refused.last.since_start()));
    finding.chain.push_back(refused.text);
    if (const auto quota = quota_behind(evidence, namespace_, refused.text, refused.first)) {
      finding.chain.push_back(quota_text(*quota));
      finding.manifest = quota->source;
    }
    if (const auto next = next_pod(evidence, namespace_, name, refused.last)) {
      finding.chain.push_back("its controller waits longer after each refusal: the last one was at " +
                              about(refused.last.since_start()) + ", the next try came " +
                              about(*next - refused.last) + " later");
    }
    finding.change = advice_for_refusal(refused.text);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
