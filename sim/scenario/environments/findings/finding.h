// Findings in an Environments repository: what is wrong, or will not do what it was written for, and what to
// change.
//
// A rule is one file here and one row in findings.cc. It looks at one cluster's part of the repository and adds
// what it found; each finding has its place in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/checks/findings/finding.h"
#include "sim/scenario/environments/facts.h"

namespace seatrial::scenario::environments {

using checks::Severity;

struct Finding {
  std::string_view rule = {};
  Severity severity = Severity::kWarning;
  api::Symbol cluster = {}, namespace_ = {};
  api::SourcePosition where;
  std::string what;    // one sentence
  std::string why;     // it matters
  std::string change;  // what to do
};
using Findings = std::vector<Finding>;

struct Rule {
  std::string_view name;
  void (*look)(const Facts& facts, Findings& findings);
};

// Of every cluster: the gravest first, then in the order of the table, then by file.
Findings look_for_findings(const Repository& repository, const Conventions& conventions, const Platform* platform);

// --- The rules
void policies_written_twice(const Facts& facts, Findings& findings);  // and any other object
void selectors_dangle(const Facts& facts, Findings& findings);
void neighbours_are_shut_out(const Facts& facts, Findings& findings);
void last_allow_overrides(const Facts& facts, Findings& findings);
void standard_objects_are_missing(const Facts& facts, Findings& findings);
void files_lie_wrong(const Facts& facts, Findings& findings);
void skip_file_is_misspelt(const Facts& facts, Findings& findings);
void namespaces_differ(const Facts& facts, Findings& findings);
void terraform_namespace_differs(const Facts& facts, Findings& findings);
void kinds_are_forbidden(const Facts& facts, Findings& findings);
void roles_are_forbidden(const Facts& facts, Findings& findings);
void labels_are_wrong(const Facts& facts, Findings& findings);
void roles_grant_nobody(const Facts& facts, Findings& findings);
void roles_were_never_made(const Facts& facts, Findings& findings);
void subjects_repeat(const Facts& facts, Findings& findings);
void cron_lines_never_fire(const Facts& facts, Findings& findings);
void secrets_were_never_made(const Facts& facts, Findings& findings);
void ingress_classes_have_no_owner(const Facts& facts, Findings& findings);
void quotas_promise_too_much(const Facts& facts, Findings& findings);
void production_is_not_marked(const Facts& facts, Findings& findings);
void teams_do_not_match(const Facts& facts, Findings& findings);
void review_dates_are_none(const Facts& facts, Findings& findings);
void memory_limits_are_far_off(const Facts& facts, Findings& findings);

// --- What several rules need (common.cc)
// NetworkPolicies of a folder, with their documents.
struct PolicyItem {
  const api::NetworkPolicy* policy;
  const api::ManifestObject* item;
};
std::vector<PolicyItem> policies_of(const NamespaceFolder& folder);
// Of the Namespace object of a folder; null if it has none.
const api::ManifestObject* namespace_object(const NamespaceFolder& folder);
// The first line of the folder's file of that name beginning, or the folder itself.
api::SourcePosition place_of(const NamespaceFolder& folder);
// "NetworkPolicy default".
std::string name_text(const api::Object& object);
Finding finding_at(const NamespaceFolder& folder, Severity severity, api::SourcePosition where);
std::string listed(const std::vector<std::string>& words);  // a, b and c

}  // namespace seatrial::scenario::environments
