// Requests for a Service that had no ready endpoint, as its chooser saw it.
#include <algorithm>
#include <optional>

#include "sim/api/networking.h"
#include "sim/api/policy.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

// Why there was none, and what to change.
struct Absence {
  std::string why, change;
  api::SourcePosition where = {};  // else the Service's
};

// The pods that there were with the labels that it selects.
std::vector<const PodLife*> pods_of(const Evidence& evidence, const api::Service& service) {
  std::vector<const PodLife*> pods;
  for (const PodLife& life : evidence.pods) {
    if (life.pod && life.pod->metadata.namespace_ == service.metadata.namespace_ &&
        api::selects(service, *life.pod->metadata.labels))
      pods.push_back(&life);
  }
  return pods;
}

std::optional<Absence> never_ready(const std::vector<const PodLife*>& pods, SimTime first) {
  if (std::ranges::any_of(pods, [](const PodLife* life) { return life->ready.has_value(); })) return {};
  const auto waiting = std::ranges::find_if(pods, [&](const PodLife* life) {
    return !(life->deletion && *life->deletion < first) && !trouble_of(*life).empty();
  });
  if (waiting == pods.end()) return {};
  const std::string name = (*waiting)->pod->metadata.name.str();
  return Absence{"none of its pods was ever ready; " + name + ": " + trouble_of(**waiting),
                 fits_no_node(**waiting)
                     ? advice_for_no_room(unschedulable_message(**waiting))
                     : "see why the pod does not get ready: seatrial explain pod/" + name};
}

// They are ready only while they reach a resource.
std::optional<Absence> resource_missed(const Evidence& evidence, const std::vector<const PodLife*>& pods,
                                       SimTime first) {
  for (const PodLife* const life : pods) {
    if (life->gone && *life->gone < first) continue;
    const MissedResource missed = missed_by(evidence, *life, first);
    if (!missed.resource) return {};
    const std::string name = missed.resource->state.config.name.str();
    return Absence{
        "its pods are ready only while they reach " + name + ", which was away " +
            outage_text(evidence, *missed.outage),
        "see why " + name +
            " was away; with a readiness probe that does not depend on it, pods serve what needs no "
            "database, and rollouts go on (readiness: false)"};
  }
  return {};
}

std::optional<Absence> pods_refused(const Evidence& evidence, const api::Service& service) {
  for (const api::ObjectPtr& object :
       evidence.store.list(api::Kind::kDeployment, service.metadata.namespace_)) {
    const auto& deployment = static_cast<const api::Deployment&>(*object);
    if (!api::selects(service, *deployment.template_->labels)) continue;
    const ObjectName name{api::Kind::kDeployment, deployment.metadata.namespace_, deployment.metadata.name};
    const std::string refusal = refusal_of_pods(evidence, name, SimTime::at(-Duration::max()));
    if (refusal.empty()) continue;
    return Absence{"it has no pods: the API server refuses those of " + name.str() + ": " + refusal,
                   advice_for_refusal(refusal)};
  }
  return {};
}

std::optional<Absence> no_such_port(const Evidence& evidence, const api::Service& service) {
  for (const api::ObjectPtr& object :
       evidence.store.list(api::Kind::kEndpointSlice, service.metadata.namespace_)) {
    const auto& slice = static_cast<const api::EndpointSlice&>(*object);
    if (slice.metadata.labels->get("kubernetes.io/service-name") != service.metadata.name.str()) continue;
    if (slice.endpoints.empty() || !slice.ports.empty() || service.ports.empty()) continue;
    return Absence{"its pods have no port named \"" + service.ports.front().target_port.str() + "\"",
                   "let targetPort of the Service be a port of the container, by number or by its name"};
  }
  return {};
}

// How a pod was lost: by its deletion, or as its machine went.
struct PodLoss {
  SimTime at;
  bool deleted = true;
  std::string action;  // of the timeline
};

// The first of the two; none: it was lost to neither.
std::optional<PodLoss> loss_of(const Evidence& evidence, const PodLife& life) {
  if (life.deletion_record == JournalId::kNone && life.network_down_record == JournalId::kNone) return {};
  const bool deleted =
      life.network_down_record == JournalId::kNone ||
      (life.deletion_record != JournalId::kNone && life.deletion_record < life.network_down_record);
  const JournalId id = deleted ? life.deletion_record : life.network_down_record;
  return PodLoss{evidence.kernel.journal().record(id).at, deleted, action_behind(evidence, id)};
}

api::ObjectPtr budget_for(const Evidence& evidence, const PodLife& life) {
  const auto budgets = evidence.store.list(api::Kind::kPodDisruptionBudget, life.pod->metadata.namespace_);
  const auto found = std::ranges::find_if(budgets, [&](const api::ObjectPtr& object) {
    return static_cast<const api::PodDisruptionBudget&>(*object).selects(*life.pod->metadata.labels);
  });
  return found == budgets.end() ? nullptr : *found;
}

