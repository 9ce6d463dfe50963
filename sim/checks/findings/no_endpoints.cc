// Requests for a Service that had no ready endpoint, as its chooser saw it.
#include "sim/api/networking.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

// Why there was none: the chain is told, the advice returned.
std::string look_at_pods(const Evidence& evidence, const api::Service& service, SimTime first,
                         std::vector<std::string>& chain) {
  const PodLife *waiting = nullptr, *ready = nullptr;
  ObjectName workload;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || life.pod->metadata.namespace_ != service.metadata.namespace_) continue;
    if (!api::selects(service, *life.pod->metadata.labels)) continue;
    workload = life.workload;
    if (life.ready) ready = &life;
    if (!waiting && !(life.deletion && *life.deletion < first) && !trouble_of(life).empty()) waiting = &life;
  }
  if (waiting && !ready) {
    const std::string name = waiting->pod->metadata.name.str();
    chain.push_back("none of its pods was ever ready; " + name + ": " + trouble_of(*waiting));
    return fits_no_node(*waiting) ? "request less CPU or memory, or add a node"
                                  : "see why the pod does not get ready: seatrial explain pod/" + name;
  }
  if (!ready && !waiting) {
    for (const api::ObjectPtr& object :
         evidence.store.list(api::Kind::kDeployment, service.metadata.namespace_)) {
      const auto& deployment = static_cast<const api::Deployment&>(*object);
      if (!api::selects(service, *deployment.template_->labels)) continue;
      const ObjectName name{api::Kind::kDeployment, deployment.metadata.namespace_, deployment.metadata.name};
      const std::string refusal = refusal_of_pods(evidence, name, SimTime::at(-Duration::max()));
      if (refusal.empty()) continue;
      chain.push_back("it has no pods: the API server refuses those of " + name.str() + ": " + refusal);
      return advice_for_refusal(refusal);
    }
    chain.push_back("no pod has the labels that it selects");
    return "let spec.selector of the Service name labels of the pods";
  }
  for (const api::ObjectPtr& object :
       evidence.store.list(api::Kind::kEndpointSlice, service.metadata.namespace_)) {
    const auto& slice = static_cast<const api::EndpointSlice&>(*object);
    if (slice.metadata.labels->get("kubernetes.io/service-name") != service.metadata.name.str()) continue;
    if (slice.endpoints.empty() || !slice.ports.empty() || service.ports.empty()) continue;
    chain.push_back("its pods have no port named \"" + service.ports.front().target_port.str() + "\"");
    return "let targetPort of the Service be a port of the container, by number or by its name";
  }
  return "keep some pods available at all times: maxUnavailable below 100 %, strategy RollingUpdate rather "
         "than Recreate, more than one replica";
}

}  // namespace

void service_had_no_endpoints(const Evidence& evidence, std::vector<Finding>& findings) {
  struct Outage {
    std::uint64_t requests = 0;
    SimTime first, last;
  };
  std::map<traffic::LoadIndex, Outage> outages;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    if (failure.outcome != traffic::Outcome::kNoEndpoints) continue;
    Outage& outage = outages[failure.load];
    if (outage.requests++ == 0) outage.first = failure.sent;
    outage.last = failure.sent;
  }
  for (const auto& [load, outage] : outages) {
    const auto* const service = evidence.store.get<api::Service>(evidence.traffic.load(load).service);
    Finding finding;
    finding.severity = Severity::kError;
    finding.requests = outage.requests;
    finding.what = plural(outage.requests, "request") + " of load " + evidence.traffic.load(load).name.str() +
                   " found no pod that was ready";
    if (service) {
      finding.object = {api::Kind::kService, service->metadata.namespace_, service->metadata.name};
      finding.manifest = service->source;
      finding.chain.push_back(finding.object.str() + " had no ready endpoint between " +
                              about(outage.first.since_start()) + " and " + about(outage.last.since_start()) +
                              place_text(service->source));
      finding.change = look_at_pods(evidence, *service, outage.first, finding.chain);
    }
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
