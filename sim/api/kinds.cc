#include "sim/api/kinds.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

#include "sim/api/builtin_kinds.h"
#include "sim/api/cause_order.h"
#include "sim/api/codec.h"
#include "sim/api/fields_core.h"
#include "sim/api/kinds/table.h"
#include "sim/api/schema.h"
#include "sim/api/unstructured.h"

namespace seatrial::api {
namespace {

const std::array<KindInfo, kKindCount>& table() {
  // clang-format off
  static const std::array<KindInfo, kKindCount> rows{{
    // kind                     name                  plural                 singular              short     api version               namespaced, simulated
    {Kind::kNamespace,          "Namespace",          "namespaces",          "namespace",          "ns",     "v1",                     false, true,  namespace_code()},
    {Kind::kNode,               "Node",               "nodes",               "node",               "no",     "v1",                     false, true,  node_code()},
    {Kind::kPod,                "Pod",                "pods",                "pod",                "po",     "v1",                     true,  true,  pod_code()},
    {Kind::kReplicaSet,         "ReplicaSet",         "replicasets",         "replicaset",         "rs",     "apps/v1",                true,  true,  replica_set_code()},
    {Kind::kDeployment,         "Deployment",         "deployments",         "deployment",         "deploy", "apps/v1",                true,  true,  deployment_code()},
    {Kind::kStatefulSet,        "StatefulSet",        "statefulsets",        "statefulset",        "sts",    "apps/v1",                true,  true,  stateful_set_code()},
    {Kind::kDaemonSet,          "DaemonSet",          "daemonsets",          "daemonset",          "ds",     "apps/v1",                true,  true,  daemon_set_code()},
    {Kind::kControllerRevision, "ControllerRevision", "controllerrevisions", "controllerrevision", "",       "apps/v1",                true,  true,  controller_revision_code()},
    {Kind::kService,            "Service",            "services",            "service",            "svc",    "v1",                     true,  true,  service_code()},
    {Kind::kEndpointSlice,      "EndpointSlice",      "endpointslices",      "endpointslice",      "",       "discovery.k8s.io/v1",    true,  true,  endpoint_slice_code()},
    {Kind::kIngress,            "Ingress",            "ingresses",           "ingress",            "ing",    "networking.k8s.io/v1",   true,  true,  ingress_code()},
    {Kind::kConfigMap,          "ConfigMap",          "configmaps",          "configmap",          "cm",     "v1",                     true,  true,  config_map_code()},
    {Kind::kSecret,             "Secret",             "secrets",             "secret",             "",       "v1",                     true,  true,  secret_code()},
    {Kind::kServiceAccount,     "ServiceAccount",     "serviceaccounts",     "serviceaccount",     "sa",     "v1",                     true,  true,  service_account_code()},
    {Kind::kResourceQuota,      "ResourceQuota",      "resourcequotas",      "resourcequota",      "quota",  "v1",                     true,  true,  resource_quota_code()},
    {Kind::kLimitRange,         "LimitRange",         "limitranges",         "limitrange",         "limits", "v1",                     true,  true,  limit_range_code()},
    {Kind::kJob,                "Job",                "jobs",                "job",                "",       "batch/v1",               true,  true,  job_code()},
    {Kind::kCronJob,            "CronJob",            "cronjobs",            "cronjob",            "cj",     "batch/v1",               true,  true,  cron_job_code()},
    {Kind::kEvent,              "Event",              "events",              "event",              "ev",     "v1",                     true,  true,  event_code()},
    {Kind::kLease,              "Lease",              "leases",              "lease",              "",       "coordination.k8s.io/v1", true,  true,  lease_code()},
    {Kind::kPodDisruptionBudget,"PodDisruptionBudget","poddisruptionbudgets","poddisruptionbudget","pdb",    "policy/v1",              true,  true,  pod_disruption_budget_code()},
    {Kind::kHorizontalPodAutoscaler,"HorizontalPodAutoscaler","horizontalpodautoscalers","horizontalpodautoscaler","hpa","autoscaling/v2",       true,  true,  horizontal_pod_autoscaler_code()},
    {Kind::kPriorityClass,      "PriorityClass",      "priorityclasses",     "priorityclass",      "pc",     "scheduling.k8s.io/v1",   false, true,  priority_class_code()},
    {Kind::kNetworkPolicy,      "NetworkPolicy",      "networkpolicies",    "networkpolicy",      "netpol", "networking.k8s.io/v1",   true,  true,  network_policy_code()},
    {Kind::kValidatingWebhookConfiguration, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "validatingwebhookconfiguration", "", "admissionregistration.k8s.io/v1", false, true, validating_webhook_configuration_code()},
    {Kind::kMutatingWebhookConfiguration, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", "", "admissionregistration.k8s.io/v1", false, true, mutating_webhook_configuration_code()},
    {Kind::kPersistentVolume,   "PersistentVolume",   "persistentvolumes",   "persistentvolume",   "pv",     "v1",                     false, true,  persistent_volume_code()},
    {Kind::kPersistentVolumeClaim,"PersistentVolumeClaim","persistentvolumeclaims","persistentvolumeclaim","pvc","v1",               true,  true,  persistent_volume_claim_code()},
    {Kind::kStorageClass,       "StorageClass",       "storageclasses",      "storageclass",       "sc",     "storage.k8s.io/v1",      false, true,  storage_class_code()},
    {Kind::kCsiNode,            "CSINode",            "csinodes",            "csinode",            "",       "storage.k8s.io/v1",      false, true,  csi_node_code()},
    {Kind::kUnstructured,       "",                   "",                    "",                   "",       "",                       true,  false, unstructured_code()},
    {Kind::kRole,               "Role",               "roles",              "role",               "",       "rbac.authorization.k8s.io/v1", true,  true, role_code()},
    {Kind::kClusterRole,        "ClusterRole",        "clusterroles",       "clusterrole",        "",       "rbac.authorization.k8s.io/v1", false, true, cluster_role_code()},
    {Kind::kRoleBinding,        "RoleBinding",        "rolebindings",       "rolebinding",        "",       "rbac.authorization.k8s.io/v1", true,  true, role_binding_code()},
    {Kind::kClusterRoleBinding, "ClusterRoleBinding", "clusterrolebindings","clusterrolebinding", "",       "rbac.authorization.k8s.io/v1", false, true, cluster_role_binding_code()},
    {Kind::kAdminNetworkPolicy, "AdminNetworkPolicy", "adminnetworkpolicies", "adminnetworkpolicy", "anp", "policy.networking.k8s.io/v1alpha1", false, true, admin_network_policy_code()},
    {Kind::kBaselineAdminNetworkPolicy, "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies", "baselineadminnetworkpolicy", "banp", "policy.networking.k8s.io/v1alpha1", false, true, baseline_admin_network_policy_code()},
    {Kind::kCalicoNetworkPolicy, "NetworkPolicy", "networkpolicies", "networkpolicy", "cnp,caliconetworkpolicy", "projectcalico.org/v3", true, true, calico_network_policy_code()},
    {Kind::kGlobalNetworkPolicy, "GlobalNetworkPolicy", "globalnetworkpolicies", "globalnetworkpolicy", "gnp,cgnp", "projectcalico.org/v3", false, true, global_network_policy_code()},
    {Kind::kTier,               "Tier",               "tiers",               "tier",               "",       "projectcalico.org/v3",   false, true,  tier_code()},
  }};
  // clang-format on
  return rows;
}

bool is_short_name(std::string_view short_names, std::string_view name) {
  while (!short_names.empty()) {
    const std::size_t comma = short_names.find(',');
    if (short_names.substr(0, comma) == name) return true;
    short_names = comma == std::string_view::npos ? std::string_view() : short_names.substr(comma + 1);
  }
  return false;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return result;
}

bool has_bad_request(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& p) { return p.reason == Problem::Reason::kBadRequest; });
}

// Top to bottom as written, so that the list reads along the file.
void sort_by_position(Problems& problems) {
  std::vector<std::tuple<std::int32_t, std::int32_t, std::size_t>> order;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    order.emplace_back(problems[i].where.line, problems[i].where.column, i);
  }
  std::sort(order.begin(), order.end());
  Problems sorted;
  for (const auto& [line, column, i] : order) sorted.push_back(std::move(problems[i]));
  problems = std::move(sorted);
}

