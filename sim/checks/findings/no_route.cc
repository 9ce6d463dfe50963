// Requests that nobody routed any more: an Ingress, or what it leads to, had gone or changed.
#include <map>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {

bool was_routed_nowhere(const Journal& journal, const traffic::FailedRequest& failure) {
  return !failure.pod.valid() && type_behind(journal, failure) == cluster::RecordType::kRouteChanged;
}

void requests_led_nowhere(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::pair<traffic::LoadIndex, JournalId>, FailureGroup> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (!was_routed_nowhere(journal, failure)) continue;
    found[{failure.load, failure.record}].add(failure);
  }
  for (const auto& [key, lost] : found) {
    Finding finding;
    finding.severity = Severity::kError;
    finding.requests = lost.requests;
    finding.what = plural(lost.requests, "request") + " of load " +
                   evidence.traffic.load(key.first).name.str() + " led to no Service";
    finding.chain.push_back(times_sent(lost) + answered_with(*lost.first));
    const std::string_view why = journal.text(journal.record(key.second).text);
    finding.chain.emplace_back(why);
    const std::string action = action_behind(evidence, key.second);
    if (!action.empty()) finding.chain.push_back("that began with " + action);
    const bool class_is_unknown = why.contains("takes class");
    finding.change = class_is_unknown ? "let ingressClassName name a class that an ingress controller takes"
                                      : "let rules and what they lead to change together: add the new "
                                        "Ingress, Service or port first, and "
                                        "remove the old one when no client uses it any more";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
