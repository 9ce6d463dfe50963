// Files that look as if they were to be applied, and are not.
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

struct Misplaced {
  std::string what, change;  // empty: the file is right where it is
};

Misplaced judge_file(const PassedOver& file) {
  using Why = PassedOver::Why;
  const std::string name = file.path.substr(file.path.rfind('/') + 1);
  if (file.why == Why::kExtension && name.ends_with(".tf"))
    return {name + " is terraform outside of resources/", "move it into resources/"};
  if (!file.looks_like_manifest) return {};
  switch (file.why) {
    case Why::kExtension:
      return {name + " is a manifest whose name ends neither in .yaml nor in .yml nor in .json",
              "let its name end in .yaml"};
    case Why::kNotTerraform:
      return {name + " is a manifest in resources/", "move it up to the namespace's other manifests"};
    case Why::kFolder:
      return {name + " is a manifest in a folder that is not looked into",
              "move it up to the namespace's other manifests, if it is meant to be applied"};
    default:
      return {};
  }
}

}  // namespace

void files_lie_wrong(const Facts& facts, Findings& findings) {
  const auto look = [&](const std::vector<PassedOver>& files, Finding finding) {
    for (const PassedOver& file : files) {
      Misplaced misplaced = judge_file(file);
      if (misplaced.what.empty()) continue;
      finding.where = {api::Symbol(file.path), 1, 1};
      finding.what = std::move(misplaced.what);
      finding.why =
          "kubectl applies what lies directly in the namespace's folder and ends in .yaml, .yml or .json; "
          "terraform takes the .tf files of resources/. This file does nothing.";
      finding.change = std::move(misplaced.change);
      findings.push_back(finding);
    }
  };
  Finding of_cluster;
  of_cluster.cluster = facts.cluster.name;
  look(facts.cluster.passed_over, of_cluster);
  for (const NamespaceFolder& folder : facts.cluster.namespaces)
    look(folder.passed_over, finding_at(folder, Severity::kWarning, {}));
}

}  // namespace seatrial::scenario::environments
