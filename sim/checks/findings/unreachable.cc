// Requests that the network did not carry: from where to where, and what blocked them.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {

namespace {

cluster::RecordType type_of_blocker(const Journal& journal, JournalId id) {
  return static_cast<cluster::RecordType>(journal.record(id).type);
}

// The client may have given up before that was the outcome.
bool was_blocked(const Journal& journal, const traffic::FailedRequest& failure) {
  if (was_dropped_by_policy(journal, failure) || full_table_behind(journal, failure) != JournalId::kNone)
    return false;
  if (failure.outcome == traffic::Outcome::kUnreachable) return true;
  if (failure.outcome != traffic::Outcome::kClientTimeout) return false;
  const cluster::RecordType type = type_behind(journal, failure);
  return type == cluster::RecordType::kFault || type == cluster::RecordType::kWayChanged;
}

// What is blamed: the entry of the timeline that closed ways, which may be several; else what blocks.
JournalId to_blame(const Journal& journal, JournalId blocker) {
  if (blocker == JournalId::kNone || type_of_blocker(journal, blocker) != cluster::RecordType::kWayChanged)
    return blocker;
  for (const JournalId link : journal.cause_chain(blocker))
    if (type_of_blocker(journal, link) == cluster::RecordType::kAction) return link;
  return blocker;
}

struct Blocked : FailureGroup {
  std::set<JournalId> blockers;
};

void explain(const Evidence& evidence, const Blocked& blocked, Finding& finding) {
  const Journal& journal = evidence.kernel.journal();
  const JournalId blocker = *blocked.blockers.begin();
  const std::string text(journal.text(journal.record(blocker).text));
  const std::string at = " at " + to_string(journal.record(blocker).at);
  if (type_of_blocker(journal, blocker) != cluster::RecordType::kWayChanged) {
    finding.chain.push_back("the network was blocked by: " + text + at);
    return;
  }
  finding.chain.push_back("no packet passed from " + text + at);
  if (blocked.blockers.size() > 1)
    finding.chain.push_back("nor on " + plural(blocked.blockers.size() - 1, "other way"));
  const std::string action = action_behind(evidence, blocker);
  if (!action.empty()) finding.chain.push_back("it began with: " + action);
  // What has failed comes back; what somebody has changed had better not have been.
  const bool has_failed = text.ends_with("is cut off") || text.ends_with("it is down");
  if (!has_failed)
    finding.change =
        "compare what can be reached before and after such a change to the network, and have it approved";
}

}  // namespace

void network_did_not_carry(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<std::pair<traffic::LoadIndex, JournalId>, Blocked> found;  // by what is to blame
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (!was_blocked(journal, failure)) continue;
    Blocked& blocked = found[{failure.load, to_blame(journal, failure.record)}];
    if (failure.record != JournalId::kNone) blocked.blockers.insert(failure.record);
    blocked.add(failure);
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
                            ", " + times_sent(blocked));
    finding.change =
        "have pods in every zone, and callers that reach those of their own zone "
        "(topologySpreadConstraints on topology.kubernetes.io/zone; trafficDistribution of the Service)";
    if (!blocked.blockers.empty()) explain(evidence, blocked, finding);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