// Whether decoding already refused that field or what it stands in.
bool is_known(const Problems& problems, std::size_t count, const std::string& path) {
  return std::any_of(
      problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(count), [&](const Problem& p) {
        return path.starts_with(p.path) && !p.path.empty() &&
               (path.size() == p.path.size() || path[p.path.size()] == '.' || path[p.path.size()] == '[');
      });
}

std::string text_of(const Value& document, std::string_view name) {
  const Value* const value = document.find(name);
  return value && value->is_string() ? value->text : std::string();
}

// What every document needs before its kind can be looked up.
Problems check_type(const Value& document) {
  if (!document.is_map()) {
    return {{document.where, "",
             "couldn't get version/kind; json parse error: json: cannot unmarshal " +
                 std::string(type_name(document.type)) + " into Go value of type struct"}};
  }
  Problems problems;
  for (const char* const name : {"apiVersion", "kind"}) {
    if (text_of(document, name).empty()) {
      const Value* const value = document.find(name);
      problems.push_back({value ? value->where : document.where, name,
                          value && !value->is_string() && !value->is_null()
                              ? "Object '" + std::string(name) + "' must be a string"
                              : "Object '" + std::string(name == std::string_view("kind") ? "Kind" : name) +
                                    "' is missing in the document"});
    }
  }
  return problems;
}

// As kubectl says it.
Problem no_match(const Value& document) {
  const std::string version(text_of(document, "apiVersion")), kind(text_of(document, "kind"));
  const bool version_is_served = !served_kinds(version).empty();
  const char* const field = version_is_served ? "kind" : "apiVersion";
  return {document.find(field)->where, field,
          "no matches for kind \"" + kind + "\" in version \"" + version + "\""};
}

}  // namespace

