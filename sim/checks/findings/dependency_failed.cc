// Requests that a pod answered 500 as a Service that it calls for them did not answer. What failed there is a
// request of a load of its own, with findings of its own.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

std::set<std::string> services_of(const Evidence& evidence, api::PodKey pod) {
  std::set<std::string> names;
  const std::vector<cluster::Call>* const calls = evidence.traffic.calls_of(pod);
  if (!calls) return names;
  for (const cluster::Call& call : *calls)
    if (call.to.view().starts_with("service/") && !call.optional) names.insert(call.to.str());
  return names;
}

}  // namespace

void called_service_failed(const Evidence& evidence, std::vector<Finding>& findings) {
  const auto belongs = [&](const traffic::FailedRequest& failure, const PodLife&) {
    return failure.outcome == traffic::Outcome::kDependencyFailed && !could_not_call(evidence, failure) &&
           !unresolved_name(evidence, failure.record);
  };
  for (const auto& [name, group] : group_failures(evidence, belongs)) {
    const PodLife& life = *evidence.life_of(group.first->pod);
    Finding finding;
    finding.severity = Severity::kError;
    finding.object = life.workload;
    finding.requests = group.requests;
    if (const api::Container* const container = first_container(life)) finding.manifest = container->source;
    const std::string services = joined(services_of(evidence, group.first->pod));
    finding.what = life.workload.str() + " answered 500 to " + plural(group.requests, "request") +
                   ", as what it calls failed: " + services;
    finding.chain.push_back("on " + plural(group.pods.size(), "pod") + ", first at " +
                            about(group.first->ended.since_start()));
    if (group.first->record != JournalId::kNone) {
      const std::string action = action_behind(evidence, group.first->record);
      if (!action.empty()) finding.chain.push_back("the first of them because of: " + action);
    }
    finding.change =
        "mend " + services +
        " first: see the findings about its requests; have calls that can be repeated tried again "
        "(retries), and go on without what is not needed (optional: true)";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
