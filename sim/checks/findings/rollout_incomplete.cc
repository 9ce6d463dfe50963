// Rollouts that did not complete: the progress deadline passed or the run ended, and why the new pods are not
// there.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

const api::Deployment* deployment_of(const Evidence& evidence, const ObjectName& name) {
  return evidence.store.find<api::Deployment>(name.namespace_, name.name);
}

std::string strategy_text(const api::Deployment& deployment) {
  const auto text = [](const std::optional<api::IntOrString>& value) {
    return value ? value->str() : std::string("25%");
  };
  return "maxSurge " + text(deployment.max_surge) + ", maxUnavailable " + text(deployment.max_unavailable);
}

struct Trouble {
  const PodLife* example = nullptr;
  std::size_t pods = 0;
  std::string text;
  bool no_room = false, lacks_configuration = false;
  std::string waits_for;  // rds/main
};

Trouble trouble_in(const Evidence& evidence, const RolloutLife& rollout) {
  Trouble found;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !(life.workload == rollout.target) || life.version != rollout.to || life.gone) continue;
    if (life.created && *life.created < rollout.started) continue;
    const std::string trouble = trouble_of(life);
    if (trouble.empty()) continue;
    ++found.pods;
    if (found.example) continue;
    found.example = &life;
    found.text = trouble;
    found.no_room = fits_no_node(life);
    found.lacks_configuration = life.lacked_configuration;  // config_missing.cc tells what
    const MissedResource missed =
        missed_by(evidence, life, rollout.deadline_exceeded.value_or(evidence.end()));
    if (!missed.resource || life.ready) continue;
    found.waits_for = missed.resource->state.config.name.str();
    found.text += ", as it is ready only while it reaches " + found.waits_for + ", which was away " +
                  outage_text(evidence, *missed.outage);
  }
  return found;
}

std::string advice(const Trouble& trouble, const std::string& refusal, const RolloutLife& rollout,
                   const api::Deployment* deployment) {
  if (!refusal.empty()) return advice_for_refusal(refusal);
  if (trouble.no_room) {
    const bool surges =
        deployment && deployment->max_unavailable && deployment->max_unavailable->str() == "0";
    const std::string otherwise = advice_for_no_room(unschedulable_message(*trouble.example));
    return surges && otherwise.contains("request less")
               ? "allow maxUnavailable: 1, so that an old pod makes room for a new one; or " + otherwise
               : otherwise;
  }
  if (!trouble.waits_for.empty())
    return "see why " + trouble.waits_for + " was away; let the readiness probe not depend on it";
  if (trouble.text.contains("ImagePull")) return "see the finding about its image";
  if (trouble.lacks_configuration) return "see the finding about what its configuration lacks";
  if (trouble.example && trouble.example->has_exited_by_itself)
    return "kubectl rollout undo " + rollout.target.str() + ", then mend " + rollout.to;
  return "kubectl describe the pod; raise progressDeadlineSeconds if it only needs longer";
}

void explain(const Evidence& evidence, const RolloutLife& rollout, std::vector<Finding>& findings) {
  const api::Deployment* const deployment = deployment_of(evidence, rollout.target);
  const Trouble trouble = trouble_in(evidence, rollout);
  const std::string refusal = refusal_of_pods(evidence, rollout.target, rollout.started);
  Finding finding;
  finding.severity = rollout.deadline_exceeded || rollout.superseded ? Severity::kError : Severity::kWarning;
  finding.object = rollout.target;
  const std::string from_to = "from " + rollout.from + " to " + rollout.to;
  if (rollout.deadline_exceeded) {
    finding.what = "the rollout of " + rollout.target.str() + " " + from_to +
                   " exceeded its progress deadline " + about(*rollout.deadline_exceeded - rollout.started) +
                   " after it began";
  } else {
    finding.what = "the rollout of " + rollout.target.str() + " " + from_to + " had not completed after " +
                   about(evidence.end() - rollout.started);
  }
  if (!refusal.empty()) finding.chain.push_back("the API server refuses its pods: " + refusal);
  const auto quota = quota_behind(evidence, rollout.target.namespace_, refusal, evidence.end());
  if (quota) finding.chain.push_back(quota_text(*quota));
  if (trouble.example) {
    finding.chain.push_back(plural(trouble.pods, "pod") + " of version " + rollout.to + " not serving; " +
                            trouble.example->pod->metadata.name.str() + ": " + trouble.text);
    const api::Container* const container = first_container(*trouble.example);
    if (container) finding.manifest = container->source;
    if (container && trouble.no_room) {
      std::string requests;
      for (const auto& [resource, amount] : container->resources.requests)
        requests += (requests.empty() ? "" : ", ") + resource.str() + " " + amount.str();
      finding.chain.push_back("container " + container->name.str() + " requests " + requests +
                              place_text(container->source));
    }
  }
  if (deployment) {
    finding.chain.push_back("the strategy is " + strategy_text(*deployment) + ": " +
                            std::to_string(deployment->status.available_replicas) + " of " +
                            std::to_string(deployment->replicas) + " replicas are available" +
                            place_text(deployment->source));
    if (finding.manifest.line == 0) finding.manifest = deployment->source;
  }
  finding.change = advice(trouble, refusal, rollout, deployment);
  findings.push_back(std::move(finding));
}

}  // namespace

void rollout_did_not_complete(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const RolloutLife& rollout : evidence.rollouts) {
    const bool undone = rollout.superseded && !rollout.deadline_exceeded;
    if (!rollout.completed && !undone) explain(evidence, rollout, findings);
  }
}

}  // namespace seatrial::checks
