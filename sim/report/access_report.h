// Who may do what, as text.
#pragma once

#include <string>
#include <vector>

#include "sim/cluster/rbac.h"

namespace seatrial::report {

// As `kubectl auth can-i --list` prints what applies to somebody.
std::string access_list(const std::vector<api::PolicyRule>& rules);
// A row for each subject; "No subject may do that." where there is none.
std::string who_can_table(const std::vector<cluster::Grant>& grants);
// By which binding, role and rule, and where they are written.
std::string grant_text(const cluster::Grant& grant);
// "rbac.yaml:12", "built in"
std::string where_text(const api::SourcePosition& source);

}  // namespace seatrial::report
