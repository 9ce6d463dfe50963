// ClusterRoles that a namespace may not give.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void roles_are_forbidden(const Facts& facts, Findings& findings) {
  const std::vector<api::Symbol>& allowed = facts.conventions.cluster_roles;
  std::vector<std::string> names;
  for (const api::Symbol role : allowed) names.push_back(role.str());
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (!is_kind(item, "RoleBinding", "rbac.authorization.k8s.io")) continue;
      const Binding binding = binding_of(item);
      if (binding.role_kind != "ClusterRole" ||
          std::ranges::find(allowed, binding.role_name) != allowed.end())
        continue;
      Finding finding = finding_at(folder, Severity::kWarning, binding.role_where);
      finding.what = "RoleBinding " + binding.name.str() + " gives ClusterRole " + binding.role_name.str();
      finding.why = "The repository's checks allow only " + listed(names) + ".";
      finding.change = "give one of those, or a Role of the namespace";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
