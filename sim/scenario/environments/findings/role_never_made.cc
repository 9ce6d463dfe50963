// RoleBindings to Roles that their namespace does not have.
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void roles_were_never_made(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (!is_kind(item, "RoleBinding", "rbac.authorization.k8s.io")) continue;
      const Binding binding = binding_of(item);
      if (binding.role_kind != "Role" || facts.roles.contains({folder.name, binding.role_name})) continue;
      Finding finding = finding_at(folder, Severity::kError, binding.role_where);
      finding.what = "RoleBinding " + binding.name.str() + " gives Role " + binding.role_name.str() +
                     ", which nothing in this checkout makes";
      finding.why = "The API server takes the binding and allows nothing by it.";
      finding.change = "define the Role, or correct roleRef";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
