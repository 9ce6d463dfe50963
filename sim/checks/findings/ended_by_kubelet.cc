// Pods that their node's kubelet ended: evicted as the node's memory ran short, or terminated as the node was
// shut down. No PodDisruptionBudget is asked, and nobody has taken the pod out of the endpoints before.
//
// Worked example: the kubelet evicts pods that use more than they request first. A pod without a request uses
// more than it requests whatever it does; one that requests what it uses goes only when there is no other.
#include <algorithm>

#include "sim/api/resources.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using traffic::ServerState;

struct Ended {
  std::set<std::uint32_t> pods;  // indexes
  const PodLife* first = nullptr;
};
using EndedByWorkload = std::map<std::tuple<api::Symbol, api::Symbol, std::string>, Ended>;

bool was_evicted(const PodLife& life) { return life.ended_by_kubelet && life.ending.starts_with("Evicted"); }
bool was_terminated(const PodLife& life) { return life.ended_by_kubelet && !was_evicted(life); }

EndedByWorkload ended_in(const Evidence& evidence, bool (*belongs)(const PodLife&)) {
  EndedByWorkload found;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !belongs(life) || !first_container(life)) continue;
    Ended& ended = found[{life.workload.namespace_, life.workload.name, life.version}];
    if (!ended.first || *life.ended_by_kubelet < *ended.first->ended_by_kubelet) ended.first = &life;
    ended.pods.insert(life.pod->index);
  }
  return found;
}

// Cut off at the end of one of these pods, or sent there after it.
std::uint64_t requests_lost(const Evidence& evidence, const Ended& ended) {
  return count_failures(evidence, [&](const traffic::FailedRequest& f) {
    if (!f.pod.valid() || !ended.pods.contains(f.pod.index)) return false;
    if (f.ended < *evidence.life_of(f.pod)->ended_by_kubelet) return false;
    return f.outcome == traffic::Outcome::kReset || f.phase == ServerState::kStoppedAccepting ||
           f.phase == ServerState::kExited || f.phase == ServerState::kGone;
  });
}

Finding finding_of(const Evidence& evidence, const Ended& ended, const std::string& what) {
  const PodLife& life = *ended.first;
  Finding finding;
  finding.object = life.workload;
  finding.requests = requests_lost(evidence, ended);
  finding.severity = finding.requests > 0 ? Severity::kError : Severity::kWarning;
  finding.manifest = first_container(life)->source;
  finding.what = plural(ended.pods.size(), "pod") + " of version " + life.version + " of " +
                 life.workload.str() + (ended.pods.size() == 1 ? " was " : " were ") + what;
  if (finding.requests > 0) finding.what += ", " + plural(finding.requests, "request") + " lost";
  finding.chain.push_back(life.pod->metadata.name.str() + " on " + life.pod->node_name.str() + " at " +
                          about(life.ended_by_kubelet->since_start()) + ": " + life.ending);
  return finding;
}

}  // namespace

void evicted_for_memory(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [name, ended] : ended_in(evidence, was_evicted)) {
    const api::PodSpec& spec = *ended.first->pod->spec;
    const api::Container& container = *first_container(*ended.first);
    Finding finding = finding_of(evidence, ended, "evicted, as the node's memory ran short");
    const api::Quantity request = api::amount(api::pod_requests(spec), "memory");
    finding.chain.push_back(
        (request.is_zero() ? std::string("it requests no memory, so whatever it uses is more than that")
                           : "it requests " + request.str() + " of memory") +
        place_text(container.source) + "; the kubelet evicts those first that use more than they request");
    finding.change = "let container " + container.name.str() +
                     " request the memory that it uses (requests.memory): the scheduler then leaves room for "
                     "it, and the kubelet takes others first; and limit what can take too much";
    findings.push_back(std::move(finding));
  }
}

void ended_by_shutdown(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [name, ended] : ended_in(evidence, was_terminated)) {
    Finding finding = finding_of(evidence, ended, "terminated, as the node was shut down");
    if (finding.requests == 0) continue;
    const std::string action = action_behind(evidence, ended.first->ending_record);
    if (!action.empty()) finding.chain.push_back("it began with: " + action);
    finding.change =
        "drain a node before it is shut down (kubectl drain): evictions ask PodDisruptionBudgets, and pods "
        "leave the endpoints before their processes end";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
