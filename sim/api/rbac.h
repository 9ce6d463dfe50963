// rbac.authorization.k8s.io/v1: Role, ClusterRole, RoleBinding, ClusterRoleBinding.
// Source: k8s.io/api/rbac/v1/types.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

inline constexpr std::string_view kRbacGroup = "rbac.authorization.k8s.io";

// Verbs on resources (of these names only, if there are any), or on URLs that are no resources.
struct PolicyRule {
  std::vector<Symbol> verbs, api_groups, resources, resource_names, non_resource_urls;
  SourcePosition source;  // not serialised, not compared
  bool operator==(const PolicyRule& o) const;
};

struct Role : Object {
  static constexpr Kind kKind = Kind::kRole;
  Role() : Object(kKind) {}
  std::vector<PolicyRule> rules;
};

struct AggregationRule {
  std::vector<LabelSelector> cluster_role_selectors;
  bool operator==(const AggregationRule&) const = default;
};
struct ClusterRole : Object {
  static constexpr Kind kKind = Kind::kClusterRole;
  ClusterRole() : Object(kKind) {}
  std::vector<PolicyRule> rules;
  std::optional<AggregationRule> aggregation_rule;  // then a controller overwrites `rules`
};

struct Subject {
  Symbol kind, api_group, name, namespace_;  // User, Group, ServiceAccount
  bool operator==(const Subject&) const = default;
};
struct RoleRef {
  Symbol api_group, kind, name;  // Role, ClusterRole
  bool operator==(const RoleRef&) const = default;
};

struct RoleBinding : Object {
  static constexpr Kind kKind = Kind::kRoleBinding;
  RoleBinding() : Object(kKind) {}
  std::vector<Subject> subjects;
  RoleRef role_ref;
};
struct ClusterRoleBinding : Object {
  static constexpr Kind kKind = Kind::kClusterRoleBinding;
  ClusterRoleBinding() : Object(kKind) {}
  std::vector<Subject> subjects;
  RoleRef role_ref;
};

}  // namespace seatrial::api
