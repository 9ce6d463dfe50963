// Terraform whose variable "namespace" is another than its folder.
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void terraform_namespace_differs(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const api::Symbol given = folder.plan.namespace_variable;
    if (given.empty() || given == folder.name) continue;
    Finding finding = finding_at(folder, Severity::kWarning, folder.plan.namespace_variable_where);
    finding.what = "var.namespace is " + given.str() + " in the folder of " + folder.name.str();
    finding.why = "Secrets, service accounts and tags go by it: they are made for the other namespace.";
    finding.change = "set the variable's default to the folder's name";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
