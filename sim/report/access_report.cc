#include "sim/report/access_report.h"

#include <fmt/format.h>

#include "sim/api/kinds.h"
#include "sim/api/policy_rules.h"
#include "sim/report/format.h"

namespace seatrial::report {
namespace {

std::string subject_of(const api::Subject& subject) {
  return subject.namespace_.empty() ? subject.name.str()
                                    : subject.namespace_.str() + "/" + subject.name.str();
}

std::string named(const api::Object& object) {
  return fmt::format("{}/{}", api::kind_name(object), object.metadata.name.str());
}

// The rule as one is written, not broken down.
std::string rule_text(const api::PolicyRule& rule) {
  const auto list = [](const std::vector<api::Symbol>& words) {
    std::string all;
    for (const api::Symbol word : words) all += (all.empty() ? "" : ", ") + word.str();
    return all;
  };
  if (!rule.non_resource_urls.empty())
    return fmt::format("{} on {}", list(rule.verbs), list(rule.non_resource_urls));
  std::string groups;
  for (const api::Symbol group : rule.api_groups)
    groups += (groups.empty() ? "" : ", ") + (group.empty() ? "\"\"" : group.str());
  std::string text = fmt::format("{} on {} of {}", list(rule.verbs), list(rule.resources), groups);
  if (!rule.resource_names.empty()) text += fmt::format(", named {}", list(rule.resource_names));
  return text;
}

}  // namespace

std::string where_text(const api::SourcePosition& source) {
  return source.line > 0 ? fmt::format("{}:{}", source.file.str(), source.line) : "built in";
}

std::string access_list(const std::vector<api::PolicyRule>& rules) {
  // What concerns resources comes before what does not, as a SelfSubjectRulesReview has it.
  std::vector<api::PolicyRule> ordered;
  for (const api::PolicyRule& rule : rules)
    if (!rule.resources.empty()) ordered.push_back(rule);
  for (const api::PolicyRule& rule : rules)
    if (!rule.non_resource_urls.empty()) ordered.push_back(rule);
  Table table({"Resources", "Non-Resource URLs", "Resource Names", "Verbs"});
  for (const api::PolicyRule& rule : api::compacted(api::broken_down(ordered))) {
    api::PolicyRuleCells cells = api::cells_of(rule);
    table.add(
        {std::move(cells.resource), std::move(cells.urls), std::move(cells.names), std::move(cells.verbs)});
  }
  return table.str(0, {}, 3);
}

std::string who_can_table(const std::vector<cluster::Grant>& grants) {
  if (grants.empty()) return "No subject may do that.\n";
  Table table({"KIND", "SUBJECT", "ROLE", "BINDING", "WHERE"});
  for (const cluster::Grant& grant : grants)
    table.add({grant.subject->kind.str(), subject_of(*grant.subject), named(*grant.role),
               named(*grant.binding), where_text(grant.binding->source)});
  return table.str(0, {}, 3);
}

std::string grant_text(const cluster::Grant& grant) {
  const std::string ns = grant.binding->metadata.namespace_.str();
  return fmt::format("  {} {}{} gives {} to {} {} ({})\n  {} allows {} ({})\n",
                     api::kind_name(*grant.binding), grant.binding->metadata.name.str(),
                     ns.empty() ? "" : " in namespace " + ns, named(*grant.role), grant.subject->kind.str(),
                     subject_of(*grant.subject), where_text(grant.binding->source), named(*grant.role),
                     rule_text(*grant.rule), where_text(grant.rule->source));
}

}  // namespace seatrial::report
