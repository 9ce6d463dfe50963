// Requests that were sent to pods of a node that had fallen silent.
//
// Nobody tells the cluster that a node is gone: it waits for the node's heartbeats to stay away
// (node-monitor-grace-period), and until then the node's pods are ready endpoints like all others.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

// When the node was marked as not ready, from `since` on.
std::optional<SimTime> marked_at(const Evidence& evidence, api::Symbol name, SimTime since) {
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kNode || change.object->metadata.name != name) continue;
    if (evidence.time_of(change) < since || change.type == cluster::ChangeType::kDeleted) continue;
    const auto& node = static_cast<const api::Node&>(*change.object);
    const api::Condition* const ready = api::find_condition(node.conditions, "Ready");
    if (ready && ready->status != api::ConditionStatus::kTrue) return evidence.time_of(change);
  }
  return {};
}

void explain_silence(const Evidence& evidence, const FailureGroup& group, std::vector<Finding>& findings) {
  const PodLife& life = *evidence.life_of(group.first->pod);
  const SimTime since = evidence.kernel.journal().record(group.first->record).at;
  Finding finding = lost_with_machines(evidence, group, ", which had fallen silent");
  const auto marked = marked_at(evidence, life.pod->node_name, since);
  finding.chain.push_back(life.pod->metadata.name.str() + " stayed a ready endpoint " +
                          (marked ? "until its node was marked NotReady, " + about(*marked - since) +
                                        " after it had fallen silent (node-monitor-grace-period)"
                                  : "to the end: its node was not marked NotReady"));
  const std::string action = action_behind(evidence, group.first->record);
  if (!action.empty()) finding.chain.push_back("it began with: " + action);
  finding.change =
      "let whoever sends give up a connection sooner than the users do and try another pod (for an Ingress: "
      "proxy-connect-timeout below the clients' timeout); more replicas make the share of a node smaller";
  findings.push_back(std::move(finding));
}

}  // namespace

void sent_to_silent_nodes(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  const auto groups = group_failures(evidence, [&](const traffic::FailedRequest& failure, const PodLife&) {
    return met_a_lost_machine(journal, failure, cluster::RecordType::kFault);
  });
  for (const auto& [name, group] : groups) explain_silence(evidence, group, findings);
}

}  // namespace seatrial::checks
