// Requests that the pods of an ingress controller lost as they were replaced: sent there when they had ceased
// to accept connections, or still carried when their workers' time was over.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

struct LostAtRestart {
  std::uint64_t refused = 0, cut = 0;
  std::set<std::string> loads;
  Duration longest;  // from a SIGTERM to a refusal
  const traffic::FailedRequest* first = nullptr;
};

Finding explained_restart(const Evidence& evidence, const traffic::ProxyConfig& proxy,
                          const traffic::ReplicaPods& pods, const LostAtRestart& lost) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.requests = lost.refused + lost.cut;
  finding.what = "the restart of ingress controller " + proxy.name.str() + " lost " +
                 plural(finding.requests, "request") + " of " + joined(lost.loads) + ": " +
                 std::to_string(lost.refused) + " refused, " + std::to_string(lost.cut) + " cut short";
  if (lost.refused > 0)
    finding.chain.push_back(
        "each pod got SIGTERM " + to_string(pods.pre_stop) +
        " after its deletion (preStop), and the load balancer went on sending to it for up to " +
        about(pods.pre_stop + lost.longest) + ", until its deregistration was known");
  if (lost.cut > 0)
    finding.chain.push_back("workers may end what they carry for " +
                            to_string(proxy.worker_shutdown_timeout) +
                            " after SIGTERM (worker-shutdown-timeout)");
  const std::string action = action_behind(evidence, lost.first->record);
  if (!action.empty()) finding.chain.push_back("the pods were replaced because of: " + action);
  if (lost.refused > 0)
    finding.change = "give the controller's pods a preStop of at least " +
                     whole_seconds_up(pods.pre_stop + lost.longest + Duration::seconds(1)) +
                     " s, and a terminationGracePeriodSeconds above that and the worker-shutdown-timeout";
  if (lost.cut > 0)
    finding.change += std::string(lost.refused > 0 ? "; " : "") +
                      "give workers longer than streams last, or have clients begin again by themselves";
  return finding;
}

}  // namespace

void ingress_restarts_lost_requests(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<traffic::ProxyId, LostAtRestart> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (type_behind(journal, failure) != cluster::RecordType::kReplicaEnds) continue;
    const traffic::LoadConfig& load = evidence.traffic.load(failure.way);
    LostAtRestart& lost = found[load.proxy];
    if (!lost.first) lost.first = &failure;
    lost.loads.insert(load.name.str());
    if (failure.outcome == traffic::Outcome::kCutShort) {
      lost.cut += failure.count;
    } else {
      lost.refused += failure.count;
      lost.longest = std::max(lost.longest, failure.last_ended - journal.record(failure.record).at);
    }
  }
  for (const auto& [proxy, lost] : found) {
    const traffic::ReplicaFleet* const fleet = evidence.traffic.replica_fleet(proxy);
    if (fleet)
      findings.push_back(explained_restart(evidence, evidence.traffic.proxy(proxy), fleet->pods, lost));
  }
}

}  // namespace seatrial::checks
