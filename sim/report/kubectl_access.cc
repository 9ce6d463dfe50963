#include "sim/report/kubectl_access.h"

#include "sim/api/time_text.h"
#include "sim/report/format.h"

namespace seatrial::report {
namespace {

// The subjects of a kind; a ServiceAccount with its namespace.
std::string subjects_text(const std::vector<api::Subject>& subjects, std::string_view kind) {
  std::string text;
  for (const api::Subject& subject : subjects) {
    if (subject.kind.view() != kind) continue;
    text += text.empty() ? "" : ", ";
    if (kind == "ServiceAccount") text += subject.namespace_.str() + "/";
    text += subject.name.str();
  }
  return text;
}

std::vector<std::string> binding_cells(const api::RoleRef& ref, const std::vector<api::Subject>& subjects,
                                       Duration age_of_it, bool wide) {
  std::vector<std::string> row{ref.kind.str() + "/" + ref.name.str(), age(age_of_it)};
  if (!wide) return row;
  for (const char* const kind : {"User", "Group", "ServiceAccount"})
    row.push_back(subjects_text(subjects, kind));
  return row;
}

}  // namespace

std::vector<std::string> role_row(const api::Object& object, SimTime, bool) {
  return {api::time_text(object.metadata.creation_timestamp)};
}

std::vector<std::string> role_binding_row(const api::Object& object, SimTime now, bool wide) {
  const Duration age_of_it = now - object.metadata.creation_timestamp;
  if (object.kind == api::Kind::kRoleBinding) {
    const auto& binding = static_cast<const api::RoleBinding&>(object);
    return binding_cells(binding.role_ref, binding.subjects, age_of_it, wide);
  }
  const auto& binding = static_cast<const api::ClusterRoleBinding&>(object);
  return binding_cells(binding.role_ref, binding.subjects, age_of_it, wide);
}

}  // namespace seatrial::report
