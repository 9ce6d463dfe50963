#include <algorithm>
#include <array>

#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

constexpr auto kEnvironmentRules = std::to_array<Rule>({
    {"written-twice", objects_are_written_twice},
    {"wrong-namespace", namespaces_differ},
    {"role-never-made", roles_were_never_made},
    {"last-allow-overrides", last_allow_overrides},
    {"missing-standard-objects", standard_objects_are_missing},
    {"dangling-selector", selectors_dangle},
    {"file-not-applied", files_lie_wrong},
    {"skip-file-misspelt", skip_file_is_misspelt},
    {"cron-never-fires", cron_lines_never_fire},
    {"grants-nobody", roles_grant_nobody},
    {"forbidden-kind", kinds_are_forbidden},
    {"forbidden-role", roles_are_forbidden},
    {"namespace-labels", labels_are_wrong},
    {"ingress-class-unowned", ingress_classes_have_no_owner},
    {"neighbours-shut-out", neighbours_are_shut_out},
    {"terraform-namespace", terraform_namespace_differs},
    {"secret-never-made", secrets_were_never_made},
    {"secret-key-never-set", secret_keys_were_never_set},
    {"quota-over-committed", quotas_promise_too_much},
    {"production-not-marked", production_is_not_marked},
    {"calico-order", calico_denies_first},
    {"subject-repeated", subjects_repeat},
    {"team-unknown", teams_do_not_match},
    {"review-date", review_dates_are_none},
    {"memory-limit", memory_limits_are_far_off},
});

}  // namespace

Findings look_for_findings(const std::vector<Facts>& facts) {
  Findings findings;
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
