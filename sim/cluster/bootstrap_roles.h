// The ClusterRoles and ClusterRoleBindings that an API server makes when it starts, as far as people meet
// them: cluster-admin, admin, edit and view with what they aggregate, and what every user may read. Those of
// the control plane's own components are left out, as these bypass access control here. Sources:
// plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go of v1.36 (write access to events: pull request
// 102858, leases: 111472, resource claims: 130738).
#pragma once

#include <memory>
#include <vector>

#include "sim/api/rbac.h"

namespace seatrial::cluster {

// In order of kind and name; the aggregated roles have the rules that their controller would have given them.
const std::vector<std::shared_ptr<const api::Object>>& bootstrap_roles();

}  // namespace seatrial::cluster
