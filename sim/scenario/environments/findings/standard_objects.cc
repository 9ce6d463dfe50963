// What every namespace has: the objects of files 00 to 04.
#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

struct StandardObject {
  std::string_view kind, without;
};
constexpr auto kStandardObjects = std::to_array<StandardObject>({
    {"Namespace", "nothing here makes the namespace"},
    {"RoleBinding", "no team may enter it"},
    {"LimitRange", "containers without requests and limits get none"},
    {"ResourceQuota", "it may fill the cluster"},
    {"NetworkPolicy", "every pod of the cluster may reach its pods"},
});

bool has_object(const NamespaceFolder& folder, std::string_view kind) {
  const auto is_that = [&](const api::ManifestObject& item) { return api::kind_name(*item.object) == kind; };
  return std::ranges::any_of(folder.objects, is_that) || std::ranges::any_of(folder.foreign, is_that);
}

}  // namespace

void standard_objects_are_missing(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    // The platform makes its own namespaces, with what belongs to them.
    if (std::ranges::find(facts.conventions.namespaces, folder.name, &PlatformNamespace::name) !=
        facts.conventions.namespaces.end())
      continue;
    std::vector<std::string> kinds, consequences;
    for (const StandardObject& row : kStandardObjects) {
      if (has_object(folder, row.kind)) continue;
      kinds.emplace_back(row.kind);
      consequences.emplace_back(row.without);
    }
    if (kinds.empty()) continue;
    Finding finding = finding_at(folder, Severity::kError, place_of(folder));
    finding.what = folder.name.str() + " has no " + listed(kinds) + ": " + listed(consequences);
    finding.why = "Namespaces are fenced off from each other by these objects and by nothing else.";
    finding.change = "add the missing ones of the standard files 00 to 04";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
