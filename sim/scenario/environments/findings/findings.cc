#include <algorithm>
#include <array>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

constexpr auto kEnvironmentRules = std::to_array<Rule>({
    {"written-twice", policies_written_twice},
    {"wrong-namespace", namespaces_differ},
    {"missing-standard-objects", standard_objects_are_missing},
    {"forbidden-kind", kinds_are_forbidden},
    {"forbidden-role", roles_are_forbidden},
    {"namespace-labels", labels_are_wrong},
    {"grants-nobody", roles_grant_nobody},
    {"role-never-made", roles_were_never_made},
    {"ingress-class-unowned", ingress_classes_have_no_owner},
    {"last-allow-overrides", last_allow_overrides},
    {"dangling-selector", selectors_dangle},
    {"neighbours-shut-out", neighbours_are_shut_out},
    {"file-not-applied", files_lie_wrong},
    {"skip-file-misspelt", skip_file_is_misspelt},
    {"terraform-namespace", terraform_namespace_differs},
    {"cron-never-fires", cron_lines_never_fire},
    {"secret-never-made", secrets_were_never_made},
    {"quota-over-committed", quotas_promise_too_much},
    {"production-not-marked", production_is_not_marked},
    {"subject-repeated", subjects_repeat},
    {"team-unknown", teams_do_not_match},
    {"review-date", review_dates_are_none},
    {"memory-limit", memory_limits_are_far_off},
});

}  // namespace

Findings look_for_findings(const Repository& repository, const Conventions& conventions, const Platform* platform) {
  Findings findings;
  std::vector<Facts> facts;
  for (const ClusterFolder& cluster : repository.clusters) facts.push_back(facts_of(cluster, conventions, platform));
  for (const Rule& rule : kEnvironmentRules) {
    const std::size_t before = findings.size();
    for (const Facts& of_cluster : facts) rule.look(of_cluster, findings);
    for (std::size_t i = before; i < findings.size(); ++i) findings[i].rule = rule.name;
    std::stable_sort(findings.begin() + static_cast<std::ptrdiff_t>(before), findings.end(),
                     [](const Finding& a, const Finding& b) {
                       if (a.where.file != b.where.file) return a.where.file < b.where.file;
                       return a.where.line < b.where.line;
                     });
  }
  std::ranges::stable_sort(findings, std::ranges::greater(), &Finding::severity);
  return findings;
}

}  // namespace seatrial::scenario::environments
