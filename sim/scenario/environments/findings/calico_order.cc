// Namespaces whose egress a Calico policy denies: what is asked before it, and what is never asked.
#include <algorithm>

#include "sim/scenario/environments/findings/calico_egress.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

std::string with_order(const CalicoEgress& policy) {
  return policy.name.str() + (policy.order.empty() ? " (no order)" : " (" + policy.order + ")");
}

void say_never_asked(const NamespaceFolder& folder, const std::string& policy, const CalicoEgress& deny,
                     api::SourcePosition where, Findings& findings) {
  Finding finding = finding_at(folder, Severity::kWarning, where);
  finding.what = policy + " allows egress after " + with_order(deny) + " has denied it";
  finding.why = "Calico takes the first rule that matches, by order. Kubernetes' policies have order 1000.";
  finding.change = "allow with a NetworkPolicy of projectcalico.org/v3 of a lower order than the Deny";
  findings.push_back(std::move(finding));
}

}  // namespace

void calico_denies_first(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const std::vector<CalicoEgress> policies = calico_egress_of(folder);
    const auto deny = std::ranges::find_if(policies, &CalicoEgress::is_last_word);
    if (deny == policies.end()) continue;
    std::vector<std::string> before;
    for (auto at = policies.begin(); at != deny; ++at) before.push_back(with_order(*at));
    Finding finding = finding_at(folder, Severity::kInfo, deny->item->document->position_of("spec.order"));
    finding.what = with_order(*deny) + " denies all egress but that of " +
                   (before.empty() ? "nothing before it" : listed(before));
    const bool first = deny->rank < kRankOfKubernetes;
    finding.why =
        first ? "Calico takes the first rule that matches, by order. Kubernetes' policies have order 1000: "
                "their egress rules come too late here, and allow nothing."
              : "Calico takes the first rule that matches, by order. Kubernetes' policies have order 1000 "
                "and come first here.";
    finding.change = "nothing, if that is meant; what is to be allowed needs a lower order than the Deny";
    findings.push_back(std::move(finding));
    for (auto at = deny + 1; at != policies.end(); ++at)
      say_never_asked(folder, "NetworkPolicy.projectcalico.org " + with_order(*at), *deny,
                      at->item->document->position_of("spec.order"), findings);
    if (!first) continue;
    for (const PolicyItem& item : policies_of(folder)) {
      if (!item.policy->egress.empty())
        say_never_asked(folder, name_text(*item.policy), *deny,
                        item.item->document->position_of("spec.egress"), findings);
    }
  }
}

}  // namespace seatrial::scenario::environments
