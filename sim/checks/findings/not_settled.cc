// Deployments that were not complete at time 0: what follows is not about the change alone.
#include "sim/checks/findings/common.h"

namespace seatrial::checks {

void not_settled_at_the_start(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<std::uint32_t, std::shared_ptr<const api::Deployment>> at_start;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kDeployment || evidence.time_of(change) >= SimTime()) continue;
    at_start[change.object->index] = api::as<api::Deployment>(change.object);
  }
  for (const auto& [index, deployment] : at_start) {
    if (is_complete(*deployment)) continue;
    Finding finding;
    finding.object = {api::Kind::kDeployment, deployment->metadata.namespace_, deployment->metadata.name};
    finding.manifest = deployment->source;
    finding.what = finding.object.str() + " had not settled when the scenario began: " +
                   std::to_string(deployment->status.available_replicas) + " of " +
                   std::to_string(deployment->replicas) + " replicas were available";
    finding.change =
        "look at its pods (seatrial get pods --at 0s); raise spec.settle if they only need longer";
    for (const PodLife& life : evidence.pods) {
      if (!life.pod || !(life.workload == finding.object) || (life.ready && *life.ready <= SimTime()))
        continue;
      if (const MissedResource missed = missed_by(evidence, life, SimTime()); missed.resource) {
        const std::string resource = missed.resource->state.config.name.str();
        finding.severity = Severity::kInfo;
        finding.chain.push_back(life.pod->metadata.name.str() + " is ready only while it reaches " +
                                resource + ", which was away " + outage_text(evidence, *missed.outage));
        finding.change = "nothing, if " + resource + " is meant to be away when the scenario begins";
        break;
      }
      const std::string trouble = trouble_of(life);
      if (trouble.empty()) continue;
      finding.chain.push_back(life.pod->metadata.name.str() + ": " + trouble);
      if (fits_no_node(life)) finding.change = advice_for_no_room(unschedulable_message(life));
      break;
    }
    const std::string refusal = refusal_of_pods(evidence, finding.object, SimTime::at(-Duration::max()));
    if (!refusal.empty()) {
      finding.chain.push_back("the API server refuses its pods: " + refusal);
      finding.change = advice_for_refusal(refusal);
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
