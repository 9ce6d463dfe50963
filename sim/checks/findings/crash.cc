// Pods whose process ended by itself, or was killed for a probe: how often, with which exit code, and what
// users noticed of it.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

struct Crashes {
  std::size_t pods = 0;
  std::int64_t restarts = 0;
  const PodLife* first = nullptr;
};

// By namespace and name of the workload, and version.
using CrashesByVersion = std::map<std::tuple<api::Symbol, api::Symbol, std::string>, Crashes>;

std::int64_t restarts_of(const api::Pod& pod) {
  std::int64_t sum = 0;
  for (const api::ContainerStatus& status : pod.status.container_statuses) sum += status.restart_count;
  return sum;
}

// A process that is meant to end: jobs_failed tells of those that fail.
bool is_task(const PodLife& life) {
  return life.workload.kind == api::Kind::kJob || life.workload.kind == api::Kind::kCronJob ||
         life.pod->status.phase == api::PodPhase::kSucceeded;
}

// Those of the pods that `belongs(life)` says belong.
template <class Belongs>
CrashesByVersion crashes_of(const Evidence& evidence, Belongs&& belongs) {
  CrashesByVersion found;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !belongs(life)) continue;
    Crashes& crashes = found[{life.workload.namespace_, life.workload.name, life.version}];
    if (crashes.pods++ == 0) crashes.first = &life;
    crashes.restarts += restarts_of(*life.pod);
  }
  return found;
}

std::string pods_and_restarts(const Crashes& crashes) {
  return plural(crashes.pods, "pod") + ", " + plural(static_cast<std::uint64_t>(crashes.restarts), "restart");
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
  return count_failures(evidence, [&](const traffic::FailedRequest& failure) {
    const PodLife* const life = evidence.life_of(failure.pod);
    return life && life->workload == workload && life->version == version && life->has_exited_by_itself &&
           !life->deletion && failure.phase != traffic::ServerState::kListening;
  });
}

// The first failure of a probe and the kill that followed, as the pod's events tell them.
std::vector<std::string> probe_events(const Evidence& evidence, const api::Pod& pod) {
  std::vector<std::string> found;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kEvent) continue;
    const auto& event = static_cast<const api::ApiEvent&>(*change.object);
    if (event.involved_name != pod.metadata.name || event.metadata.namespace_ != pod.metadata.namespace_)
      continue;
    const bool readiness = event.message.starts_with("Readiness");
    if (found.empty() && event.reason == "Unhealthy" && !readiness) found.push_back(event.message);
    if (found.size() == 1 && event.reason == "Killing") return {found.front(), event.message};
  }
  return found;
}

}  // namespace

void pods_crashed(const Evidence& evidence, std::vector<Finding>& findings) {
  const CrashesByVersion found =
      crashes_of(evidence, [](const PodLife& life) { return life.has_exited_by_itself && !is_task(life); });
  for (const auto& [key, crashes] : found) {
    const PodLife& life = *crashes.first;
    const api::Container* const container = first_container(life);
    Finding finding;
    finding.object = life.workload;
    finding.requests = requests_lost(evidence, life.workload, life.version);
    finding.severity = finding.requests > 0 ? Severity::kError : Severity::kWarning;
    if (container) finding.manifest = container->source;
    finding.what =
        "version " + life.version + " of " + life.workload.str() + " crashes: " + pods_and_restarts(crashes);
    finding.chain.push_back(life.pod->metadata.name.str() + ": the process ended by itself with " +
                            ending_of(*life.pod));
    finding.chain.push_back(life.ready ? "it had been Ready before, so it had requests"
                                       : "it never became Ready, so it got no requests");
    finding.change = "find out why " + (container ? container->image.str() : life.version) +
                     " exits; until then stay on, or go back to, the version before";
    findings.push_back(std::move(finding));
  }
}

// Containers that the kubelet killed because a liveness or startup probe failed.
void probes_restart_pods(const Evidence& evidence, std::vector<Finding>& findings) {
  const CrashesByVersion found =
      crashes_of(evidence, [](const PodLife& life) { return life.has_been_restarted; });
  for (const auto& [key, kills] : found) {
    const PodLife& life = *kills.first;
    const api::Container* const container = first_container(life);
    Finding finding;
    finding.object = life.workload;
    if (container) finding.manifest = container->source;
    finding.what = "failing probes restart version " + life.version + " of " + life.workload.str() + ": " +
                   pods_and_restarts(kills);
    for (const std::string& words : probe_events(evidence, *life.pod))
      finding.chain.push_back(life.pod->metadata.name.str() + ": " + words);
    finding.change =
        life.listening
            ? "let the liveness probe ask for less, or wait longer (timeoutSeconds, failureThreshold)"
            : "give the process the time that it needs to start: a startupProbe, or "
              "livenessProbe.initialDelaySeconds";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
