#include "sim/scenario/environments/findings/secret_references.h"

#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/scenario/environments/facts.h"

namespace seatrial::scenario::environments {
namespace {

constexpr std::array<std::string_view, 9> kUsersOfSecrets{"Pod",         "Deployment", "ReplicaSet",
                                                          "StatefulSet", "DaemonSet",  "Job",
                                                          "CronJob",     "Ingress",    "ServiceAccount"};

class ReferenceWalk {
 public:
  ReferenceWalk(api::Symbol name_space, std::string user, std::vector<SecretReference>& found)
      : namespace_(name_space), user_(std::move(user)), found_(found) {}

  void walk(const api::Value& value) {
    for (const api::Value& item : value.list) walk(item);
    for (const api::MapEntry& entry : value.map) {
      const std::string_view field = entry.first.view();
      if (field == "secretKeyRef" || field == "secretRef")
        add(entry.second, "name");
      else if (field == "secret")
        add(entry.second, entry.second.find("secretName") ? "secretName" : "name");
      else if (field == "imagePullSecrets")
        for (const api::Value& item : entry.second.list) add(item, "name");
      else if (field == "tls")
        for (const api::Value& item : entry.second.list) add(item, "secretName");
      else
        walk(entry.second);
    }
  }

 private:
  void add(const api::Value& reference, std::string_view field) {
    const api::Value* const optional = reference.find("optional");
    const api::Symbol secret = text_at(reference, field);
    if (secret.empty() || (optional && optional->integer == 1)) return;
    found_.push_back(
        {namespace_, secret, text_at(reference, "key"), user_, reference.position_of(field), false});
  }

  api::Symbol namespace_;
  std::string user_;
  std::vector<SecretReference>& found_;
};

bool uses_secrets(std::string_view kind) {
  return std::ranges::find(kUsersOfSecrets, kind) != kUsersOfSecrets.end();
}

}  // namespace

std::vector<SecretReference> secret_references_of(const NamespaceFolder& folder) {
  std::vector<SecretReference> found;
  for (const api::ManifestObject& item : folder.objects) {
    const std::string_view kind = api::kind_name(*item.object);
    if (!uses_secrets(kind)) continue;
    const std::string user = std::string(kind) + " " + item.object->metadata.name.str();
    ReferenceWalk(folder.name, user, found).walk(*item.document);
  }
  for (const cloud::terraform::MadeObject& made : folder.plan.objects) {
    if (!uses_secrets(made.kind.view()) || made.kind == "ServiceAccount") continue;
    const std::string user = made.kind.str() + " " + made.name.str();
    ReferenceWalk(made.namespace_, user, found).walk(cloud::terraform::document_of(made));
  }
  for (const cloud::terraform::SecretRead& read : folder.plan.secrets_read)
    found.push_back({read.namespace_, read.name, {}, read.address.str(), read.source, true});
  return found;
}

}  // namespace seatrial::scenario::environments
