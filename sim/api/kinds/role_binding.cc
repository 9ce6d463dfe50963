// RoleBinding and ClusterRoleBinding (rbac.authorization.k8s.io/v1).
#include <array>

#include "sim/api/kinds/kind_code.h"
#include "sim/api/kinds/table.h"
#include "sim/api/rbac.h"

namespace seatrial::api {
namespace {

const char* const kRoleBindingSchema = R"(
RoleBinding: apiVersion string, kind string, metadata ObjectMeta, subjects []Subject, roleRef RoleRef
Subject: kind string, apiGroup string, name string, namespace string
RoleRef: apiGroup string, kind string, name string
)";

const char* const kClusterRoleBindingSchema = R"(
ClusterRoleBinding: apiVersion string, kind string, metadata ObjectMeta, subjects []Subject, roleRef RoleRef
)";

}  // namespace

template <class V>
void fields(V& v, Subject& s) {
  v("apiGroup", s.api_group);
  v("kind", s.kind);
  v.always("name", s.name);
  v("namespace", s.namespace_);
}
template <class V>
void fields(V& v, RoleRef& r) {
  v.always("apiGroup", r.api_group);
  v.always("kind", r.kind);
  v.always("name", r.name);
}

template <class V>
void object_fields(V& v, RoleBinding& b) {
  v.always("roleRef", b.role_ref);
  v("subjects", b.subjects);
}
template <class V>
void object_fields(V& v, ClusterRoleBinding& b) {
  v.always("roleRef", b.role_ref);
  v("subjects", b.subjects);
}

namespace {

// SetDefaults_RoleBinding, SetDefaults_Subject.
template <class Binding>
void default_binding(Binding& binding) {
  if (binding.role_ref.api_group.empty()) binding.role_ref.api_group = kRbacGroup;
  for (Subject& subject : binding.subjects) {
    const bool has_group = subject.kind == Symbol("User") || subject.kind == Symbol("Group");
    if (subject.api_group.empty() && has_group) subject.api_group = kRbacGroup;
  }
}

constexpr std::array kRbacGroups{kRbacGroup};
constexpr std::array kNoGroup{""sv};
constexpr std::array kRoles{"Role"sv, "ClusterRole"sv};
constexpr std::array kClusterRoles{"ClusterRole"sv};
constexpr std::array kSubjectKinds{"ServiceAccount"sv, "User"sv, "Group"sv};

// ValidateRoleBindingSubject.
void validate_subject(Report& report, const Place& at, const Subject& subject, bool namespaced) {
  const Place name = field(at, "name"), group = field(at, "apiGroup");
  if (subject.name.empty()) report.required(name, "");
  if (subject.kind == Symbol("ServiceAccount")) {
    if (!subject.name.empty())
      report.invalid_all(name, subject.name.view(), check_dns1123_subdomain(subject.name.view()));
    if (!subject.api_group.empty()) report.unsupported(group, subject.api_group.view(), kNoGroup);
    if (!namespaced && subject.namespace_.empty()) report.required(field(at, "namespace"), "");
  } else if (contains(kSubjectKinds, subject.kind)) {
    if (subject.api_group.view() != kRbacGroup)
      report.unsupported(group, subject.api_group.view(), kRbacGroups);
  } else {
    report.unsupported(field(at, "kind"), subject.kind.view(), kSubjectKinds);
  }
}

// As the API server's own struct.
Value shown(const RoleRef& ref) {
  Value value = map_value();
  set(value, "APIGroup", text_value(ref.api_group.view()));
  set(value, "Kind", text_value(ref.kind.view()));
  set(value, "Name", text_value(ref.name.view()));
  return value;
}

// Source: pkg/apis/rbac/validation/validation.go.
template <class Binding>
Problems validate_binding(const Binding& binding, const Binding* old) {
  constexpr bool kNamespaced = Binding::kKind == Kind::kRoleBinding;
  Report report;
  const Place root, ref = field(root, "roleRef"), name = field(ref, "name"),
                    subjects = field(root, "subjects");
  const RoleRef& role = binding.role_ref;
  validate_metadata(report, binding, NameRule::kPathSegment, old);
  if (role.api_group.view() != kRbacGroup)
    report.unsupported(field(ref, "apiGroup"), role.api_group.view(), kRbacGroups);
  const std::span<const std::string_view> kinds = kNamespaced
                                                      ? std::span<const std::string_view>(kRoles)
                                                      : std::span<const std::string_view>(kClusterRoles);
  if (!contains(kinds, role.kind)) report.unsupported(field(ref, "kind"), role.kind.view(), kinds);
  if (role.name.empty())
    report.required(name, "");
  else
    report.invalid_all(name, role.name.view(), check_path_segment_name(role.name.view()));
  for (std::size_t i = 0; i < binding.subjects.size(); ++i)
    validate_subject(report, item(subjects, i), binding.subjects[i], kNamespaced);
  if (old && old->role_ref != role) report.invalid_struct(ref, shown(role), "cannot change roleRef");
  return report.take();
}

}  // namespace

const KindCode& role_binding_code() {
  static const KindCode code =
      kind_code<RoleBinding, default_binding<RoleBinding>, validate_binding<RoleBinding>>(kRoleBindingSchema);
  return code;
}
const KindCode& cluster_role_binding_code() {
  static const KindCode code = kind_code<ClusterRoleBinding, default_binding<ClusterRoleBinding>,
                                         validate_binding<ClusterRoleBinding>>(kClusterRoleBindingSchema);
  return code;
}

}  // namespace seatrial::api
