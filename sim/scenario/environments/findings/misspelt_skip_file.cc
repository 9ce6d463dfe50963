// Files whose name is nearly the skip file's.
#include "sim/scenario/environments/findings/finding.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario::environments {

void skip_file_is_misspelt(const Facts& facts, Findings& findings) {
  const std::string right = facts.conventions.skip_file.str();
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const PassedOver& file : folder.passed_over) {
      const std::string name = file.path.substr(file.path.rfind('/') + 1);
      if (file.why != PassedOver::Why::kExtension || nearest(name, {right}).empty()) continue;
      Finding finding = finding_at(folder, Severity::kWarning, {api::Symbol(file.path), 1, 1});
      finding.what = name + " is not " + right;
      finding.why = "The pipeline looks for exactly that name, so it does not skip the namespace.";
      finding.change = "rename it, or take it out if the namespace is to be applied";
      findings.push_back(std::move(finding));
    }
  }
}

}  // namespace seatrial::scenario::environments
