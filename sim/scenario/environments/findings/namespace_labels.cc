// Labels and annotations that every Namespace needs, and those that it may not have.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

void compare_with_required(const std::vector<Required>& required, const api::LabelMap& has,
                           std::string_view word, std::vector<std::string>& wrong) {
  for (const Required& row : required) {
    const api::Symbol* const value = has.find(row.key);
    if (!value)
      wrong.push_back("no " + std::string(word) + " " + row.key.str());
    else if (!row.values.empty() && std::ranges::find(row.values, *value) == row.values.end())
      wrong.push_back(std::string(word) + " " + row.key.str() + ": \"" + value->str() + "\"");
  }
}

}  // namespace

void labels_are_wrong(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const api::ManifestObject* const space = namespace_object(folder);
    if (!space) continue;
    std::vector<std::string> wrong;
    compare_with_required(facts.conventions.annotations, *space->object->metadata.annotations, "annotation",
                          wrong);
    compare_with_required(facts.conventions.labels, *space->object->metadata.labels, "label", wrong);
    for (const auto& [key, value] : facts.conventions.forbidden_labels) {
      if (space->object->metadata.labels->get(key) == value.view())
        wrong.push_back("label " + key.str() + ": " + value.str());
    }
    if (wrong.empty()) continue;
    Finding finding = finding_at(folder, Severity::kWarning, space->document->position_of("metadata.labels"));
    finding.what = folder.name.str() + " has " + listed(wrong);
    finding.why = "The repository's checks refuse the next change to this file.";
    finding.change = "set what the platform's user guide asks of every namespace";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
