// What a ClusterRole with an aggregationRule comes to. Pure. Source:
// pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/api/rbac.h"

namespace seatrial::cluster {

// The rules of those that its selectors match, selector after selector, each rule once. REQUIRES: `roles` are
// sorted by name, `role` has an aggregationRule.
std::vector<api::PolicyRule> aggregated_rules(const api::ClusterRole& role,
                                              std::span<const std::shared_ptr<const api::ClusterRole>> roles);

}  // namespace seatrial::cluster
