// Pods whose process ended by itself: how often, with which exit code, and what users noticed of it.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

struct Crashes {
  std::size_t pods = 0;
  std::int64_t restarts = 0;
  const PodLife* first = nullptr;
};

std::int64_t restarts_of(const api::Pod& pod) {
  std::int64_t sum = 0;
  for (const api::ContainerStatus& status : pod.status.container_statuses) sum += status.restart_count;
  return sum;
}

// How the container that ended last says it did: "exit code 1 (Error)".
std::string ending_of(const api::Pod& pod) {
  for (const api::ContainerStatus& status : pod.status.container_statuses) {
    const auto* const now = std::get_if<api::ContainerStateTerminated>(&status.state);
    const api::ContainerStateTerminated* const ended = now                       ? now
                                                       : status.last_termination ? &*status.last_termination
                                                                                 : nullptr;
    if (ended) return "exit code " + std::to_string(ended->exit_code) + " (" + ended->reason.str() + ")";
  }
  return "an exit";
}

std::uint64_t requests_lost(const Evidence& evidence, const ObjectName& workload,
                            const std::string& version) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      evidence.traffic.accounts().failures(), [&](const traffic::FailedRequest& failure) {
        const PodLife* const life = evidence.life_of(failure.pod);
        return life && life->workload == workload && life->version == version && life->has_exited_by_itself &&
               !life->deletion && failure.phase != traffic::ServerState::kListening;
      }));
}

}  // namespace

void pods_crashed(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<std::pair<std::string, std::string>, Crashes> found;  // by workload and version
  for (const PodLife& life : evidence.pods) {
    if (!life.pod) continue;
    const std::int64_t restarts = restarts_of(*life.pod);
    if (restarts == 0 && !life.has_exited_by_itself) continue;
    Crashes& crashes = found[{life.workload.str(), life.version}];
    if (crashes.pods++ == 0) crashes.first = &life;
    crashes.restarts += restarts;
  }
  for (const auto& [key, crashes] : found) {
    const PodLife& life = *crashes.first;
    const api::Container* const container = first_container(life);
    Finding finding;
    finding.object = life.workload;
    finding.requests = requests_lost(evidence, life.workload, life.version);
    finding.severity = finding.requests > 0 ? Severity::kError : Severity::kWarning;
    if (container) finding.manifest = container->source;
    finding.what = "version " + life.version + " of " + life.workload.str() +
                   " crashes: " + plural(crashes.pods, "pod") + ", " +
                   plural(static_cast<std::uint64_t>(crashes.restarts), "restart");
    finding.chain.push_back(life.pod->metadata.name.str() + ": the process ended by itself with " +
                            ending_of(*life.pod));
    finding.chain.push_back(life.ready ? "it had been Ready before, so it had requests"
                                       : "it never became Ready, so it got no requests");
    finding.change = "find out why " + (container ? container->image.str() : life.version) +
                     " exits; until then stay on, or go back to, the version before";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
