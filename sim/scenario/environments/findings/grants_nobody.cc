// Subjects of RoleBindings that no request can come from.
#include <optional>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

// Why nobody is that subject; empty if somebody may be.
std::string nobody_because(const Facts& facts, const Subject& subject) {
  const std::string prefix = facts.conventions.group_prefix.str();
  const std::string_view name = subject.name.view();
  if (subject.kind == "Group") {
    if (name.starts_with(prefix) || name.starts_with("system:")) return "";
    return "groups of those who sign in begin with \"" + prefix + "\"";
  }
  if (subject.kind == "User")
    return name.starts_with(prefix) ? "\"" + prefix + "\" begins the names of groups, and this is a User"
                                    : "";
  if (subject.kind != "ServiceAccount") return "there is no such kind of subject";
  if (subject.namespace_.empty()) return "it says no namespace, and the API server refuses that";
  if (!facts.labels.contains(subject.namespace_))
    return "no namespace " + subject.namespace_.str() + " is in this checkout";
  if (facts.accounts.contains({subject.namespace_, subject.name})) return "";
  return facts.folders.contains(subject.namespace_)
             ? "nothing in this checkout makes that ServiceAccount of " + subject.namespace_.str()
             : "";
}

}  // namespace

void roles_grant_nobody(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (!is_kind(item, "RoleBinding", "rbac.authorization.k8s.io")) continue;
      const Binding binding = binding_of(item);
      const std::string role = binding.role_kind.str() + " " + binding.role_name.str();
      Finding finding = finding_at(folder, Severity::kWarning, binding.where);
      finding.why = "The binding is in force, but no request comes from such a subject.";
      finding.change = "correct the subject, or take it out";
      if (binding.subjects.empty()) {
        finding.what =
            "RoleBinding " + binding.name.str() + " gives " + role + " to nobody: it has no subjects";
        findings.push_back(finding);
      }
      for (const Subject& subject : binding.subjects) {
        const std::string because = nobody_because(facts, subject);
        if (because.empty()) continue;
        finding.where = subject.where;
        finding.what = "RoleBinding " + binding.name.str() + " gives " + role + " to nobody as " +
                       subject.kind.str() + " " + subject.name.str() + ": " + because;
        findings.push_back(finding);
      }
    }
  }
}

}  // namespace seatrial::scenario::environments
