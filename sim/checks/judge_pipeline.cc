// Expectations of pipelines: each merge until it is deployed, and until the last pod of the old version is
// gone.
#include <algorithm>

#include "sim/checks/evidence.h"
#include "sim/checks/judge.h"

namespace seatrial::checks {

namespace {

std::string whole_millis(Duration d) { return to_string(Duration::millis(d.count() / 1'000'000)); }

// Pods of other versions that were there when the run ended, and when the last of them was gone.
struct OldPods {
  std::size_t left = 0;
  SimTime last;
};

OldPods old_pods_of(const PipelineExpectation::Merged& merged, const Ending& ending,
                    const Evidence& evidence) {
  OldPods old{0, ending.began};
  const SimTime end = ending.ended.value_or(evidence.end());
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || life.version == merged.version || !life.created || *life.created > end) continue;
    if (std::ranges::find(merged.workloads, life.workload) == merged.workloads.end()) continue;
    if (!life.gone)
      ++old.left;
    else
      old.last = std::max(old.last, *life.gone);
  }
  return old;
}

}  // namespace

Judged judge_one(const PipelineExpectation& what, const Evidence& evidence) {
  Judged judged{true, {}};
  for (const PipelineExpectation::Merged& merged : what.merges) {
    const std::vector<Ending> endings = endings_of({merged.entry}, evidence);
    if (endings.empty()) return {false, merged.version + " was never merged"};
    const Ending& ending = endings.front();
    const bool done = ending.ended && !ending.refused;
    judged.held &= done == what.completes;
    if (what.within) judged.held &= done && *ending.ended - ending.began <= *what.within;
    judged.seen +=
        (judged.seen.empty() ? "" : "; ") + merged.version + " " + ending_text(ending, evidence.end());
    if (!what.old_pods_gone_within) continue;
    const OldPods old = old_pods_of(merged, ending, evidence);
    judged.held &= old.left == 0 && old.last - ending.began <= *what.old_pods_gone_within;
    judged.seen += old.left == 0
                       ? ", the last old pod was gone after " + whole_millis(old.last - ending.began)
                       : ", " + std::to_string(old.left) + " old pods are left";
  }
  return judged;
}

}  // namespace seatrial::checks
