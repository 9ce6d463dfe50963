// Requests that an ingress controller sent by old endpoints, as one Ingress made its configuration invalid:
// to addresses that nobody has any more, and to those that pods of other Services have been given since.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

struct Astray {
  std::uint64_t wrong = 0, nobody = 0;
  std::set<std::string> loads;
  std::optional<SimTime> first_wrong;
};

using FreezeKey = std::pair<traffic::ProxyId, SimTime>;  // and since when

std::map<FreezeKey, Astray> requests_by_freeze(const Evidence& evidence) {
  std::map<FreezeKey, Astray> found;
  for (const traffic::FailedRequest& failure : evidence.traffic.accounts().failures()) {
    const traffic::Freeze* const freeze = frozen_behind(evidence, failure);
    if (!freeze) continue;
    Astray& astray = found[{evidence.traffic.load(failure.way).proxy, freeze->since}];
    astray.loads.insert(evidence.traffic.load(failure.load).name.str());
    if (failure.outcome == traffic::Outcome::kWrongService) {
      astray.wrong += failure.count;
      if (!astray.first_wrong) astray.first_wrong = failure.ended;
    } else {
      astray.nobody += failure.count;
    }
  }
  return found;
}

Finding explained_freeze(const Evidence& evidence, const traffic::ProxyConfig& proxy,
                         const traffic::ReplicaFleet* fleet, const traffic::Freeze& freeze,
                         const Astray& astray) {
  const SimTime until = std::min(freeze.until, evidence.end());
  Finding finding;
  finding.severity = Severity::kError;
  finding.manifest = freeze.manifest;
  finding.requests = astray.wrong + astray.nobody;
  finding.what = "ingress controller " + proxy.name.str() + " applied nothing for " +
                 about(until - freeze.since) +
                 (freeze.until > evidence.end() ? ", to the end of the run" : "") + ": Ingress " +
                 freeze.ingress + " makes its configuration invalid";
  if (finding.requests > 0)
    finding.chain.push_back(plural(finding.requests, "request") + " of " + joined(astray.loads) +
                            " went by old endpoints: " + std::to_string(astray.wrong) +
                            " were answered by a pod of another Service, " + std::to_string(astray.nobody) +
                            " reached nobody");
  if (astray.first_wrong)
    finding.chain.push_back("the first came to a pod of another Service " +
                            about(*astray.first_wrong - freeze.since) +
                            " after that: an address that a pod has left is given to another pod of its node "
                            "(by the VPC CNI when it has "
                            "cooled down, after 30 s by default)");
  finding.chain.push_back(
      plural(freeze.failed_syncs, "change") +
      " came to it meanwhile; each sync failed at the test of the configuration, and none got "
      "as far as the endpoints");
  if (fleet && fleet->stalled)
    finding.chain.push_back(
        "its restart waits for a pod that has no configuration to begin with, and does not "
        "become Ready");
  const std::string action = action_behind(evidence, freeze.record);
  if (!action.empty()) finding.chain.push_back("it began with: " + action);
  finding.change =
      "have Ingresses tested before they are stored (the admission webhook's configuration test, or a policy "
      "that refuses such annotations), give teams that need them a controller of their own, and have "
      "somebody "
      "told when a reload fails";
  return finding;
}

}  // namespace

void configurations_were_frozen(const Evidence& evidence, std::vector<Finding>& findings) {
  const std::map<FreezeKey, Astray> requests = requests_by_freeze(evidence);
  for (std::uint16_t i = 0; i < evidence.traffic.proxy_count(); ++i) {
    const traffic::ProxyId proxy{i};
    const traffic::FrozenProxy* const frozen = evidence.traffic.frozen(proxy);
    if (!frozen) continue;
    for (const traffic::Freeze& freeze : frozen->freezes) {
      const auto astray = requests.find({proxy, freeze.since});
      findings.push_back(explained_freeze(evidence, evidence.traffic.proxy(proxy),
                                          evidence.traffic.replica_fleet(proxy), freeze,
                                          astray == requests.end() ? Astray() : astray->second));
    }
  }
}

}  // namespace seatrial::checks
