// Requests that the network did not carry: from where to where, and what blocked them.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {

namespace {

// The client may have given up before that was the outcome.
bool was_blocked(const Journal& journal, const traffic::FailedRequest& failure) {
  if (was_dropped_by_policy(journal, failure)) return false;
  if (failure.outcome == traffic::Outcome::kUnreachable) return true;
  return failure.outcome == traffic::Outcome::kClientTimeout && failure.record != JournalId::kNone &&
         static_cast<cluster::RecordType>(journal.record(failure.record).type) == cluster::RecordType::kFault;
}

}  // namespace

void network_did_not_carry(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  struct Blocked {
    std::uint64_t requests = 0;
    std::set<std::uint32_t> pods;
    const traffic::FailedRequest* first = nullptr;
    SimTime last;
  };
  std::map<std::pair<traffic::LoadIndex, JournalId>, Blocked> found;  // by what blocks
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (!was_blocked(journal, failure)) continue;
    Blocked& blocked = found[{failure.load, failure.record}];
    if (blocked.requests++ == 0) blocked.first = &failure;
    if (failure.pod.valid()) blocked.pods.insert(failure.pod.index);
    blocked.last = failure.sent;
  }
  for (const auto& [key, blocked] : found) {
    Finding finding;
    finding.severity = Severity::kError;
    finding.requests = blocked.requests;
    finding.what = plural(blocked.requests, "request") + " of load " +
                   evidence.traffic.load(key.first).name.str() + " did not get through the network";
    if (const PodLife* const life = evidence.life_of(blocked.first->pod)) {
      finding.object = life->workload;
      finding.manifest = life->workload.kind == api::Kind::kPod ? life->pod->source : api::SourcePosition{};
    }
    finding.chain.push_back((blocked.pods.empty() ? "on the way to the ingress controller"
                                                  : "on the way to " + plural(blocked.pods.size(), "pod")) +
                            ", between " + about(blocked.first->sent.since_start()) + " and " +
                            about(blocked.last.since_start()));
    if (key.second != JournalId::kNone) {
      const std::string_view fault = journal.text(journal.record(key.second).text);
      finding.chain.push_back("the network was blocked by: " + std::string(fault) + " at " +
                              to_string(journal.record(key.second).at));
    }
    finding.change =
        "have pods in every zone, and callers that reach those of their own "
        "zone "
        "(topologySpreadConstraints on topology.kubernetes.io/zone; "
        "trafficDistribution of the Service)";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
