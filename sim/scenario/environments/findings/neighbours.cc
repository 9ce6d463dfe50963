// Namespaces whose pods cannot reach each other.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

bool is_about_ingress(const api::NetworkPolicy& policy) {
  return std::ranges::find(policy.policy_types, api::Symbol("Ingress")) != policy.policy_types.end();
}

// Some pods of the namespace whose labels these are. Rules about addresses may let pods in as well.
bool lets_neighbours_in(const api::NetworkPolicyRule& rule, const api::LabelMap& labels) {
  return rule.peers.empty() || std::ranges::any_of(rule.peers, [&](const api::NetworkPolicyPeer& peer) {
           return peer.ip_block || !peer.namespace_selector || peer.namespace_selector->matches(labels);
         });
}

}  // namespace

void neighbours_are_shut_out(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const PolicyItem* isolating = nullptr;
    bool open = false;
    const auto labels = facts.labels.find(folder.name);
    const std::vector<PolicyItem> policies = policies_of(folder);
    for (const PolicyItem& item : policies) {
      if (!is_about_ingress(*item.policy)) continue;
      if (!isolating && item.policy->pod_selector.empty()) isolating = &item;
      for (const api::NetworkPolicyRule& rule : item.policy->ingress)
        open |= labels == facts.labels.end() || lets_neighbours_in(rule, labels->second);
    }
    if (!isolating || open) continue;
    Finding finding = finding_at(folder, Severity::kWarning, isolating->item->document->position_of("spec"));
    finding.what = name_text(*isolating->policy) +
                   " isolates all pods, and no policy lets pods of the same namespace in";
    finding.why = "No pod of the namespace can call another, through a Service neither.";
    finding.change = "let them in with the ingress rule {from: [{podSelector: {}}]}";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
