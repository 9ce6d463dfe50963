// Pods that a node took, and for which it had no address for a while.
#include <algorithm>

#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using cluster::AddressShortage;

// What ipamd mends in its usual time, and the kubelet's back-off meanwhile, is nothing to speak of.
Duration patience(AddressShortage shortage) {
  const bool usual = shortage == AddressShortage::kCooling || shortage == AddressShortage::kGrowing;
  return Duration::seconds(usual ? 180 : 30);
}

struct Waiting {
  std::vector<const PodLife*> pods;  // in order of creation
  std::set<std::string> nodes;
  Duration longest;
  bool for_ever = false;  // one of them to the end of the run, or to its deletion
};

const char* remedy(AddressShortage shortage) {
  switch (shortage) {
    case AddressShortage::kInterfacesFull:
      return "let max-pods of the kubelet (pods: of the node group) be what the node can address, or give "
             "nodes more "
             "addresses: prefix delegation (ENABLE_PREFIX_DELEGATION, WARM_PREFIX_TARGET=1)";
    case AddressShortage::kSubnetFull:
      return "give the nodes larger subnets, or more of them (tag kubernetes.io/role/cni: 1), or keep fewer "
             "addresses "
             "in reserve (WARM_IP_TARGET with MINIMUM_IP_TARGET)";
    case AddressShortage::kNoWholeBlock:
      return "reserve a part of the subnet for prefixes (a subnet CIDR reservation of type prefix), so that "
             "single "
             "addresses leave whole /28 blocks";
    case AddressShortage::kCooling:
    case AddressShortage::kGrowing:
      return "keep more addresses in reserve (WARM_PREFIX_TARGET, WARM_ENI_TARGET)";
  }
  return "";
}

std::string waited_text(const Waiting& waiting) {
  return plural(waiting.pods.size(), "pod") + " on " + plural(waiting.nodes.size(), "node") +
         " waited for an address, the longest for " + about(waiting.longest) +
         (waiting.for_ever ? " in vain" : "");
}

}  // namespace

void pods_got_no_address(const Evidence& evidence, std::vector<Finding>& findings) {
  std::map<AddressShortage, Waiting> found;
  for (const PodLife& life : evidence.pods) {
    if (!life.pod || !life.address_wait) continue;
    const SimTime until = life.started ? *life.started : life.gone ? *life.gone : evidence.end();
    const Duration waited = until - life.address_wait->first;
    if (waited < patience(life.address_wait->shortage) || until < SimTime()) continue;
    Waiting& waiting = found[life.address_wait->shortage];
    waiting.pods.push_back(&life);
    waiting.nodes.insert(life.pod->node_name.str());
    waiting.longest = std::max(waiting.longest, waited);
    waiting.for_ever |= !life.started;
  }
  for (const auto& [shortage, waiting] : found) {
    const PodLife& first = *waiting.pods.front();
    Finding finding;
    finding.severity = waiting.for_ever ? Severity::kError : Severity::kWarning;
    finding.what = waited_text(waiting);
    finding.chain.push_back(first.address_wait->why + " (" + first.pod->metadata.name.str() + ", at " +
                            about(first.address_wait->first.since_start()) + ")");
    finding.chain.push_back(
        "the scheduler goes by a node's pod slots and knows nothing of addresses: it binds more");
    const std::string action = action_behind(evidence, first.address_wait->record);
    if (!action.empty()) finding.chain.push_back("it began with: " + action);
    finding.change = remedy(shortage);
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::checks
