// Pods that had to make room for pods of higher priority. Each preemption is found on the deletion of the
// victim, whose cause is the pod that preempted it; where a victim's replacement preempts others in turn,
// each workload that lost pods has a finding of its own.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

bool was_preempted(const PodLife& life) {
  if (!life.pod || !life.deletion) return false;
  const api::Condition* const target = api::find_condition(life.pod->status.conditions, "DisruptionTarget");
  return target && target->reason == "PreemptionByScheduler";
}

// The pod for which it was deleted; null if the journal does not say.
const PodLife* preemptor_of(const Evidence& evidence, const PodLife& victim) {
  const Journal& journal = evidence.kernel.journal();
  const JournalId deletion = victim.deletion_record;
  if (deletion == JournalId::kNone) return nullptr;
  const JournalId cause = journal.record(deletion).cause;
  if (cause == JournalId::kNone) return nullptr;
  const JournalRecord& record = journal.record(cause);
  const bool is_pod = record.subject_kind == static_cast<std::uint8_t>(api::Kind::kPod);
  return is_pod ? evidence.life_of({record.subject}) : nullptr;
}

std::string priority_text(const PodLife& life) {
  const api::PodSpec& spec = *life.pod->spec;
  const std::string of_class =
      spec.priority_class_name.empty() ? "" : " (PriorityClass " + spec.priority_class_name.str() + ")";
  return std::to_string(spec.priority.value_or(0)) + of_class;
}

struct Loss {
  std::vector<const PodLife*> victims;
  const PodLife* preemptor = nullptr;  // of the first
};

// Pods of the workload that no node has room for at the end.
std::uint64_t still_waiting(const Evidence& evidence, const ObjectName& workload) {
  return static_cast<std::uint64_t>(std::ranges::count_if(evidence.pods, [&](const PodLife& life) {
    return life.pod && life.workload == workload && !life.gone && !life.bound && fits_no_node(life);
  }));
}

void explain(const Evidence& evidence, const ObjectName& workload, const Loss& loss,
             std::vector<Finding>& findings) {
  const PodLife& victim = *loss.victims.front();
  const PodLife& preemptor = *loss.preemptor;
  Finding finding;
  finding.object = workload;
  finding.what = plural(loss.victims.size(), "pod") + " of " + workload.str() +
                 " had to make room for pods of higher priority";
  finding.chain.push_back(victim.pod->metadata.name.str() + " was preempted on " +
                          victim.pod->node_name.str() + " by " + preemptor.pod->metadata.name.str() + " of " +
                          preemptor.workload.str());
  finding.chain.push_back("its priority is " + priority_text(victim) + ", that of " +
                          preemptor.workload.str() + " is " + priority_text(preemptor));
  const JournalId deletion = victim.deletion_record;
  if (const std::string action = action_behind(evidence, deletion); !action.empty())
    finding.chain.push_back("it all began with: " + action);
  if (const std::uint64_t waiting = still_waiting(evidence, workload); waiting > 0) {
    finding.severity = Severity::kError;
    finding.chain.push_back(plural(waiting, "pod") + " of " + workload.str() +
                            " still had no node when the run ended");
  }
  const api::Container* const container = first_container(preemptor);
  if (container) finding.manifest = container->source;
  finding.change = "add a node before " + preemptor.workload.str() +
                   " needs more room; or give its PriorityClass preemptionPolicy: Never, so that it waits; a "
                   "PodDisruptionBudget makes the scheduler choose other victims where it can";
  findings.push_back(std::move(finding));
}

}  // namespace

void preempted_by_higher_priority(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<std::pair<api::Symbol, api::Symbol>, Loss> losses;  // by namespace and name of the workload
  for (const PodLife& life : evidence.pods) {
    if (!was_preempted(life)) continue;
    Loss& loss = losses[{life.workload.namespace_, life.workload.name}];
    loss.victims.push_back(&life);
    if (!loss.preemptor) loss.preemptor = preemptor_of(evidence, life);
  }
  for (const auto& [name, loss] : losses) {
    if (loss.preemptor) explain(evidence, loss.victims.front()->workload, loss, findings);
  }
}

}  // namespace seatrial::checks
