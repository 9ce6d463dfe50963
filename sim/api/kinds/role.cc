// Role and ClusterRole (rbac.authorization.k8s.io/v1).
#include <tuple>

#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/rbac.h"

namespace seatrial::api {
namespace {

const char* const kRoleSchema = R"(
Role: apiVersion string, kind string, metadata ObjectMeta, rules []PolicyRule
PolicyRule: verbs []string, apiGroups []string, resources []string, resourceNames []string,
  nonResourceURLs []string
)";

const char* const kClusterRoleSchema = R"(
ClusterRole: apiVersion string, kind string, metadata ObjectMeta, rules []PolicyRule,
  aggregationRule AggregationRule
AggregationRule: clusterRoleSelectors []LabelSelector
)";

}  // namespace

bool PolicyRule::operator==(const PolicyRule& o) const {
  const auto compared = [](const PolicyRule& r) {
    return std::tie(r.verbs, r.api_groups, r.resources, r.resource_names, r.non_resource_urls);
  };
  return compared(*this) == compared(o);
}

template <class V>
void fields(V& v, PolicyRule& r) {
  v("apiGroups", r.api_groups);
  v("nonResourceURLs", r.non_resource_urls);
  v("resourceNames", r.resource_names);
  v("resources", r.resources);
  v.always("verbs", r.verbs);
  if constexpr (V::kDecoding) r.source = v.map().where;
}
template <class V>
void fields(V& v, AggregationRule& r) {
  v("clusterRoleSelectors", r.cluster_role_selectors);
}

template <class V>
void object_fields(V& v, Role& r) {
  v.always("rules", r.rules);
}
template <class V>
void object_fields(V& v, ClusterRole& r) {
  v("aggregationRule", r.aggregation_rule);
  v.always("rules", r.rules);
}

namespace {

// Source: pkg/apis/rbac/validation/validation.go, ValidatePolicyRule.
void validate_rule(Report& report, const Place& at, const PolicyRule& rule, bool namespaced) {
  if (rule.verbs.empty()) report.required(field(at, "verbs"), "verbs must contain at least one value");
  if (!rule.non_resource_urls.empty()) {
    const Place urls = field(at, "nonResourceURLs");
    const Value shown = encode_value(rule.non_resource_urls);
    if (namespaced) report.invalid_json(urls, shown, "namespaced rules cannot apply to non-resource URLs");
    if (!rule.api_groups.empty() || !rule.resources.empty() || !rule.resource_names.empty())
      report.invalid_json(urls, shown, "rules cannot apply to both regular resources and non-resource URLs");
    return;
  }
  if (rule.api_groups.empty())
    report.required(field(at, "apiGroups"), "resource rules must supply at least one api group");
  if (rule.resources.empty())
    report.required(field(at, "resources"), "resource rules must supply at least one resource");
}

void validate_rules(Report& report, const Place& at, const std::vector<PolicyRule>& rules, bool namespaced) {
  for (std::size_t i = 0; i < rules.size(); ++i) validate_rule(report, item(at, i), rules[i], namespaced);
}

Problems validate_role(const Role& role, const Role* old) {
  Report report;
  const Place root, rules = field(root, "rules");
  validate_metadata(report, role, NameRule::kPathSegment, old);
  validate_rules(report, rules, role.rules, true);
  return report.take();
}

Problems validate_cluster_role(const ClusterRole& role, const ClusterRole* old) {
  Report report;
  const Place root, rules = field(root, "rules"), rule = field(root, "aggregationRule"),
                    selectors = field(rule, "clusterRoleSelectors");
  validate_metadata(report, role, NameRule::kPathSegment, old);
  validate_rules(report, rules, role.rules, false);
  if (!role.aggregation_rule) return report.take();
  const auto& all = role.aggregation_rule->cluster_role_selectors;
  if (all.empty())
    report.required(selectors, "at least one clusterRoleSelector required if aggregationRule is non-nil");
  for (std::size_t i = 0; i < all.size(); ++i) validate_label_selector(report, item(selectors, i), all[i]);
  return report.take();
}

}  // namespace

const KindCode& role_code() {
  static const KindCode code = kind_code<Role, no_defaults<Role>, validate_role>(kRoleSchema);
  return code;
}
const KindCode& cluster_role_code() {
  static const KindCode code =
      kind_code<ClusterRole, no_defaults<ClusterRole>, validate_cluster_role>(kClusterRoleSchema);
  return code;
}

}  // namespace seatrial::api
