// StatefulSets whose correction waits for a pod that the version before it broke.
//
// The controller replaces nothing while a pod is not Ready, not even that pod, when its template has been
// corrected: it has to be deleted by hand. Source: reference, part A, StatefulSet ("forced rollback").
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

constexpr Duration kShortestWait = Duration::seconds(30);

// The broken pod lived on beyond the correction for so long.
std::optional<Duration> outlived(const Evidence& evidence, const PodLife& life, SimTime correction) {
  if (life.ready || !life.created || *life.created >= correction) return {};
  const SimTime until = life.deletion.value_or(evidence.end());
  return until - correction > kShortestWait ? std::optional(until - correction) : std::nullopt;
}

void explain(const Evidence& evidence, const api::StatefulSet& set, const PodLife& life, SimTime correction,
             Duration wait, std::vector<Finding>& findings) {
  const std::string pod = life.pod->metadata.name.str(), version = version_of(*set.template_->spec);
  Finding finding;
  finding.severity = life.deletion ? Severity::kWarning : Severity::kError;
  finding.object = life.workload;
  finding.manifest = set.source;
  finding.what = life.workload.str() + " was corrected to " + version + " at " +
                 about(correction.since_start()) + ", and nothing happened for " + about(wait) +
                 (life.deletion ? "" : ", to the end");
  finding.chain.push_back(pod + " of " + life.version + " never became Ready: " +
                          (trouble_of(life).empty() ? "its process ends" : trouble_of(life)));
  finding.chain.push_back(
      "a StatefulSet replaces no pod before all others are Ready, the broken one included");
  if (life.deletion) {
    const std::string action = action_behind(evidence, life.deletion_record);
    if (!action.empty()) finding.chain.push_back("what helped: " + action);
  }
  finding.change = "after a correction also delete the broken pod (kubectl delete pod " + pod +
                   "); let the pipeline wait for `kubectl rollout status`";
  findings.push_back(std::move(finding));
}

}  // namespace

void stuck_behind_broken_pods(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<std::uint32_t, std::shared_ptr<const api::StatefulSet>> before;
  std::set<std::uint32_t> told;  // pods
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kStatefulSet) continue;
    const auto set = std::static_pointer_cast<const api::StatefulSet>(change.object);
    const auto old = std::exchange(before[set->index], set);
    if (!old || version_of(*old->template_->spec) == version_of(*set->template_->spec)) continue;
    const SimTime at = evidence.time_of(change);
    for (const PodLife& life : evidence.pods) {
      if (!life.pod || life.workload.kind != api::Kind::kStatefulSet ||
          life.workload.name != set->metadata.name || life.workload.namespace_ != set->metadata.namespace_ ||
          life.version == version_of(*set->template_->spec))
        continue;
      const auto wait = outlived(evidence, life, at);
      if (wait && told.insert(life.pod->index).second) explain(evidence, *set, life, at, *wait, findings);
    }
  }
}

}  // namespace seatrial::checks
