// Requests that were sent to pods whose machine had been terminated under them: nobody had drained its node.
//
// The same silence as of a node that fails, but by somebody's will: an update of the node group that lets all
// instances go together, or that did not wait for the drain.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

// The pods of the workload that came after `since`: when the first of them was Ready.
std::optional<SimTime> back_at(const Evidence& evidence, const ObjectName& workload, SimTime since) {
  std::optional<SimTime> first;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !(life.workload == workload) || !life.created || *life.created < since || !life.ready)
      continue;
    if (!first || *life.ready < *first) first = *life.ready;
  }
  return first;
}

void explain_termination(const Evidence& evidence, const FailureGroup& group,
                         std::vector<Finding>& findings) {
  const PodLife& life = *evidence.life_of(group.first->pod);
  const JournalRecord& down = evidence.kernel.journal().record(group.first->record);
  Finding finding = lost_with_machines(evidence, group, ", whose instances were terminated under them");
  finding.chain.push_back(
      "nobody told the pods to end, nor the cluster that their nodes were gone: they stayed "
      "ready endpoints until the nodes were marked NotReady (node-monitor-grace-period)");
  if (const auto back = back_at(evidence, life.workload, down.at))
    finding.chain.push_back("the first pod that took their place was Ready " + about(*back - down.at) +
                            " after the instances had stopped");
  finding.chain.push_back("it began with: " + action_behind(evidence, group.first->record));
  finding.change =
      "replace the nodes one after the other, new ones first, each drained before its instance goes: pace: "
      "{every: 5m} instead of allAtOnce; a PodDisruptionBudget cannot help where nobody evicts";
  findings.push_back(std::move(finding));
}

}  // namespace

void sent_to_terminated_nodes(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  const auto groups = group_failures(evidence, [&](const traffic::FailedRequest& failure, const PodLife&) {
    return met_a_lost_machine(journal, failure, cluster::RecordType::kAction);
  });
  for (const auto& [name, group] : groups) explain_termination(evidence, group, findings);
}

}  // namespace seatrial::checks
