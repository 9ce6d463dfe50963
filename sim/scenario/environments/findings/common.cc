#include <array>

#include "sim/api/kinds.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {

std::string_view severity_text(Severity severity) {
  static constexpr std::array<std::string_view, 3> kWords{"info", "warning", "error"};
  return kWords[static_cast<std::size_t>(severity)];
}

std::vector<PolicyItem> policies_of(const NamespaceFolder& folder) {
  std::vector<PolicyItem> policies;
  for (const api::ManifestObject& item : folder.objects) {
    if (item.object->kind == api::Kind::kNetworkPolicy)
      policies.push_back({static_cast<const api::NetworkPolicy*>(item.object.get()), &item});
  }
  return policies;
}

const api::ManifestObject* namespace_object(const NamespaceFolder& folder) {
  for (const api::ManifestObject& item : folder.objects) {
    if (item.object->kind == api::Kind::kNamespace) return &item;
  }
  return nullptr;
}

api::SourcePosition place_of(const NamespaceFolder& folder) {
  if (const api::ManifestObject* const item = namespace_object(folder)) return item->object->source;
  return {api::Symbol(folder.path), 1, 1};
}

std::string name_text(const api::Object& object) {
  return std::string(api::kind_name(object)) + " " + object.metadata.name.str();
}

std::string line_text(api::SourcePosition where, api::SourcePosition beside) {
  return (where.file == beside.file ? "line " : where.file.str() + ":") + std::to_string(where.line);
}

Finding finding_at(const NamespaceFolder& folder, Severity severity, api::SourcePosition where) {
  Finding finding;
  finding.severity = severity;
  finding.cluster = folder.cluster;
  finding.namespace_ = folder.name;
  finding.where = where;
  return finding;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

}  // namespace seatrial::scenario::environments
