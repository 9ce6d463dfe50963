// What a list of policy rules comes to: taken apart, put together, compared, shown. Pure functions.
//
// Sources: k8s.io/kubectl/pkg/util/rbac/rbac.go, k8s.io/component-helpers/auth/rbac/validation/
// policy_comparator.go, pkg/registry/rbac/validation/policy_compact.go,
// pkg/apis/rbac/v1/evaluation_helpers.go.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/rbac.h"

namespace seatrial::api {

// Rules of one group, resource, verb and name each, or of one URL and verb, that together say the same.
std::vector<PolicyRule> broken_down(std::span<const PolicyRule> rules);

// Rules of one group and one resource (and one name, if any) that differ only by their verbs become one, in
// the order in which kubectl shows them: that of the verbs as text, then of groups, resources, names, URLs.
// What goes in is broken down.
std::vector<PolicyRule> compacted(std::span<const PolicyRule> broken);

// Of those broken down from `wanted`, the ones that no rule of `held` covers.
std::vector<PolicyRule> not_covered(std::span<const PolicyRule> held, std::span<const PolicyRule> wanted);

// The same as the API server words them in a refusal: {APIGroups:[""], Resources:["pods"], Verbs:["get"]},
// one a line, sorted.
std::string compact_text(std::span<const PolicyRule> missing);

// kubectl's columns: "deployments.apps/scale", "[]", "[web]", "[get list]".
struct PolicyRuleCells {
  std::string resource, urls, names, verbs;
};
PolicyRuleCells cells_of(const PolicyRule& compacted);

std::string quoted_list(std::span<const Symbol> texts);  // ["a" "b"]

}  // namespace seatrial::api
