#include "sim/scenario/access_review.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/cluster/bootstrap_roles.h"
#include "sim/cluster/role_aggregation.h"

namespace seatrial::scenario {

using api::ClusterRole;
using api::Kind;

namespace {

constexpr std::array kAccessKinds{Kind::kRole, Kind::kClusterRole, Kind::kRoleBinding,
                                  Kind::kClusterRoleBinding};

void put(cluster::Store& store, const api::Object& object) {
  const auto copy = api::info(object).clone(object);
  const api::ObjectRef known = store.find(object);
  copy->index = known.valid() ? known.index : store.next_index(object.kind);
  if (known.valid())
    store.replace(copy);
  else
    store.insert(copy);
}

std::vector<std::shared_ptr<const ClusterRole>> cluster_roles(const cluster::Store& store) {
  std::vector<std::shared_ptr<const ClusterRole>> roles;
  for (const api::ObjectPtr& object : store.list(Kind::kClusterRole))
    roles.push_back(api::as<ClusterRole>(object));
  return roles;
}

// Whether there was something to do.
bool aggregate_once(cluster::Store& store) {
  bool changed = false;
  const auto roles = cluster_roles(store);
  for (const auto& role : roles) {
    if (!role->aggregation_rule) continue;
    auto rules = cluster::aggregated_rules(*role, roles);
    if (rules == role->rules) continue;
    const auto next = api::clone(*role);
    next->rules = std::move(rules);
    store.replace(next);
    changed = true;
  }
  return changed;
}

}  // namespace

cluster::Store access_store(const std::vector<api::ObjectPtr>& objects) {
  cluster::Store store;
  for (const auto& object : cluster::bootstrap_roles()) put(store, *object);
  for (const api::ObjectPtr& object : objects)
    if (std::ranges::count(kAccessKinds, object->kind) > 0) put(store, *object);
  // Roles that aggregate each other take from each other for as many rounds as there are roles, at most.
  for (std::size_t round = 0; round <= store.count(Kind::kClusterRole) && aggregate_once(store); ++round) {
  }
  return store;
}

namespace {

constexpr std::array<std::string_view, 16> kResourceVerbs{
    "get", "list", "watch",       "create", "update",  "patch", "delete",   "deletecollection",
    "use", "bind", "impersonate", "*",      "approve", "sign",  "escalate", "attest"};
constexpr std::array<std::string_view, 8> kPathVerbs{"get",   "put",     "post",   "head",
                                                     "patch", "options", "delete", "*"};

// What the API server has and no kind of sim/api stands for: kubectl api-resources, v1.36.
struct OtherResource {
  std::string_view plural, short_name, group;
  bool namespaced;
};
constexpr auto kOtherResources = std::to_array<OtherResource>({
    {"bindings", "", "", true},
    {"componentstatuses", "cs", "", false},
    {"endpoints", "ep", "", true},
    {"podtemplates", "", "", true},
    {"replicationcontrollers", "rc", "", true},
    {"mutatingadmissionpolicies", "", "admissionregistration.k8s.io", false},
    {"mutatingadmissionpolicybindings", "", "admissionregistration.k8s.io", false},
    {"validatingadmissionpolicies", "", "admissionregistration.k8s.io", false},
    {"validatingadmissionpolicybindings", "", "admissionregistration.k8s.io", false},
    {"customresourcedefinitions", "crds", "apiextensions.k8s.io", false},
    {"apiservices", "", "apiregistration.k8s.io", false},
    {"selfsubjectreviews", "", "authentication.k8s.io", false},
    {"tokenreviews", "", "authentication.k8s.io", false},
    {"localsubjectaccessreviews", "", "authorization.k8s.io", true},
    {"selfsubjectaccessreviews", "", "authorization.k8s.io", false},
    {"selfsubjectrulesreviews", "", "authorization.k8s.io", false},
    {"subjectaccessreviews", "", "authorization.k8s.io", false},
    {"certificatesigningrequests", "csr", "certificates.k8s.io", false},
    {"flowschemas", "", "flowcontrol.apiserver.k8s.io", false},
    {"prioritylevelconfigurations", "", "flowcontrol.apiserver.k8s.io", false},
    {"ingressclasses", "", "networking.k8s.io", false},
    {"ipaddresses", "ip", "networking.k8s.io", false},
    {"servicecidrs", "", "networking.k8s.io", false},
    {"runtimeclasses", "", "node.k8s.io", false},
    {"deviceclasses", "", "resource.k8s.io", false},
    {"resourceclaims", "", "resource.k8s.io", true},
    {"resourceclaimtemplates", "", "resource.k8s.io", true},
    {"resourceslices", "", "resource.k8s.io", false},
    {"csidrivers", "", "storage.k8s.io", false},
    {"csistoragecapacities", "", "storage.k8s.io", true},
    {"volumeattachments", "", "storage.k8s.io", false},
    {"volumeattributesclasses", "vac", "storage.k8s.io", false},
});

const OtherResource* other_resource(std::string_view name) {
  const auto* const found = std::ranges::find_if(kOtherResources, [&](const OtherResource& other) {
    return name == other.plural || (!other.short_name.empty() && name == other.short_name);
  });
  return found == kOtherResources.end() ? nullptr : found;
}

void warn_of_scope(const cluster::Attributes& what, std::vector<std::string>& warnings) {
  if (what.namespace_.empty()) return;
  warnings.push_back("resource '" + what.resource + "' is not namespace scoped" +
                     (what.group.empty() ? "" : " in group '" + what.group + "'"));
}

template <class Known>
void check_verb(const std::string& verb, const Known& known, std::vector<std::string>& warnings) {
  if (std::ranges::find(known, verb) == known.end())
    warnings.push_back("verb '" + verb + "' is not a known verb");
}

}  // namespace

AskedAccess asked_access(const AccessQuestion& question) {
  AskedAccess asked;
  cluster::Attributes& what = asked.what;
  what.verb = question.verb;
  if (question.resource.starts_with('/')) {
    check_verb(what.verb, kPathVerbs, asked.warnings);
    what.path = question.resource;
    return asked;
  }
  check_verb(what.verb, kResourceVerbs, asked.warnings);
  const std::size_t slash = std::min(question.resource.find('/'), question.resource.size());
  const std::string resource = question.resource.substr(0, slash);
  what.subresource = question.subresource;
  what.name = slash < question.resource.size() ? question.resource.substr(slash + 1) : "";
  what.namespace_ = question.namespace_;
  if (const api::KindInfo* const kind = api::find_kind_by_resource(resource)) {
    what.group = kind->group();
    what.resource = kind->plural;
    const bool is_namespace = kind->kind == Kind::kNamespace && !what.name.empty();
    if (is_namespace && !question.namespace_given) what.namespace_ = what.name;
    if (!kind->namespaced && !is_namespace) warn_of_scope(what, asked.warnings);
    return asked;
  }
  if (const OtherResource* const other = other_resource(resource)) {
    what.group = other->group;
    what.resource = other->plural;
    if (!other->namespaced) warn_of_scope(what, asked.warnings);
    return asked;
  }
  // A custom resource has a group; what it is called is not known here.
  const std::size_t dot = resource.find('.');
  what.resource = resource.substr(0, dot);
  if (dot != std::string::npos) what.group = resource.substr(dot + 1);
  const bool is_known = resource == "*" || resource == "users" || resource == "groups";
  if (!is_known && dot == std::string::npos)
    asked.warnings.push_back("the server doesn't have a resource type '" + resource + "'");
  return asked;
}

cluster::Identity who_asks(const Access& access, const std::string& as,
                           const std::vector<std::string>& groups) {
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (as.empty() && groups.empty())
    return access.default_user ? *access.default_user
                               : cluster::Identity{"admin", {"system:masters"}, nullptr};
  if (!groups.empty()) return user_with(access, as, {groups.begin(), groups.end()});
  const std::size_t colon = as.find(':', kAccount.size());
  if (as.starts_with(kAccount) && colon != std::string::npos)
    return cluster::service_account(as.substr(kAccount.size(), colon - kAccount.size()),
                                    as.substr(colon + 1));
  return user_of(access, as);
}

}  // namespace seatrial::scenario
