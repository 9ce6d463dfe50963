// Subjects that a RoleBinding names more than once.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void subjects_repeat(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (!is_kind(item, "RoleBinding", "rbac.authorization.k8s.io")) continue;
      const Binding binding = binding_of(item);
      for (auto at = binding.subjects.begin(); at != binding.subjects.end(); ++at) {
        const auto same = std::find_if(binding.subjects.begin(), at, [&](const Subject& before) {
          return before.kind == at->kind && before.name == at->name && before.namespace_ == at->namespace_;
        });
        if (same == at) continue;
        Finding finding = finding_at(folder, Severity::kInfo, at->where);
        finding.what = "RoleBinding " + binding.name.str() + " names " + at->kind.str() + " " +
                       at->name.str() + " as in " + line_text(same->where, at->where);
        finding.why = "One of them does nothing; perhaps another subject was meant.";
        finding.change = "take one out";
        findings.push_back(std::move(finding));
      }
    }
  }
}

}  // namespace seatrial::scenario::environments
