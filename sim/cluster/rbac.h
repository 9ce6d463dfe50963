// Role-based access control: who may do what. Pure functions of the stored Roles and bindings.
//
// Rules only allow. ClusterRoleBindings are asked first, by name, then the RoleBindings of the request's
// namespace; a RoleBinding may name a ClusterRole, which then counts in that namespace only. The group
// system:masters may do everything. Sources: plugin/pkg/auth/authorizer/rbac/rbac.go,
// pkg/registry/rbac/{validation/rule,escalation_check}.go, pkg/apis/rbac/v1/evaluation_helpers.go,
// k8s.io/apiserver/pkg/endpoints/{handlers/responsewriters/errors,filters/impersonation}.go; reference, part
// B, §9.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/kinds.h"
#include "sim/api/rbac.h"
#include "sim/cluster/api_request.h"
#include "sim/cluster/store.h"

namespace seatrial::cluster {

// What is asked for: a verb on a resource, or on a path that is none (/healthz).
struct Attributes {
  std::string verb;
  std::string group, resource, subresource;
  std::string namespace_, name;  // empty: the cluster's; of no single object
  std::string path;              // not empty: not a resource
};
// That of a request as the API server reads it off the URL; `stored`: the object that it is about, or will
// be.
Attributes attributes_of(const ApiRequest& request, const api::Object& stored);
// Of reading one object, or all of a kind (in all namespaces where `namespace_` is empty).
Attributes reading(const api::KindInfo& kind, api::Symbol namespace_, api::Symbol name);
Attributes listing(const api::KindInfo& kind, api::Symbol namespace_);
// system:serviceaccount:NAMESPACE:NAME with its three groups.
Identity service_account(api::Symbol namespace_, api::Symbol name);

// The rule that allows, of which role, by which binding, for which of its subjects.
struct Grant {
  api::ObjectPtr binding;                 // RoleBinding or ClusterRoleBinding
  api::ObjectPtr role;                    // Role or ClusterRole
  const api::PolicyRule* rule = nullptr;  // lives as long as `role`
  const api::Subject* subject = nullptr;  // lives as long as `binding`
};
struct Decision {
  bool allowed = false;
  std::optional<Grant> grant;  // none where system:masters is what allows
  std::string reason;          // of a refusal: `RBAC: clusterrole… "x" not found`, where a binding dangles
};
Decision authorize(const Identity& who, const Attributes& what, const Store& store);
bool allows(const api::PolicyRule& rule, const Attributes& what);

// 403 in the API server's words.
ApiError forbidden(const Identity& who, const Attributes& what, std::string_view reason);
std::optional<ApiError> refusal(const Identity& who, const Attributes& what, const Store& store);

// Every rule that applies to somebody in a namespace, in the order in which they are asked.
std::vector<api::PolicyRule> rules_for(const Identity& who, api::Symbol namespace_, const Store& store);
// Of a Role or ClusterRole.
const std::vector<api::PolicyRule>& rules_of(const api::Object& role);
// Every subject of a binding whose role allows it, likewise.
std::vector<Grant> who_can(const Attributes& what, const Store& store);

// Writing a role needs its permissions or `escalate`, binding one needs them or `bind`. `old` is null for a
// new object; `named`: the request's URL names it, as that of a creation does not. Other kinds pass.
std::optional<ApiError> escalation(const Identity& who, const api::Object& object, const api::Object* old,
                                   bool named, const Store& store);

// Who acts: themselves, or whom they impersonate (Impersonate-User, Impersonate-Group), with all groups.
Identity acting_as(const Identity& who);
// Whether they may impersonate whom they say; `request` is what they go on to ask for.
std::optional<ApiError> impersonation_refusal(const Identity& who, const Attributes& request,
                                              const Store& store);

}  // namespace seatrial::cluster
