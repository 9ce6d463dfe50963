// Requests that met a pod which did not listen yet, or not there. Without a readiness probe a pod counts as
// ready when its containers have started; with one, only a probe that answers too early lets this happen.
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

bool was_starting(const traffic::FailedRequest& failure, const PodLife& life) {
  return failure.phase == traffic::ServerState::kStarting && !life.has_exited_by_itself &&
         !(life.deletion && *life.deletion <= failure.sent);
}

std::string window_text(const PodLife& life) {
  if (!life.started) return "";
  if (!life.listening) return "it was Running, and never listened";
  return "it was Running for " + about(*life.listening - *life.started) + " before it listened";
}

void explain_early_requests(const Evidence& evidence, const FailureGroup& group,
                            std::vector<Finding>& findings) {
  const PodLife& life = *evidence.life_of(group.first->pod);
  const api::Container* const container = first_container(life);
  if (!container) return;
  Finding finding;
  finding.severity = Severity::kError;
  finding.object = life.workload;
  finding.requests = group.requests;
  finding.manifest = container->source;
  finding.what = life.workload.str() +
                 " gets requests before it listens: " + plural(group.requests, "request") + " lost on " +
                 plural(group.pods.size(), "starting pod") + " of " + joined(group.versions);
  finding.chain.push_back(outcomes_text(group));
  const std::string window = window_text(life);
  if (!window.empty()) finding.chain.push_back(life.pod->metadata.name.str() + ": " + window);
  const bool probe = container->readiness_probe.has_value();
  finding.chain.push_back("container " + container->name.str() +
                          (probe ? " has a readiness probe that succeeds before the process listens"
                                 : " has no readiness probe: a pod counts as ready, and gets requests, as "
                                   "soon as its containers run") +
                          place_text(container->source));
  if (!probe && life.workload.kind == api::Kind::kDeployment) {
    finding.chain.push_back(
        "the Deployment goes on to the next pods at once, and takes old ones away that still serve");
  }
  finding.change = probe ? "let the readiness probe ask the port that serves requests"
                         : "add a readinessProbe (httpGet on the port that serves requests) to container " +
                               container->name.str();
  findings.push_back(std::move(finding));
}

}  // namespace

void sent_before_pods_listen(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [name, group] : group_failures(evidence, was_starting))
    explain_early_requests(evidence, group, findings);
}

// Requests that a pod refuses although it listens: it does so on another port.
void sent_to_another_port(const Evidence& evidence, std::vector<Finding>& findings) {
  const auto refused = [](const traffic::FailedRequest& failure, const PodLife&) {
    return failure.outcome == traffic::Outcome::kConnectRefused &&
           failure.phase == traffic::ServerState::kListening;
  };
  for (const auto& [name, group] : group_failures(evidence, refused)) {
    const traffic::LoadConfig& load = evidence.traffic.load(group.first->way);
    const auto* const service = evidence.store.get<api::Service>(load.service);
    const PodLife& life = *evidence.life_of(group.first->pod);
    const api::Container* const container = first_container(life);
    if (!service || !container) continue;
    std::set<std::string> ports;
    for (const api::ContainerPort& port : container->ports) ports.insert(std::to_string(port.container_port));
    Finding finding;
    finding.severity = Severity::kError;
    finding.object = {api::Kind::kService, service->metadata.namespace_, service->metadata.name};
    finding.requests = group.requests;
    finding.manifest = service->source;
    finding.what = finding.object.str() + " sends to port " + std::to_string(load.port) +
                   ", where nobody listens: " + plural(group.requests, "request") + " refused";
    finding.chain.push_back("container " + container->name.str() + " of " + life.workload.str() +
                            " listens on " + (ports.empty() ? "other ports" : joined(ports)) +
                            place_text(container->source));
    finding.change = "let targetPort of the Service be a port of the container, by number or by its name";
    if (service->cluster_ip == api::Symbol("None")) {
      finding.what = plural(group.requests, "request") + " to port " + std::to_string(load.port) + " of " +
                     finding.object.str() + " refused, where nobody listens";
      finding.chain.push_back(
          "it is headless: its name is the addresses of its pods, and nothing translates ports" +
          place_text(service->source));
      finding.change = "ask for the port on which the pods listen" +
                       (ports.empty() ? "" : " (" + joined(ports) + ")") +
                       ", or give the Service a cluster IP";
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
