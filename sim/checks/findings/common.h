// What several rules need. Internal to sim/checks/findings.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "sim/checks/findings/finding.h"
#include "sim/cluster/journal_types.h"

namespace seatrial::checks {

// The freeze of its ingress controller that sent it astray, or to where nobody is any more; null: none did.
const traffic::Freeze* frozen_behind(const Evidence& evidence, const traffic::FailedRequest& failure);

// Failed requests that belong together, and the pods that they met.
struct FailureGroup {
  std::uint64_t requests = 0;
  std::set<std::uint32_t> pods;  // indexes
  std::map<traffic::Outcome, std::uint64_t> outcomes;
  std::set<std::string> versions;
  const traffic::FailedRequest* first = nullptr;  // that ended
  SimTime first_sent, last_sent, last_ended;

  void add(const traffic::FailedRequest& failure) {
    first_sent = first ? std::min(first_sent, failure.sent) : failure.sent;
    last_sent = first ? std::max(last_sent, failure.last_sent) : failure.last_sent;
    last_ended = first ? std::max(last_ended, failure.last_ended) : failure.last_ended;
    if (!first) first = &failure;
    requests += failure.count;
    if (failure.pod.valid()) pods.insert(failure.pod.index);
    outcomes[failure.outcome] += failure.count;
  }
};
using FailureGroups =
    std::map<std::pair<api::Symbol, api::Symbol>, FailureGroup>;  // by namespace and name of the workload

// Those failures that `belongs(failure, life of its pod)` says belong. Failures without a pod never do, nor
// do those that configuration_frozen.cc accounts for.
template <class Belongs>
FailureGroups group_failures(const Evidence& evidence, Belongs&& belongs) {
  FailureGroups groups;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    const PodLife* const life = evidence.life_of(failure.pod);
    if (!life || !belongs(failure, *life) || frozen_behind(evidence, failure)) continue;
    FailureGroup& group = groups[{life->workload.namespace_, life->workload.name}];
    group.add(failure);
    group.versions.insert(life->version);
  }
  return groups;
}

// Those of which it is true.
template <class Predicate>
std::uint64_t count_failures(const Evidence& evidence, Predicate&& is_one) {
  std::uint64_t requests = 0;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures())
    if (is_one(failure)) requests += failure.count;
  return requests;
}

// The request met a pod whose network had gone with its machine, by a record of the type `because`.
bool met_a_lost_machine(const Journal& journal, const traffic::FailedRequest& failure,
                        cluster::RecordType because);
// What is said of such requests, whatever took the machines: `nodes` ends the sentence "… went to 2 pods on
// n1".
Finding lost_with_machines(const Evidence& evidence, const FailureGroup& group, std::string_view nodes);

std::string plural(std::uint64_t n, std::string_view word);  // "1 pod", "3 pods"
std::string outcomes_text(const FailureGroup& group);        // "412 client timeout, 31 connection reset"
std::string times_sent(const FailureGroup& group);           // "between 2m and 5m3.1s": when they were sent
std::string times_ended(const FailureGroup& group);
std::string answered_with(
    const traffic::FailedRequest& failure);  // ", answered 503"; empty without an answer
std::string joined(const std::set<std::string>& words, std::string_view between = ", ");
std::string joined(const std::vector<std::string>& advice, std::string_view between = "; ");
std::string place_text(const api::SourcePosition& where);    // " (web.yaml:31)"; empty for nowhere
std::string about(Duration d);                               // rounded to 0.1 s above 1 s, else to 1 ms
std::string whole_seconds_up(Duration d);                    // "5"
const api::Container* first_container(const PodLife& life);  // null for a pod without containers
// "kubectl apply -f x.yaml at 2m" that led to the record, if an entry of the timeline did; else empty.
std::string action_behind(const Evidence& evidence, JournalId id);
// Somebody gave up waiting for the pod's answer: the client, or the ingress controller.
bool ran_out_of_time(const traffic::FailedRequest& failure);
// How long the answers took that the version of these failures gave to their load; nothing if it gave none.
void tell_answer_times(const Evidence& evidence, const FailureGroup& group, Finding& finding);
// What the pod's image calls: "rds/main", "service/cart".
std::set<std::string> names_of_calls(const Evidence& evidence, api::PodKey pod);
// The type of the record that explains it; kNone if there is none.
cluster::RecordType type_behind(const Journal& journal, const traffic::FailedRequest& failure);
// Its load led to no Service then: no_route.cc accounts for it.
bool was_routed_nowhere(const Journal& journal, const traffic::FailedRequest& failure);
// Network policies dropped its packets, as the record behind it says: isolation.cc accounts for it.
bool was_dropped_by_policy(const Journal& journal, const traffic::FailedRequest& failure);
// What such a record says without whose packets they are: "denied by ingress[0] of NetworkPolicy a/b
// (x.yaml:3:5)"; empty if it is another record.
std::string rule_that_drops(const Journal& journal, JournalId record);

// A stream, and the end of its process cut it short, not its ingress controller.
bool ends_with_pod(const traffic::FailedRequest& failure);
// The end of the grace period cut it off: killed_at_grace_end.cc accounts for it.
bool was_cut_by_sigkill(const traffic::FailedRequest& failure, const PodLife& life);

// What is behind a failure is that a pod got no address for a name: the record that says so, else null.
// name_not_resolved.cc accounts for it.
const JournalRecord* unresolved_name(const Evidence& evidence, JournalId record);

// Its pod could not call a resource that it needs: dependency_away.cc accounts for it, or, where its role or
// its credentials are why, credentials_denied.cc.
bool could_not_call(const Evidence& evidence, const traffic::FailedRequest& failure);

// Its packets, or those of its pod's calls or look-ups, found no room in a table of connections: the record
// that says which. nat_ports.cc and conntrack.cc account for it.
JournalId full_table_behind(const Journal& journal, const traffic::FailedRequest& failure);

// A managed resource without which the pod is not ready, and which was away at that instant.
struct MissedResource {
  const traffic::Resource* resource = nullptr;  // null: there is none
  const cloud::Outage* outage = nullptr;
};
MissedResource missed_by(const Evidence& evidence, const PodLife& life, SimTime at);
std::string outage_text(const Evidence& evidence, const cloud::Outage& outage);  // "from 1m to 2m30s"

// Why a pod does not serve, first what holds the whole pod up: "it fits no node: …"; empty if it does.
std::string trouble_of(const PodLife& life);
bool fits_no_node(const PodLife& life);
std::string unschedulable_message(const PodLife& life);  // the scheduler's; empty if it found a node
// What to do about a pod that fits no node, from the scheduler's words: "0/6 nodes are available: …".
std::string advice_for_no_room(const std::string& message);
// The first refusal, from `since` on, to create a pod for the workload, as its events have it: "pods … is
// forbidden: exceeded quota: …"; empty if there was none.
std::string refusal_of_pods(const Evidence& evidence, const ObjectName& workload, SimTime since);
bool names_quota(const std::string& refusal, api::Symbol quota);
// The ResourceQuota that a refusal names, as it was then; null if it names none. And what it allows, and
// where that is written.
std::shared_ptr<const api::ResourceQuota> quota_behind(const Evidence& evidence, api::Symbol namespace_,
                                                       const std::string& refusal, SimTime at);
std::string quota_text(const api::ResourceQuota& quota);
// What to do about such a refusal.
std::string advice_for_refusal(const std::string& refusal);
// The same for a Job, or a pod of one.
std::string advice_for_refused_task(const std::string& refusal);

}  // namespace seatrial::checks
