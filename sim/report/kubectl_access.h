// The rows of kubectl's tables for Roles and bindings. Internal to report.
#pragma once

#include <string>
#include <vector>

#include "sim/api/rbac.h"
#include "sim/engine/time.h"

namespace seatrial::report {

// The cells after NAME.
std::vector<std::string> role_row(const api::Object& object, SimTime now, bool wide);
std::vector<std::string> role_binding_row(const api::Object& object, SimTime now, bool wide);

}  // namespace seatrial::report
