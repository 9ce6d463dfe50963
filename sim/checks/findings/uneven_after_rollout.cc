// A rollout that leaves the new pods less even over a topology's domains than the template asks for.
//
// The constraint held for each pod when it was placed, but it counted the pods of the old version too, where
// its labelSelector matches both. Example: old pods in zones a b c: 2 1 1; a new pod is drawn to b or c. When
// the old ones are gone, the new ones lie 0 2 2, although maxSkew is 1. matchLabelKeys: [pod-template-hash]
// counts each version by itself.
#include <algorithm>

#include "sim/checks/findings/common.h"
#include "sim/checks/spread.h"

namespace seatrial::checks {
namespace {

bool counts_each_version_alone(const api::TopologySpreadConstraint& constraint) {
  return std::ranges::find(constraint.match_label_keys, api::Symbol("pod-template-hash")) !=
         constraint.match_label_keys.end();
}

void look_at(const Evidence& evidence, const RolloutLife& rollout, const api::Deployment& deployment,
             const api::TopologySpreadConstraint& constraint, std::vector<Finding>& findings) {
  const Spread after = spread_of(evidence, rollout.target, constraint.topology_key, *rollout.completed);
  if (after.skew() <= constraint.max_skew || counts_each_version_alone(constraint)) return;
  Finding finding;
  finding.object = rollout.target;
  finding.manifest = deployment.source;
  finding.what = "the rollout of " + rollout.target.str() + " from " + rollout.from + " to " + rollout.to +
                 " left its pods uneven over " + constraint.topology_key.str() + ": " + after.str();
  const Spread before = spread_of(evidence, rollout.target, constraint.topology_key, rollout.started);
  finding.chain.push_back("maxSkew is " + std::to_string(constraint.max_skew) + ", the skew is " +
                          std::to_string(after.skew()) + place_text(finding.manifest));
  finding.chain.push_back("each new pod was placed where it evened out old and new pods together (before: " +
                          before.str() + "), and then the old ones were deleted");
  finding.chain.push_back("the constraint's labelSelector matches the pods of both versions");
  finding.change =
      "add matchLabelKeys: [pod-template-hash] to the constraint, so that each version is counted by itself";
  findings.push_back(std::move(finding));
}

}  // namespace

void uneven_after_rollouts(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const RolloutLife& rollout : evidence.rollouts) {
    const auto* const deployment =
        evidence.store.find<api::Deployment>(rollout.target.namespace_, rollout.target.name);
    if (!rollout.completed || !deployment) continue;
    for (const auto& constraint : deployment->template_->spec->topology_spread_constraints)
      look_at(evidence, rollout, *deployment, constraint, findings);
  }
}

}  // namespace seatrial::checks
