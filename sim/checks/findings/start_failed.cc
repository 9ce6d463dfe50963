// Databases that were stopped and did not come back when they were started: there was no host of their class.
//
// Worked example: rds/visits is stopped at 22:00, its start at 06:00 finds no db.t4g.micro in its zone, and
// the first one that does ends at 17:36. A stopped instance can be given neither another class nor another
// zone.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

// Pods that were not ready for want of it, by workload.
std::set<std::string> workloads_that_waited(const Evidence& evidence, const traffic::Resource& resource,
                                            SimTime at) {
  std::set<std::string> names;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.created || *life.created > at || (life.gone && *life.gone <= at)) continue;
    if (missed_by(evidence, life, at).resource == &resource) names.insert(life.workload.str());
  }
  return names;
}

std::string what_to_change_about(const cloud::ManagedConfig& config) {
  std::string advice =
      "leave what is needed in the morning running (no schedule), or have somebody told at once when a start "
      "fails: RDS does not try again, and a stopped instance can be given neither another class nor another "
      "zone";
  if (config.fallback_classes.empty())
    advice += "; let the platform restore its snapshot as another class then (fallbackClasses)";
  return advice;
}

}  // namespace

void databases_did_not_start(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  for (const traffic::Resource& resource : evidence.traffic.resources()) {
    const cloud::ManagedResource& state = resource.state;
    for (const cloud::Outage& outage : state.outages) {
      if (outage.kept == JournalId::kNone) continue;
      const auto during = [&](JournalId id) {
        const SimTime at = journal.record(id).at;
        return outage.began <= at && at <= outage.ended;
      };
      const auto failed = static_cast<std::uint64_t>(std::ranges::count_if(state.failed_starts, during));
      if (failed == 0) continue;
      const JournalRecord& first = journal.record(*std::ranges::find_if(state.failed_starts, during));
      const bool is_back = outage.ended <= evidence.end();
      Finding finding;
      finding.severity = Severity::kError;
      finding.manifest = state.config.source;
      finding.what = state.config.name.str() + " did not start, and was away " +
                     outage_text(evidence, outage) + ": " + plural(failed, "start") + " failed";
      finding.chain.push_back("the first at " + about(first.at.since_start()) + ": " +
                              std::string(journal.text(first.text)));
      finding.chain.push_back("it had been stopped: " +
                              std::string(journal.text(journal.record(outage.record).text)));
      const std::set<std::string> waited = workloads_that_waited(evidence, resource, first.at);
      if (!waited.empty())
        finding.chain.push_back("the pods of " + joined(waited) +
                                " were not ready meanwhile: their readiness depends on it");
      if (is_back) {
        const JournalRecord& start = journal.record(journal.record(outage.recovered).cause);
        const std::string action = action_behind(evidence, outage.recovered);
        finding.chain.push_back("what ended it: " + std::string(journal.text(start.text)) +
                                (action.empty() ? "" : " (" + action + ")"));
      }
      finding.change = what_to_change_about(state.config);
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::checks