Absence absence_after(const Evidence& evidence, const PodLife& life, std::size_t pods, bool deleted) {
  Absence absence{{}, {}, life.pod->source};
  if (pods == 1) {
    absence.change = "run more than one replica, on different nodes (topologySpreadConstraints)";
  } else if (!deleted) {
    absence.change = "let no more than one of its nodes go at a time: see went-undrained";
  } else if (const api::ObjectPtr budget = budget_for(evidence, life)) {
    absence.where = budget->source;
    absence.change =
        "let its budget give one pod at a time (maxUnavailable: 1), so that nobody needs force, and have its "
        "pods on different nodes (topologySpreadConstraints)";
  } else {
    absence.change =
        "give it a PodDisruptionBudget that lets one pod go at a time (maxUnavailable: 1): a drain then "
        "waits "
        "for the replacement";
  }
  return absence;
}

// All the pods that were ready shortly before were lost to one entry of the timeline.
std::optional<Absence> lost_together(const Evidence& evidence, const std::vector<const PodLife*>& pods,
                                     SimTime first) {
  constexpr Duration kShortly = Duration::seconds(180);
  std::vector<PodLoss> losses;
  const PodLife* example = nullptr;
  for (const PodLife* const life : pods) {
    if (!life->ready || *life->ready > first || (life->gone && *life->gone < first - kShortly)) continue;
    const auto loss = loss_of(evidence, *life);
    if (!loss || loss->at > first) return {};
    if (loss->at < first - kShortly) continue;
    losses.push_back(*loss);
    example = life;
  }
  if (losses.empty() || losses.front().action.empty()) return {};
  const auto alike = [&](const PodLoss& loss) {
    return loss.action == losses.front().action && loss.deleted == losses.front().deleted;
  };
  if (!std::ranges::all_of(losses, alike)) return {};
  const auto [from, to] = std::ranges::minmax(losses, {}, &PodLoss::at);
  Absence absence = absence_after(evidence, *example, losses.size(), losses.front().deleted);
  const bool together = losses.size() > 1 && to.at - from.at < Duration::seconds(10);
  absence.why =
      (losses.size() == 1 ? "its only pod was " : "its " + plural(losses.size(), "pod") + " were ") +
      (losses.front().deleted ? "deleted" : "lost with their machines") + (together ? " together" : "") +
      ": " + losses.front().action;
  return absence;
}

std::optional<Absence> killed_for_memory(const std::vector<const PodLife*>& pods) {
  const bool all =
      std::ranges::all_of(pods, [](const PodLife* life) { return !life->out_of_memory.empty(); });
  if (!all) return {};
  return Absence{"each of its pods was killed for the memory that it used (out-of-memory)",
                 "let what the pods hold fit into their memory: see that finding"};
}

Absence reason_for(const Evidence& evidence, const api::Service& service, SimTime first) {
  const std::vector<const PodLife*> pods = pods_of(evidence, service);
  if (const auto reason = resource_missed(evidence, pods, first)) return *reason;
  if (const auto reason = never_ready(pods, first)) return *reason;
  if (pods.empty()) {
    if (const auto reason = pods_refused(evidence, service)) return *reason;
    return {"no pod has the labels that it selects",
            "let spec.selector of the Service name labels of the pods"};
  }
  if (const auto reason = no_such_port(evidence, service)) return *reason;
  if (const auto reason = killed_for_memory(pods)) return *reason;
  if (const auto reason = lost_together(evidence, pods, first)) return *reason;
  return {"",
          "keep some pods available at all times: maxUnavailable below 100 %, strategy RollingUpdate rather "
          "than Recreate, more than one replica"};
}

}  // namespace

void service_had_no_endpoints(const Evidence& evidence, std::vector<Finding>& findings) {
  struct Outage : FailureGroup {
    traffic::LoadIndex way = 0;  // of the last
  };
  std::map<traffic::LoadIndex, Outage> outages;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (failure.outcome != traffic::Outcome::kNoEndpoints) continue;
    if (was_routed_nowhere(evidence.kernel.journal(), failure)) continue;
    Outage& outage = outages[failure.load];
    outage.add(failure);
    outage.way = failure.way;
  }
  for (const auto& [load, outage] : outages) {
    const auto* const service = evidence.store.get<api::Service>(evidence.traffic.load(outage.way).service);
    Finding finding;
    finding.severity = Severity::kError;
    finding.requests = outage.requests;
    finding.what = plural(outage.requests, "request") + " of load " + evidence.traffic.load(load).name.str() +
                   " found no pod that was ready";
    if (service) {
      finding.object = {api::Kind::kService, service->metadata.namespace_, service->metadata.name};
      finding.manifest = service->source;
      finding.chain.push_back(finding.object.str() + " had no ready endpoint " + times_sent(outage) +
                              place_text(service->source));
      const Absence reason = reason_for(evidence, *service, outage.first->sent);
      if (!reason.why.empty()) finding.chain.push_back(reason.why);
      finding.change = reason.change;
      if (reason.where.line > 0) finding.manifest = reason.where;
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
