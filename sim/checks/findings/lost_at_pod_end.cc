// Requests that met a pod on its way out: the process stopped or was gone while somebody still sent to it.
//
// The race: a deletion reaches the kubelet (SIGTERM, after preStop) and, by another way, the EndpointSlice
// and then the ingress controllers and proxies, which apply it after a lag L. Whoever stops serving before L
// loses the requests of the time between. preStop.sleep ≥ L keeps the pod serving until everybody has
// forgotten it.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;
using traffic::ServerState;

// That its pod was leaving is not why it failed.
bool has_another_reason(const Evidence& evidence, const traffic::FailedRequest& failure) {
  return could_not_call(evidence, failure) ||
         full_table_behind(evidence.kernel.journal(), failure) != JournalId::kNone;
}

bool was_leaving(const Evidence& evidence, const traffic::FailedRequest& failure, const PodLife& life) {
  if (!life.deletion || *life.deletion > failure.ended || was_cut_by_sigkill(failure, life)) return false;
  if (has_another_reason(evidence, failure)) return false;
  if (failure.outcome == traffic::Outcome::kReset) return true;
  if (failure.outcome == traffic::Outcome::kCutShort) return ends_with_pod(failure);
  return failure.phase == ServerState::kStoppedAccepting || failure.phase == ServerState::kExited ||
         failure.phase == ServerState::kGone;
}

bool has_pre_stop(const api::Container& container) {
  return !std::holds_alternative<std::monostate>(container.lifecycle.pre_stop);
}

// It sleeps in preStop for at least as long as whoever sent to it needed.
bool sleeps_long_enough(const api::Container& container, Duration needed) {
  const auto* const sleep = std::get_if<api::SleepAction>(&container.lifecycle.pre_stop);
  return sleep && Duration::seconds(sleep->seconds) >= needed;
}

// What to do so that the container serves for that long after its deletion.
std::string advice(const api::Container& container, Duration needed) {
  const std::string seconds = whole_seconds_up(needed);
  const auto& hook = container.lifecycle.pre_stop;
  if (sleeps_long_enough(container, needed))
    return "have the process of container " + container.name.str() +
           " finish what it has accepted before it ends";
  if (const auto* const sleep = std::get_if<api::SleepAction>(&hook)) {
    return "raise lifecycle.preStop.sleep.seconds from " + std::to_string(sleep->seconds) + " to at least " +
           seconds;
  }
  if (has_pre_stop(container))
    return "let the preStop hook of container " + container.name.str() + " take at least " + seconds + " s";
  return "add lifecycle: {preStop: {sleep: {seconds: " + seconds + "}}} to container " +
         container.name.str() + ", so that it serves for at least " + seconds + " s after its deletion";
}

// The proxies by which these requests came.
std::set<std::string> senders_of(const Evidence& evidence, const std::set<std::uint32_t>& pods) {
  std::set<std::string> senders;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (!pods.contains(failure.pod.index) || !was_leaving(evidence, failure, *evidence.life_of(failure.pod)))
      continue;
    senders.insert(evidence.traffic.proxy(evidence.traffic.load(failure.way).proxy).name.str());
  }
  return senders;
}

// How long after a pod's deletion one of them applied the endpoints without it, at most, and which.
struct Lag {
  Duration longest;
  std::string who;
};

Lag longest_lag(const Evidence& evidence, const std::set<std::uint32_t>& pods) {
  const Journal& journal = evidence.kernel.journal();
  const std::set<std::string> senders = senders_of(evidence, pods);
  Lag lag;
  for (std::uint32_t i = 1; i <= journal.size(); ++i) {
    const JournalRecord& record = journal.record(JournalId{i});
    if (static_cast<RecordType>(record.type) != RecordType::kUpstreamsChanged ||
        !senders.contains(std::string(journal.text(record.text))))
      continue;
    for (JournalId at = record.cause; at != JournalId::kNone; at = journal.record(at).cause) {
      const JournalRecord& cause = journal.record(at);
      if (static_cast<RecordType>(cause.type) != RecordType::kDeletionRequested) continue;
      if (cause.subject_kind == static_cast<std::uint8_t>(api::Kind::kPod) && pods.contains(cause.subject) &&
          record.at - cause.at > lag.longest) {
        lag = {record.at - cause.at, std::string(journal.text(record.text))};
      }
      break;
    }
  }
  return lag;
}

// Without records of it: the last failure's distance from its pod's deletion.
Duration lag_by_failures(const Evidence& evidence, const std::set<std::uint32_t>& pods) {
  Duration longest;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (!pods.contains(failure.pod.index) || !evidence.life_of(failure.pod)->deletion) continue;
    longest = std::max(longest, failure.last_sent - *evidence.life_of(failure.pod)->deletion);
  }
  return longest;
}

void explain(const Evidence& evidence, const ObjectName& workload, const FailureGroup& group,
             std::vector<Finding>& findings) {
  const PodLife& life = *evidence.life_of(group.first->pod);
  const api::Container* const container = first_container(life);
  if (!container) return;
  Lag lag = longest_lag(evidence, group.pods);
  if (lag.longest == Duration()) lag.longest = lag_by_failures(evidence, group.pods);
  const Duration needed = lag.longest + Duration::seconds(1);
  const std::string who = lag.who.empty() ? "clients" : "\"" + lag.who + "\"";
  Finding finding;
  finding.severity = Severity::kError;
  finding.object = workload;
  finding.requests = group.requests;
  finding.manifest = container->source;
  const bool hook = has_pre_stop(*container);
  const std::string per_pod = std::to_string(group.requests / group.pods.size());
  finding.what = workload.str() +
                 " loses requests whenever a pod ends: " + plural(group.requests, "request") +
                 " at the end of " + plural(group.pods.size(), "pod") + ", about " + per_pod + " each";
  finding.chain.push_back(outcomes_text(group) + ", on pods of " + joined(group.versions) +
                          " that had stopped serving (" + life.pod->metadata.name.str() + ": " +
                          group.first->phase_text() + ")");
  if (life.sigterm) {
    finding.chain.push_back("the process gets SIGTERM " + about(*life.sigterm - *life.deletion) +
                            " after the pod's deletion");
  }
  finding.chain.push_back(who + " went on sending for up to " + about(lag.longest) +
                          " after the deletion, until its endpoints had changed");
  finding.chain.push_back("container " + container->name.str() +
                          (!hook ? " has no preStop hook"
                           : sleeps_long_enough(*container, needed)
                               ? " sleeps longer than that in preStop"
                               : " waits in preStop, but not long enough") +
                          place_text(container->source));
  const std::string action = action_behind(evidence, evidence.life_of(group.first->pod)->deletion_record);
  if (!action.empty()) finding.chain.push_back("the pods were deleted because of: " + action);
  finding.change = advice(*container, needed);
  if (!sleeps_long_enough(*container, needed))
    finding.change += "; terminationGracePeriodSeconds must be longer than that";
  findings.push_back(std::move(finding));
}

}  // namespace

void lost_at_the_end_of_pods(const Evidence& evidence, std::vector<Finding>& findings) {
  const auto leaving = [&](const traffic::FailedRequest& failure, const PodLife& life) {
    return was_leaving(evidence, failure, life);
  };
  for (const auto& [name, group] : group_failures(evidence, leaving)) {
    explain(evidence, evidence.life_of(group.first->pod)->workload, group, findings);
  }
}

}  // namespace seatrial::checks
