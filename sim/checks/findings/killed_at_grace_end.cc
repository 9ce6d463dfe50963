// Pods that SIGKILL ended: their grace period, in which the preStop hook and the process's own ending must
// fit, had passed. What they were serving is cut off.
//
// Source: reference §3 (the grace period counts from the deletion and includes preStop; a hook that outlives
// it leaves the process two seconds).
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

// Enough beyond what is known to be needed; nobody knows how long the process would have taken.
constexpr std::int64_t kToEnd = 30;

std::int64_t grace_of(const PodLife& life) {
  return life.pod->spec->termination_grace_period_seconds.value_or(30);
}

struct Killed {
  std::uint64_t pods = 0;
  const PodLife* first = nullptr;
};

std::string advice(const PodLife& life, const api::Container& container) {
  const std::int64_t grace = grace_of(life);
  const bool hook = !std::holds_alternative<std::monostate>(container.lifecycle.pre_stop);
  const Duration until_sigterm = life.sigterm ? *life.sigterm - *life.deletion : Duration();
  const bool hook_took_it = hook && until_sigterm >= Duration::seconds(grace) * 9 / 10;
  const std::string longer = "raise terminationGracePeriodSeconds from " + std::to_string(grace);
  if (hook_took_it)
    return longer + " to well above what the preStop hook takes: the process needs time of its own after it";
  if (life.sigterm && !life.stopped_accepting)
    return "let the process end on SIGTERM, which it took no notice of (a shell as process 1 does not pass "
           "it "
           "on); a longer grace period would only make each rollout slower";
  return longer + " to " + whole_seconds_up(until_sigterm + Duration::seconds(grace + kToEnd)) +
         ", or let the process end sooner on SIGTERM";
}

}  // namespace

bool was_cut_by_sigkill(const traffic::FailedRequest& failure, const PodLife& life) {
  return failure.outcome == traffic::Outcome::kReset && life.killed && failure.ended >= *life.killed &&
         failure.phase == traffic::ServerState::kExited && failure.sent < *life.killed;
}

void killed_at_the_end_of_grace(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<std::pair<api::Symbol, api::Symbol>, Killed> found;  // by namespace and name of the workload
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.killed || !life.deletion || !first_container(life)) continue;
    Killed& killed = found[{life.workload.namespace_, life.workload.name}];
    if (killed.pods++ == 0) killed.first = &life;
  }
  const FailureGroups cut = group_failures(evidence, was_cut_by_sigkill);
  for (const auto& [name, killed] : found) {
    const PodLife& life = *killed.first;
    const api::Container& container = *first_container(life);
    const auto group = cut.find(name);
    Finding finding;
    finding.requests = group == cut.end() ? 0 : group->second.requests;
    finding.severity = finding.requests > 0 ? Severity::kError : Severity::kWarning;
    finding.object = life.workload;
    finding.manifest = container.source;
    finding.what = life.workload.str() + ": " + plural(killed.pods, "pod") +
                   " had to be killed when the grace period ended" +
                   (finding.requests > 0 ? ", which cut off " + plural(finding.requests, "request") : "");
    finding.chain.push_back(
        life.pod->metadata.name.str() + ": " +
        (life.sigterm ? "SIGTERM " + about(*life.sigterm - *life.deletion) + " and " : std::string()) +
        "SIGKILL " + about(*life.killed - *life.deletion) + " after its deletion");
    finding.chain.push_back("terminationGracePeriodSeconds is " + std::to_string(grace_of(life)) +
                            ", preStop included" + place_text(container.source));
    finding.change = advice(life, container);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
