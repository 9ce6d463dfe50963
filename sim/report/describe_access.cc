// kubectl describe role, clusterrole, rolebinding, clusterrolebinding.
#include "sim/api/policy_rules.h"
#include "sim/report/describe_parts.h"

namespace seatrial::report {
namespace {

void add_head(Lines& lines, const api::Object& object) {
  lines.add(0, "Name:\t{}", object.metadata.name.str());
  add_labels(lines, "Labels", *object.metadata.labels);
  add_annotations(lines, "Annotations", *object.metadata.annotations);
}

void add_rules(Lines& lines, const std::vector<api::PolicyRule>& rules) {
  lines.add(0, "PolicyRule:");
  lines.add(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
  lines.add(1, "---------\t-----------------\t--------------\t-----");
  for (const api::PolicyRule& rule : api::compacted(api::broken_down(rules))) {
    const api::PolicyRuleCells cells = api::cells_of(rule);
    lines.add(1, "{}\t{}\t{}\t{}", cells.resource, cells.urls, cells.names, cells.verbs);
  }
}

template <class Binding>
void add_binding(Lines& lines, const Binding& binding) {
  lines.add(0, "Role:");
  lines.add(1, "Kind:\t{}", binding.role_ref.kind.str());
  lines.add(1, "Name:\t{}", binding.role_ref.name.str());
  lines.add(0, "Subjects:");
  lines.add(1, "Kind\tName\tNamespace");
  lines.add(1, "----\t----\t---------");
  for (const api::Subject& subject : binding.subjects)
    lines.add(1, "{}\t{}\t{}", subject.kind.str(), subject.name.str(), subject.namespace_.str());
}

}  // namespace

void describe_role(Lines& lines, const Described& what) {
  add_head(lines, what.object);
  if (what.object.kind == api::Kind::kRole)
    add_rules(lines, static_cast<const api::Role&>(what.object).rules);
  else
    add_rules(lines, static_cast<const api::ClusterRole&>(what.object).rules);
}

void describe_role_binding(Lines& lines, const Described& what) {
  add_head(lines, what.object);
  if (what.object.kind == api::Kind::kRoleBinding)
    add_binding(lines, static_cast<const api::RoleBinding&>(what.object));
  else
    add_binding(lines, static_cast<const api::ClusterRoleBinding&>(what.object));
}

}  // namespace seatrial::report
