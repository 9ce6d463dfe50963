#include "sim/cluster/bootstrap_roles.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "sim/cluster/role_aggregation.h"

namespace seatrial::cluster {

using api::ClusterRole;
using api::ClusterRoleBinding;
using api::Symbol;

namespace {

constexpr std::string_view kRead = "get list watch", kWrite = "create delete deletecollection patch update",
                           kReadWrite = "create delete deletecollection get list patch update watch";

// A rule of a role; words are separated by blanks. Without a group ("-"): URLs that are no resources.
struct RuleRow {
  std::string_view role, verbs, group, resources;
};
constexpr auto kRules = std::to_array<RuleRow>({
    {"cluster-admin", "*", "*", "*"},
    {"cluster-admin", "*", "-", "*"},
    {"system:aggregate-to-admin", "create", "authorization.k8s.io", "localsubjectaccessreviews"},
    {"system:aggregate-to-admin", kReadWrite, "rbac.authorization.k8s.io", "rolebindings roles"},
    {"system:aggregate-to-edit", kRead, "",
     "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"},
    {"system:aggregate-to-edit", "impersonate", "", "serviceaccounts"},
    {"system:aggregate-to-edit", kWrite, "", "pods pods/attach pods/exec pods/portforward pods/proxy"},
    {"system:aggregate-to-edit", "create", "", "pods/eviction"},
    {"system:aggregate-to-edit", kWrite, "",
     "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets "
     "serviceaccounts services services/proxy"},
    {"system:aggregate-to-edit", "create", "", "serviceaccounts/token"},
    {"system:aggregate-to-edit", kWrite, "apps",
     "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale "
     "statefulsets statefulsets/scale"},
    {"system:aggregate-to-edit", kWrite, "autoscaling", "horizontalpodautoscalers"},
    {"system:aggregate-to-edit", kWrite, "batch", "cronjobs jobs"},
    {"system:aggregate-to-edit", kWrite, "extensions",
     "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets "
     "replicasets/scale replicationcontrollers/scale"},
    {"system:aggregate-to-edit", kWrite, "policy", "poddisruptionbudgets"},
    {"system:aggregate-to-edit", kWrite, "networking.k8s.io", "ingresses networkpolicies"},
    {"system:aggregate-to-edit", kReadWrite, "coordination.k8s.io", "leases"},
    {"system:aggregate-to-edit", kWrite, "resource.k8s.io", "resourceclaims resourceclaimtemplates"},
    {"system:aggregate-to-view", kRead, "",
     "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers "
     "replicationcontrollers/scale serviceaccounts services services/status"},
    {"system:aggregate-to-view", kRead, "",
     "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status "
     "resourcequotas resourcequotas/status"},
    {"system:aggregate-to-view", kRead, "", "namespaces"},
    {"system:aggregate-to-view", kRead, "discovery.k8s.io", "endpointslices"},
    {"system:aggregate-to-view", kRead, "apps",
     "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status "
     "replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status"},
    {"system:aggregate-to-view", kRead, "autoscaling",
     "horizontalpodautoscalers horizontalpodautoscalers/status"},
    {"system:aggregate-to-view", kRead, "batch", "cronjobs cronjobs/status jobs jobs/status"},
    {"system:aggregate-to-view", kRead, "extensions",
     "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses "
     "ingresses/status networkpolicies replicasets replicasets/scale replicasets/status "
     "replicationcontrollers/scale"},
    {"system:aggregate-to-view", kRead, "policy", "poddisruptionbudgets poddisruptionbudgets/status"},
    {"system:aggregate-to-view", kRead, "networking.k8s.io", "ingresses ingresses/status networkpolicies"},
    {"system:aggregate-to-view", kRead, "resource.k8s.io",
     "resourceclaims resourceclaims/status resourceclaimtemplates"},
    {"system:basic-user", "create", "authorization.k8s.io",
     "selfsubjectaccessreviews selfsubjectrulesreviews"},
    {"system:basic-user", "create", "authentication.k8s.io", "selfsubjectreviews"},
    {"system:discovery", "get", "-",
     "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/"},
    {"system:public-info-viewer", "get", "-", "/healthz /livez /readyz /version /version/"},
});

// A role: to which it is aggregated, and whether it aggregates those for itself. Views before who takes them.
struct RoleRow {
  std::string_view name, aggregate_to;
  bool aggregates = false;
};
constexpr auto kRoles = std::to_array<RoleRow>({
    {"cluster-admin", ""},
    {"system:aggregate-to-admin", "admin"},
    {"system:aggregate-to-edit", "edit"},
    {"system:aggregate-to-view", "view"},
    {"system:basic-user", ""},
    {"system:discovery", ""},
    {"system:public-info-viewer", ""},
    {"view", "edit", true},
    {"edit", "admin", true},
    {"admin", "", true},
});

struct BindingRow {
  std::string_view name, groups;  // of the ClusterRole of that name
};
constexpr auto kBindings = std::to_array<BindingRow>({
    {"cluster-admin", "system:masters"},
    {"system:basic-user", "system:authenticated"},
    {"system:discovery", "system:authenticated"},
    {"system:public-info-viewer", "system:authenticated system:unauthenticated"},
});

std::vector<Symbol> words(std::string_view text) {
  std::vector<Symbol> all;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(' ', from), text.size());
    all.emplace_back(text.substr(from, to - from));
    from = to + 1;
  }
  return all;
}

