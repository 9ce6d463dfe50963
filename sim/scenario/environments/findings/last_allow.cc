// Kubernetes policies that deny egress, and a cluster-wide Calico policy behind them that allows it.
#include <algorithm>

#include "sim/scenario/environments/findings/calico_egress.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

bool isolates_egress(const api::NetworkPolicy& policy) {
  if (std::ranges::find(policy.policy_types, api::Symbol("Egress")) == policy.policy_types.end())
    return false;
  return std::ranges::none_of(policy.egress, [](const api::NetworkPolicyRule& rule) {
    return rule.peers.empty() && rule.ports.empty();
  });
}

}  // namespace

void last_allow_overrides(const Facts& facts, Findings& findings) {
  if (!facts.conventions.last_allow) return;
  const LastAllow& last = *facts.conventions.last_allow;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const std::vector<CalicoEgress> calico = calico_egress_of(folder);
    if (std::ranges::any_of(calico, &CalicoEgress::is_last_word)) continue;
    for (const PolicyItem& item : policies_of(folder)) {
      if (!isolates_egress(*item.policy)) continue;
      Finding finding =
          finding_at(folder, Severity::kError, item.item->document->position_of("spec.policyTypes"));
      finding.what = name_text(*item.policy) + " denies all egress" +
                     (item.policy->egress.empty() ? "" : " but that of its rules") + ", but " + last.rule +
                     " is allowed behind it: nothing is denied";
      finding.why = "Calico asks Kubernetes' policies at order 1000, and then GlobalNetworkPolicy " +
                    last.policy.str() + ", which has no order and ends in an Allow of " + last.rule +
                    ": what Kubernetes' policies do not allow goes on to it, and is allowed.";
      finding.change =
          "deny with a NetworkPolicy of projectcalico.org/v3 whose order is below 1000, such as 50, with the "
          "selector all() and the egress rule {action: Deny}; allow what is needed (DNS first) with lower "
          "orders";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
