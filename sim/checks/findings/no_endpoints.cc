// Requests for a Service that had no ready endpoint, as its chooser saw it.
#include "sim/checks/findings/common.h"

namespace seatrial::checks {

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
    }
    finding.change =
        "keep some pods available at all times: maxUnavailable below 100 %, strategy RollingUpdate rather "
        "than Recreate, more than one replica";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