api::PolicyRule rule_of_row(const RuleRow& row) {
  if (row.group == "-") return {words(row.verbs), {}, {}, {}, words(row.resources), {}};
  return {words(row.verbs), {Symbol(row.group)}, words(row.resources), {}, {}, {}};
}

Symbol aggregation_label(std::string_view to) {
  return "rbac.authorization.k8s.io/aggregate-to-" + std::string(to);
}

void mark_bootstrapped(api::ObjectMeta& meta) {
  meta.labels.edit().set("kubernetes.io/bootstrapping", "rbac-defaults");
  meta.annotations.edit().set("rbac.authorization.kubernetes.io/autoupdate", "true");
}

std::vector<std::shared_ptr<const ClusterRole>> made_roles() {
  std::vector<std::shared_ptr<const ClusterRole>> roles;
  for (const RoleRow& row : kRoles) {
    auto role = std::make_shared<ClusterRole>();
    role->metadata.name = row.name;
    mark_bootstrapped(role->metadata);
    if (!row.aggregate_to.empty())
      role->metadata.labels.edit().set(aggregation_label(row.aggregate_to), "true");
    for (const RuleRow& rule : kRules)
      if (rule.role == row.name) role->rules.push_back(rule_of_row(rule));
    if (row.aggregates) {
      role->aggregation_rule = {{{{{aggregation_label(row.name), "true"}}, {}}}};
      role->rules = aggregated_rules(*role, roles);
    }
    roles.push_back(std::move(role));
    std::ranges::sort(roles, {}, [](const auto& r) { return r->metadata.name.view(); });
  }
  return roles;
}

}  // namespace

const std::vector<std::shared_ptr<const api::Object>>& bootstrap_roles() {
  static const std::vector<std::shared_ptr<const api::Object>> all = [] {
    std::vector<std::shared_ptr<const api::Object>> objects;
    for (const auto& role : made_roles()) objects.push_back(role);
    for (const BindingRow& row : kBindings) {
      auto binding = std::make_shared<ClusterRoleBinding>();
      binding->metadata.name = row.name;
      mark_bootstrapped(binding->metadata);
      binding->role_ref = {api::kRbacGroup, "ClusterRole", row.name};
      for (const Symbol group : words(row.groups))
        binding->subjects.push_back({"Group", api::kRbacGroup, group, {}});
      objects.push_back(std::move(binding));
    }
    return objects;
  }();
  return all;
}

}  // namespace seatrial::cluster
