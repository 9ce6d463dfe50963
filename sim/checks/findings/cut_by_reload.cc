// Streams that an ingress controller's reload ended: its old workers may end what they carry for
// workerShutdownTimeout, and streams take longer. Whoever causes the reloads, everybody behind the controller
// pays for them.
#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::RecordType;

struct Cut : FailureGroup {
  std::set<JournalId> changes;  // that asked for the reloads
};

// "Ingress payments/web", as it was changed; empty if the timeline itself did it.
std::string changed_object(const Evidence& evidence, JournalId change) {
  for (const cluster::WatchEvent& event : evidence.history) {
    if (event.cause != change) continue;
    const api::Object& object = *event.object;
    return std::string(api::kind_name(object)) + " " + object.metadata.namespace_.str() + "/" +
           object.metadata.name.str();
  }
  return {};
}

std::vector<std::string> explained(const Evidence& evidence, const traffic::ProxyConfig& proxy,
                                   const Cut& cut) {
  const Journal& journal = evidence.kernel.journal();
  const JournalRecord& reload = journal.record(cut.first->record);
  std::vector<std::string> chain;
  const std::string replicas =
      proxy.replicas > 1 ? ", of each of " + std::to_string(proxy.replicas) + " replicas" : "";
  chain.push_back(times_ended(cut) + ", after " + plural(cut.changes.size(), "reload") + replicas);
  chain.push_back("old workers may end what they carry for " + to_string(proxy.worker_shutdown_timeout) +
                  " (worker-shutdown-timeout); the first stream was " +
                  about(cut.first->ended - cut.first->sent) + " old");
  const std::string object = changed_object(evidence, reload.cause);
  const std::string action = action_behind(evidence, cut.first->record);
  std::string why = "the first reload, at " + about(reload.at.since_start()) + ", was for ";
  why += object.empty() ? "a change of the configuration" : "a change of " + object;
  chain.push_back(why + (action.empty() ? "" : ": " + action));
  return chain;
}

}  // namespace

void reloads_cut_streams(const Evidence& evidence, std::vector<Finding>& findings) {
  const Journal& journal = evidence.kernel.journal();
  std::map<traffic::LoadIndex, Cut> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (failure.outcome != traffic::Outcome::kCutShort ||
        type_behind(journal, failure) != RecordType::kReloaded)
      continue;
    Cut& cut = found[failure.way];
    cut.add(failure);
    cut.changes.insert(journal.record(failure.record).cause);
  }
  for (const auto& [load, cut] : found) {
    const traffic::LoadConfig& config = evidence.traffic.load(load);
    const traffic::ProxyConfig& proxy = evidence.traffic.proxy(config.proxy);
    Finding finding;
    finding.severity = Severity::kError;
    finding.requests = cut.requests;
    if (const PodLife* const life = evidence.life_of(cut.first->pod)) finding.object = life->workload;
    finding.what = "reloads of ingress controller " + proxy.name.str() + " cut " +
                   plural(cut.requests, config.stream ? "stream" : "request") + " of load " +
                   config.name.str() + " short";
    finding.chain = explained(evidence, proxy, cut);
    finding.change =
        "give old workers longer than streams last (worker-shutdown-timeout), let changes of Ingresses come "
        "together in one reload, give streams an ingress controller that changes seldom, and have clients "
        "begin again by themselves";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
