#include "sim/scenario/environments/facts.h"

#include <algorithm>

#include "sim/api/core.h"
#include "sim/api/kinds.h"

namespace seatrial::scenario::environments {
namespace {

const char* const kNameLabel = "kubernetes.io/metadata.name";

void add_namespace(Facts& facts, const NamespaceFolder& folder) {
  facts.folders[folder.name] = &folder;
  facts.accounts.emplace(folder.name, "default");
  for (const api::ManifestObject& item : folder.objects) {
    const api::Object& object = *item.object;
    const ObjectKey key{object.metadata.namespace_, object.metadata.name};
    if (object.kind == api::Kind::kNamespace) {
      facts.labels[object.metadata.name] = *object.metadata.labels;
    } else if (object.kind == api::Kind::kSecret) {
      facts.secrets.insert(key);
    } else if (object.kind == api::Kind::kServiceAccount) {
      facts.accounts.insert(key);
    } else if (is_kind(item, "Certificate", "cert-manager.io")) {
      facts.secrets.emplace(folder.name, text_at(*item.document, "spec.secretName"));
    } else if (is_kind(item, "ExternalSecret", "external-secrets.io")) {
      const api::Symbol target = text_at(*item.document, "spec.target.name");
      facts.secrets.emplace(folder.name, target.empty() ? object.metadata.name : target);
    } else if (is_kind(item, "Role", "rbac.authorization.k8s.io")) {
      facts.roles.insert(key);
    } else if (is_kind(item, "RoleBinding", "rbac.authorization.k8s.io")) {
      for (const Subject& subject : binding_of(item).subjects) {
        const bool signs_in =
            subject.kind == "Group" && subject.name.view().starts_with(facts.conventions.group_prefix.view());
        if (signs_in) facts.teams[subject.name].insert(folder.name);
      }
    }
  }
}

// Nobody knows the keys of a Secret of which one maker does not say them all.
void add_secret_keys(Facts& facts, const NamespaceFolder& folder, std::set<ObjectKey>& open) {
  for (const cloud::terraform::MadeObject& made : folder.plan.objects) {
    if (made.kind != "Secret") continue;
    const ObjectKey key{made.namespace_, made.name};
    if (made.has_open_keys || made.filled_elsewhere || !made.has_known_name || !made.sure) open.insert(key);
    for (const cloud::terraform::SecretKey& of_secret : made.keys)
      facts.secret_keys[key].insert(of_secret.key);
  }
  for (const api::ManifestObject& item : folder.objects) {
    const api::Object& object = *item.object;
    if (object.kind == api::Kind::kSecret) open.emplace(object.metadata.namespace_, object.metadata.name);
  }
}

void add_terraform(Facts& facts, const NamespaceFolder& folder) {
  for (const cloud::terraform::MadeObject& made : folder.plan.objects) {
    const ObjectKey key{made.namespace_, made.name};
    if (made.kind == "Secret") {
      facts.secrets.insert(key);
      if (!made.has_known_name) facts.open_secrets.push_back(key);
    } else if (made.kind == "ServiceAccount") {
      facts.accounts.insert(key);
    } else if (made.kind == "Role") {
      facts.roles.insert(key);
    }
  }
}

}  // namespace

api::Symbol text_at(const api::Value& document, std::string_view path) {
  const api::Value* at = &document;
  while (at && !path.empty()) {
    const std::size_t dot = path.find('.');
    at = at->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at && at->is_string() ? api::Symbol(at->text) : api::Symbol();
}

bool is_kind(const api::ManifestObject& item, std::string_view kind, std::string_view group) {
  return api::kind_name(*item.object) == kind && api::group_of(*item.object) == group;
}

Binding binding_of(const api::ManifestObject& item) {
  const api::Value& document = *item.document;
  Binding binding;
  binding.name = item.object->metadata.name;
  binding.where = item.object->source;
  binding.role_kind = text_at(document, "roleRef.kind");
  binding.role_name = text_at(document, "roleRef.name");
  binding.role_where = document.position_of("roleRef.name");
  const api::Value* const subjects = document.find("subjects");
  if (!subjects) return binding;
  for (const api::Value& subject : subjects->list) {
    binding.subjects.push_back(
        {text_at(subject, "kind"), text_at(subject, "name"), text_at(subject, "namespace"), subject.where});
  }
  return binding;
}

bool may_be_made(const Facts& facts, const ObjectKey& secret) {
  return std::ranges::any_of(facts.open_secrets, [&](const ObjectKey& open) {
    return cloud::terraform::matches_placeholders(secret.first.view(), open.first.view()) &&
           cloud::terraform::matches_placeholders(secret.second.view(), open.second.view());
  });
}

Facts facts_of(const ClusterFolder& cluster, const Conventions& conventions, const Platform* platform) {
  Facts facts{conventions, cluster, platform, {}, {}, {}, {}, {}, {}, {}, {}};
  for (const PlatformNamespace& space : conventions.namespaces) {
    facts.labels[space.name] = space.labels;
    facts.labels[space.name].set(kNameLabel, space.name);
  }
  for (const NamespaceFolder& folder : cluster.namespaces) add_namespace(facts, folder);
  for (const NamespaceFolder& folder : cluster.namespaces) add_terraform(facts, folder);
  std::set<ObjectKey> open;
  for (const NamespaceFolder& folder : cluster.namespaces) add_secret_keys(facts, folder, open);
  for (const ObjectKey& key : open) facts.secret_keys.erase(key);
  for (auto& [name, labels] : facts.labels) labels.set(kNameLabel, name);
  return facts;
}

}  // namespace seatrial::scenario::environments
