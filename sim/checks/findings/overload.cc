// Pods that listen and have more work than slots: queues fill, clients give up. Where most slots are taken by
// requests that wait for what they call, more of them would wait as well: that is told apart.
//
// Worked example: 100 requests a second, each 200 ms of one slot, are 20 slots busy on average; a pod with 16
// slots cannot keep up, its queue grows by 20 requests a second.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

bool was_overloaded(const Journal& journal, const traffic::FailedRequest& failure) {
  using traffic::Outcome;
  if (was_dropped_by_policy(journal, failure) || full_table_behind(journal, failure) != JournalId::kNone)
    return false;
  if (failure.phase != traffic::ServerState::kListening) return false;
  return failure.outcome == Outcome::kQueueFull || (ran_out_of_time(failure) && failure.slots_taken);
}

std::size_t pods_without_node(const Evidence& evidence, const ObjectName& workload, SimTime at) {
  return static_cast<std::size_t>(std::ranges::count_if(evidence.pods, [&](const PodLife& life) {
    return life.pod && life.workload == workload && life.created && *life.created <= at &&
           (!life.bound || *life.bound > at) && (!life.gone || *life.gone > at);
  }));
}

void explain_overload(const Evidence& evidence, const FailureGroup& group, std::vector<Finding>& findings) {
  const PodLife& life = *evidence.life_of(group.first->pod);
  const traffic::Server& server = evidence.traffic.server(group.first->pod);
  const api::Container* const container = first_container(life);
  Finding finding;
  finding.severity = Severity::kError;
  finding.object = life.workload;
  finding.requests = group.requests;
  if (container) finding.manifest = container->source;
  const bool wait = group.first->slots_wait;
  const std::string called = joined(names_of_calls(evidence, group.first->pod));
  finding.what = life.workload.str() + " of version " + joined(group.versions) +
                 (wait ? " had no slot free, as it waited for what it calls: " : " cannot keep up: ") +
                 plural(group.requests, "request") + " refused or given up on " +
                 plural(group.pods.size(), "pod");
  finding.chain.push_back(outcomes_text(group) + ", first at " + about(group.first->ended.since_start()));
  if (server.concurrency > 0) {
    finding.chain.push_back("each pod serves " + std::to_string(server.concurrency) +
                            " requests at a time and queues " + std::to_string(server.queue_capacity) +
                            "; all slots were busy" +
                            (wait ? ", most of them with requests that waited for " + called : ""));
  }
  tell_answer_times(evidence, group, finding);
  if (const std::size_t waiting = pods_without_node(evidence, life.workload, group.first->ended); waiting > 0)
    finding.chain.push_back(plural(waiting, "pod") + " of " + life.workload.str() +
                            " had no node then: see nodes-too-late");
  for (const RolloutLife& rollout : evidence.rollouts) {
    if (rollout.target == life.workload && rollout.to == life.version) {
      finding.chain.push_back(life.workload.str() + " went from " + rollout.from + " to " + rollout.to +
                              " at " + about(rollout.started.since_start()));
    }
  }
  finding.change =
      wait
          ? "mend " + called +
                " first: see the findings about it; a shorter timeout of the call, and fewer tries, give the "
                "slots back sooner"
          : "more replicas (requests per second × seconds that each takes ÷ slots of a pod, and a reserve), "
            "or a faster " +
                joined(group.versions);
  findings.push_back(std::move(finding));
}

}  // namespace

void more_work_than_slots(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  for (const bool wait : {false, true}) {
    const auto belongs = [&](const traffic::FailedRequest& failure, const PodLife&) {
      return failure.slots_wait == wait && was_overloaded(journal, failure) &&
             !could_not_call(evidence, failure);
    };
    for (const auto& [name, group] : group_failures(evidence, belongs))
      explain_overload(evidence, group, findings);
  }
}

}  // namespace seatrial::checks
