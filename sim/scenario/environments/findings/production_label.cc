// Environments called production that are not labelled so.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void production_is_not_marked(const Facts& facts, Findings& findings) {
  const Conventions& conventions = facts.conventions;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const api::ManifestObject* const space = namespace_object(folder);
    if (!space) continue;
    const api::LabelMap& labels = *space->object->metadata.labels;
    const api::Symbol environment(labels.get(conventions.environment_label));
    const bool is_production =
        std::ranges::find(conventions.production_names, environment) != conventions.production_names.end();
    if (!is_production || labels.get(conventions.production_label) != "false") continue;
    Finding finding = finding_at(folder, Severity::kWarning, space->document->position_of("metadata.labels"));
    finding.what = folder.name.str() + " is environment \"" + environment.str() + "\" and says " +
                   conventions.production_label.str() + ": \"false\"";
    finding.why = "What protects production (from deletion, for one) goes by that label.";
    finding.change = "set the label to \"true\", or call the environment otherwise";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
