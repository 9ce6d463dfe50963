// Requests that somebody gave up waiting for although the pod had slots to spare: the answer takes too long,
// or the way there and back.
#include "sim/checks/findings/common.h"

namespace seatrial::checks {

void answers_came_too_late(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  const auto belongs = [&](const traffic::FailedRequest& failure, const PodLife&) {
    return ran_out_of_time(failure) && failure.phase == traffic::ServerState::kListening &&
           !failure.slots_taken && type_behind(journal, failure) == cluster::RecordType::kListening;
  };
  for (const auto& [name, group] : group_failures(evidence, belongs)) {
    const PodLife& life = *evidence.life_of(group.first->pod);
    const traffic::LoadConfig& load = evidence.traffic.load(group.first->load);
    Finding finding;
    finding.severity = Severity::kError;
    finding.object = life.workload;
    finding.requests = group.requests;
    if (const api::Container* const container = first_container(life)) finding.manifest = container->source;
    finding.what = plural(group.requests, "request") + " of " + life.workload.str() +
                   (group.requests == 1 ? " was" : " were") +
                   " given up before the answer came: " + plural(group.pods.size(), "pod") +
                   " had slots to spare";
    finding.chain.push_back(outcomes_text(group) + ", first at " + about(group.first->ended.since_start()));
    if (load.timeout)
      finding.chain.push_back("clients of load " + load.name.str() + " wait for " + to_string(*load.timeout));
    tell_answer_times(evidence, group, finding);
    const std::set<std::string> called = names_of_calls(evidence, group.first->pod);
    if (!called.empty())
      finding.chain.push_back("before they answer, its pods wait for what they call: " + joined(called));
    finding.change = "a longer timeout, or faster answers: see what slowed them (version " +
                     joined(group.versions) + (called.empty() ? "" : ", what it calls") +
                     ", the network between zones)";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
