// Findings in an Environments repository: what is wrong, or will not do what it was written for, and what to
// change.
//
// A rule is one file here and one row in findings.cc. It looks at one cluster's part of the repository and
// adds what it found; each finding has its place in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/api/networking.h"
#include "sim/checks/findings/finding.h"
#include "sim/scenario/environments/facts.h"

namespace seatrial::scenario::environments {

using checks::Severity;

// `why` and `change` are the same for all findings of a rule that are alike, so that a report says them once.
struct Finding {
  std::string_view rule = {};
  Severity severity = Severity::kWarning;
  api::Symbol cluster = {}, namespace_ = {};
  api::SourcePosition where = {};
  std::string what = {};    // one sentence
  std::string why = {};     // it matters
  std::string change = {};  // what to do
};
using Findings = std::vector<Finding>;
std::string_view severity_text(Severity severity);  // info, warning, error

struct Rule {
  std::string_view name;
  void (*look)(const Facts& facts, Findings& findings);
};

// Of every cluster: the gravest first, then in the order of the table, then by file.
Findings look_for_findings(const std::vector<Facts>& facts);

// --- The rules
void objects_are_written_twice(const Facts& facts, Findings& findings);
void namespaces_differ(const Facts& facts, Findings& findings);
void standard_objects_are_missing(const Facts& facts, Findings& findings);
void kinds_are_forbidden(const Facts& facts, Findings& findings);
void roles_are_forbidden(const Facts& facts, Findings& findings);
void labels_are_wrong(const Facts& facts, Findings& findings);
void roles_grant_nobody(const Facts& facts, Findings& findings);
void roles_were_never_made(const Facts& facts, Findings& findings);
void subjects_repeat(const Facts& facts, Findings& findings);
void ingress_classes_have_no_owner(const Facts& facts, Findings& findings);
void last_allow_overrides(const Facts& facts, Findings& findings);
void calico_denies_first(const Facts& facts, Findings& findings);
void selectors_dangle(const Facts& facts, Findings& findings);
void neighbours_are_shut_out(const Facts& facts, Findings& findings);
void files_lie_wrong(const Facts& facts, Findings& findings);
void skip_file_is_misspelt(const Facts& facts, Findings& findings);
void terraform_namespace_differs(const Facts& facts, Findings& findings);
void cron_lines_never_fire(const Facts& facts, Findings& findings);
void secrets_were_never_made(const Facts& facts, Findings& findings);
void secret_keys_were_never_set(const Facts& facts, Findings& findings);
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
// The Namespace object of a folder; null if it has none.
const api::ManifestObject* namespace_object(const NamespaceFolder& folder);
// Of that object, or the folder itself.
api::SourcePosition place_of(const NamespaceFolder& folder);
// "NetworkPolicy default".
std::string name_text(const api::Object& object);
// "line 12", or "FILE:12" of another file.
std::string line_text(api::SourcePosition where, api::SourcePosition beside);
Finding finding_at(const NamespaceFolder& folder, Severity severity, api::SourcePosition where);
std::string listed(const std::vector<std::string>& words);  // a, b and c

}  // namespace seatrial::scenario::environments
