// Messages of a queue that were delivered a second time: their worker ended with them in its hands, or took
// longer than they were invisible.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

// For want of credentials: credentials_denied.cc accounts for it.
bool could_not_delete(const Journal& journal, const traffic::Redelivery& redelivery) {
  return redelivery.record != JournalId::kNone &&
         static_cast<cluster::RecordType>(journal.record(redelivery.record).type) ==
             cluster::RecordType::kCannotCall;
}

struct Returned {
  std::uint64_t messages = 0;
  std::set<std::uint32_t> pods;
  const traffic::Redelivery* first = nullptr;
};
// By the workload that had them, and whether it ended.
using ReturnedByCause = std::map<std::pair<std::string, bool>, Returned>;

void explain_ended(const Evidence& evidence, const traffic::QueueConfig& queue, const Returned& returned,
                   const PodLife& life, Finding& finding) {
  const Duration grace = Duration::seconds(life.pod->spec->termination_grace_period_seconds.value_or(30));
  const std::string action = action_behind(evidence, returned.first->record);
  finding.what = life.workload.str() + " ended in the middle of " + plural(returned.messages, "message") +
                 " of " + queue.name.str() + ", which came again";
  if (life.sigterm && life.exited)
    finding.chain.push_back(
        life.pod->metadata.name.str() + " exited " + about(*life.exited - *life.sigterm) + " after SIGTERM" +
        (life.killed ? ", by SIGKILL: its grace period of " + to_string(grace) + " was over"
                     : " without finishing what it held"));
  if (!action.empty()) finding.chain.push_back("it ended because of: " + action);
  finding.chain.push_back("a message is received again only after the visibility timeout, " +
                          to_string(queue.visibility_timeout));
  finding.change = life.killed
                       ? "raise terminationGracePeriodSeconds from " + whole_seconds_up(grace) +
                             " to more than a message takes, or have the worker give back on SIGTERM "
                             "what it cannot finish (ChangeMessageVisibility 0)"
                       : "let the worker finish on SIGTERM what it has received (onSigterm: drain), or "
                         "give it back (ChangeMessageVisibility 0)";
}

void explain_slow(const traffic::QueueConfig& queue, const traffic::QueueTotals& totals,
                  const Returned& returned, Finding& finding) {
  finding.what = plural(returned.messages, "message") + " of " + queue.name.str() +
                 " came again while a worker was still at it";
  finding.chain.push_back("a message is invisible for " + to_string(queue.visibility_timeout) +
                          " (visibilityTimeout), and that was less than the work took");
  if (totals.repeated > 0)
    finding.chain.push_back("the same work was done twice " + plural(totals.repeated, "time"));
  finding.change =
      "a visibilityTimeout above the longest that a message takes, or one that the worker extends while it "
      "works "
      "(ChangeMessageVisibility); and work that may be done twice";
}

}  // namespace

void messages_came_again(const Evidence& evidence, std::vector<Finding>& findings) {
  const traffic::Queues& queues = evidence.traffic.queues();
  for (std::size_t i = 0; i < queues.size(); ++i) {
    const auto index = static_cast<traffic::QueueIndex>(i);
    const traffic::QueueTotals& totals = queues.totals(index);
    ReturnedByCause causes;
    for (const traffic::Redelivery& redelivery : totals.redeliveries) {
      const PodLife* const life = evidence.life_of(redelivery.pod);
      if (!life || could_not_delete(evidence.kernel.journal(), redelivery)) continue;
      Returned& returned = causes[{life->workload.str(), redelivery.record != JournalId::kNone}];
      if (returned.messages++ == 0) returned.first = &redelivery;
      returned.pods.insert(redelivery.pod.index);
    }
    for (const auto& [cause, returned] : causes) {
      const PodLife& life = *evidence.life_of(returned.first->pod);
      Finding finding;
      finding.severity = totals.dead_lettered > 0 ? Severity::kError : Severity::kWarning;
      finding.object = life.workload;
      if (const api::Container* const container = first_container(life)) finding.manifest = container->source;
      finding.chain.push_back("on " + plural(returned.pods.size(), "pod") + ", first seen at " +
                              about(returned.first->at.since_start()));
      if (cause.second)
        explain_ended(evidence, queues.config(index), returned, life, finding);
      else
        explain_slow(queues.config(index), totals, returned, finding);
      if (totals.dead_lettered > 0)
        finding.chain.push_back(plural(totals.dead_lettered, "message") +
                                " went to the dead-letter queue: maxReceiveCount is " +
                                std::to_string(queues.config(index).max_receive_count));
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::checks
