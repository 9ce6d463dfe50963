// Peers of policies whose namespaceSelector no namespace satisfies.
#include <algorithm>

#include "sim/api/selector_text.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

// What stands in the way, if the selector names a namespace: it is not there, or has not that label.
std::string what_is_there(const Facts& facts, const api::LabelSelector& selector) {
  for (const auto& [key, value] : selector.match_labels) {
    const auto named = facts.labels.find(value);
    if (named == facts.labels.end()) continue;
    const std::string_view has = named->second.get(key);
    return ": namespace " + value.str() + " is there, " +
           (has.empty() ? "without that label" : "with the label's value \"" + std::string(has) + "\"");
  }
  return "";
}

void look_at_peers(const Facts& facts, const NamespaceFolder& folder, const PolicyItem& item,
                   const std::vector<api::NetworkPolicyRule>& rules, const std::string& field,
                   Findings& findings) {
  for (std::size_t r = 0; r < rules.size(); ++r) {
    for (std::size_t p = 0; p < rules[r].peers.size(); ++p) {
      const auto& selector = rules[r].peers[p].namespace_selector;
      if (!selector || selector->empty()) continue;
      const auto is_selected = [&](const auto& space) { return selector->matches(space.second); };
      if (std::ranges::any_of(facts.labels, is_selected)) continue;
      const std::string path = "spec." + field + "[" + std::to_string(r) + "]." +
                               (field == "ingress" ? "from[" : "to[") + std::to_string(p) +
                               "].namespaceSelector";
      Finding finding = finding_at(folder, Severity::kWarning, item.item->document->position_of(path));
      finding.what = name_text(*item.policy) + (field == "ingress" ? " lets in" : " lets out to") +
                     " namespaces with " + api::selector_text(*selector) +
                     ", and none in this checkout has it" + what_is_there(facts, *selector);
      finding.why = "The rule allows nothing: who was meant is kept out.";
      finding.change =
          "select by kubernetes.io/metadata.name, which every namespace has, or set the label on the "
          "namespace "
          "that is meant; take the peer out if that namespace is gone";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace

void selectors_dangle(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const PolicyItem& item : policies_of(folder)) {
      look_at_peers(facts, folder, item, item.policy->ingress, "ingress", findings);
      look_at_peers(facts, folder, item, item.policy->egress, "egress", findings);
    }
  }
}

}  // namespace seatrial::scenario::environments
