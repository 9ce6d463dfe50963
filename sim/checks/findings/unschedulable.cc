// Pods that still had no node when the run ended, of workloads that no other finding is about.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

constexpr Duration kTooLong = Duration::seconds(60);

// Of one workload.
struct Unplaced {
  std::size_t pods = 0;
  const PodLife* first = nullptr;
};

// Jobs have findings of their own.
bool is_unplaced(const Evidence& evidence, const PodLife& life) {
  const bool is_task = life.workload.kind == api::Kind::kJob || life.workload.kind == api::Kind::kCronJob;
  return life.pod && life.created && !life.bound && !life.deletion && !life.gone && !is_task &&
         fits_no_node(life) && evidence.end() - *life.created >= kTooLong;
}

}  // namespace

void pods_fit_no_node(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<std::pair<api::Symbol, api::Symbol>, Unplaced> by_workload;  // by namespace and name
  for (const PodLife& life : evidence.pods) {
    if (!is_unplaced(evidence, life)) continue;
    Unplaced& unplaced = by_workload[{life.workload.namespace_, life.workload.name}];
    if (unplaced.pods++ == 0) unplaced.first = &life;
  }
  for (const auto& [name, unplaced] : by_workload) {
    const PodLife& life = *unplaced.first;
    const bool told = std::ranges::any_of(
        findings, [&](const Finding& finding) { return finding.object == life.workload; });
    if (told) continue;
    Finding finding;
    finding.object = life.workload;
    if (const api::Container* const container = first_container(life)) finding.manifest = container->source;
    finding.what = plural(unplaced.pods, "pod") + " of " + life.workload.str() +
                   (unplaced.pods == 1 ? " fits" : " fit") + " no node: waiting for " +
                   about(evidence.end() - *life.created) + " when the run ended";
    finding.chain.push_back(life.pod->metadata.name.str() + ": " + unschedulable_message(life));
    finding.change = advice_for_no_room(unschedulable_message(life));
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
