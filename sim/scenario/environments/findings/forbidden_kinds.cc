// Kinds that a namespace's folder may not hold.
#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void kinds_are_forbidden(const Facts& facts, Findings& findings) {
  const std::vector<api::Symbol>& forbidden = facts.conventions.forbidden_kinds;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (std::ranges::find(forbidden, api::Symbol(api::kind_name(*item.object))) == forbidden.end())
        continue;
      Finding finding = finding_at(folder, Severity::kWarning, item.object->source);
      finding.what = name_text(*item.object) + " is of a kind that namespaces may not define";
      finding.why = "The repository's checks refuse the next change to this file.";
      finding.change = "make it with terraform: for a ServiceAccount, the module serviceaccount or irsa";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
