// Two documents of a folder with one kind and name: kubectl applies both, and the second stays.
#include <nlohmann/json.hpp>

#include "sim/api/kinds.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void objects_are_written_twice(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    std::map<std::string, const api::ManifestObject*> by_name;
    for (const api::ManifestObject& item : folder.objects) {
      const api::Object& object = *item.object;
      const std::string key = api::qualified_kind(object) + " " + object.metadata.namespace_.str() + "/" +
                              object.metadata.name.str();
      const auto [before, is_first] = by_name.emplace(key, &item);
      if (is_first) continue;
      const bool alike = api::to_json(*before->second->document) == api::to_json(*item.document);
      Finding finding = finding_at(folder, alike ? Severity::kInfo : Severity::kError, object.source);
      const std::string there = line_text(before->second->object->source, object.source);
      finding.what = name_text(object) + (alike ? " is written as in " : " replaces the one of ") + there +
                     (alike ? "" : ", which says something else");
      finding.why = alike ? "One of them does nothing."
                          : "The documents are applied one after the other. Of two with one name the last "
                            "stays, and what the first says is never in force.";
      finding.change = alike ? "take one out" : "give each a name of its own";
      findings.push_back(std::move(finding));
      before->second = &item;
    }
  }
}

}  // namespace seatrial::scenario::environments