std::string_view KindCode::type() const {
  const std::string_view text(schema);
  const std::size_t start = std::min(text.find_first_not_of('\n'), text.size());
  return text.substr(start, text.find(':') - start);
}

std::string_view KindInfo::group() const {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

std::string_view KindInfo::version() const {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

std::string KindInfo::qualified_resource() const {
  return group().empty() ? std::string(plural) : std::string(plural) + "." + std::string(group());
}

std::expected<ObjectPtr, Problems> KindInfo::decode(const Value& document) const {
  Problems invalid;
  auto object = decode(document, invalid);
  if (object && !invalid.empty()) return std::unexpected(std::move(invalid));
  return object;
}

std::expected<ObjectPtr, Problems> KindInfo::decode(const Value& document, Problems& invalid) const {
  Problems problems;
  if (simulated) check_schema(code.type(), document, problems);
  Decoded decoded = code.decode(document);
  std::move(decoded.problems.begin(), decoded.problems.end(), std::back_inserter(problems));
  if (has_bad_request(problems)) return std::unexpected(std::move(problems));
  std::move(problems.begin(), problems.end(), std::back_inserter(invalid));
  return decoded.object;
}

Problems KindInfo::validate(const Object& object, const Object* old, Problems found) const {
  Problems others = code.validate(object, old);
  std::erase_if(others, [&](const Problem& problem) { return is_known(found, found.size(), problem.path); });
  return in_order_of_checks(std::move(found), std::move(others));
}

nlohmann::ordered_json KindInfo::encode(const Object& object) const { return to_json(code.encode(object)); }

std::span<const KindInfo> kinds() { return table(); }
const KindInfo& info(Kind kind) { return table()[static_cast<std::size_t>(kind)]; }

const KindInfo* find_kind(std::string_view api_version, std::string_view kind) {
  for (const KindInfo& row : table()) {
    if (row.simulated && row.name == kind && row.api_version == api_version) return &row;
  }
  return nullptr;
}

const KindInfo* find_kind_by_resource(std::string_view resource) {
  const std::string name = lower(resource);
  for (const KindInfo& row : table()) {
    if (!row.simulated) continue;
    if (row.plural == name || row.singular == name || row.qualified_resource() == name) return &row;
    if (!row.short_names.empty() && is_short_name(row.short_names, name)) return &row;
  }
  return nullptr;
}

std::string_view kind_name(const Object& object) {
  if (object.kind != Kind::kUnstructured) return info(object).name;
  return static_cast<const Unstructured&>(object).kind_name.view();
}

std::string_view api_version_of(const Object& object) {
  if (object.kind != Kind::kUnstructured) return info(object).api_version;
  return static_cast<const Unstructured&>(object).api_version.view();
}

std::string_view group_of(const Object& object) {
  const std::string_view version = api_version_of(object);
  const std::size_t slash = version.find('/');
  return slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
}

namespace {

std::string with_group(std::string name, const Object& object) {
  const std::string_view group = group_of(object);
  return group.empty() ? name : name + "." + std::string(group);
}

}  // namespace

std::string qualified_kind(const Object& object) {
  return with_group(std::string(kind_name(object)), object);
}

std::string plural_of(const Object& object) {
  if (object.kind != Kind::kUnstructured) return std::string(info(object).plural);
  std::string name = lower(kind_name(object));
  if (name.ends_with("endpoints")) return name;
  if (name.ends_with('s')) return name + "es";
  if (!name.ends_with('y')) return name + "s";
  name.pop_back();
  return name + "ies";
}

std::string qualified_resource(const Object& object) { return with_group(plural_of(object), object); }

Value document_of(const PodSpec& spec) { return encode_value(spec); }

std::expected<ObjectPtr, Problems> read_object(const Value& document) {
  Problems problems = check_type(document);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  const KindInfo* const known = find_kind(text_of(document, "apiVersion"), text_of(document, "kind"));
  if (!known && !is_served(text_of(document, "apiVersion"), text_of(document, "kind")))
    return std::unexpected(Problems{no_match(document)});
  const KindInfo& kind = known ? *known : info(Kind::kUnstructured);
  if (known) {
    check_schema(kind.code.type(), document, problems);
  } else if (const Value* const metadata = document.find("metadata")) {
    check_schema_of_field("metadata", "ObjectMeta", *metadata, problems);
  }
  Decoded decoded = kind.code.decode(document);
  std::move(decoded.problems.begin(), decoded.problems.end(), std::back_inserter(problems));
  if (!has_bad_request(problems)) {
    kind.default_object(*decoded.object);
    problems = kind.validate(*decoded.object, nullptr, std::move(problems));
    for (Problem& problem : problems) {
      if (problem.where.line == 0) problem.where = document.position_of(problem.path);
    }
  }
  sort_by_position(problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return decoded.object;
}

}  // namespace seatrial::api
