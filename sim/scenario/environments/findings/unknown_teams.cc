// The annotated team is none of those that may enter.
#include <algorithm>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

void teams_do_not_match(const Facts& facts, Findings& findings) {
  const Conventions& conventions = facts.conventions;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const api::ManifestObject* const space = namespace_object(folder);
    if (!space) continue;
    const api::Symbol team(space->object->metadata.annotations->get(conventions.team_annotation));
    if (team.empty()) continue;
    const auto may_enter = facts.teams.find(api::Symbol(conventions.group_prefix.str() + team.str()));
    if (may_enter != facts.teams.end() && may_enter->second.contains(folder.name)) continue;
    Finding finding =
        finding_at(folder, Severity::kInfo, space->document->position_of("metadata.annotations"));
    finding.what = folder.name.str() + " is of team " + team.str() + ", which no RoleBinding of it names";
    finding.why = "The RoleBindings decide who may enter; the annotation only says whom to ask.";
    finding.change = "correct the annotation, or bind the team";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
