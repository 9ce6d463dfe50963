// What the findings and the inventory ask of a cluster's part of a repository, worked out once: who has which
// labels, which Secrets and accounts somebody makes, which teams there are.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/environments/repository.h"
#include "sim/scenario/platform.h"

namespace seatrial::scenario::environments {

// Namespace and name.
using ObjectKey = std::pair<api::Symbol, api::Symbol>;

struct Subject {
  api::Symbol kind, name, namespace_;
  api::SourcePosition where;
};
struct Binding {  // a RoleBinding or ClusterRoleBinding
  api::Symbol name, role_kind, role_name;
  std::vector<Subject> subjects;
  api::SourcePosition where, role_where;
};

// The text at a path of maps: "roleRef.name"; empty where there is none.
api::Symbol text_at(const api::Value& document, std::string_view path);
// Of a document that is one; the kinds are read as they are written, whatever the API has made of them.
Binding binding_of(const api::ManifestObject& item);
bool is_kind(const api::ManifestObject& item, std::string_view kind, std::string_view group);

struct Facts {
  const Conventions& conventions;
  const ClusterFolder& cluster;
  const Platform* platform = nullptr;  // null: none is given

  std::map<api::Symbol, api::LabelMap> labels;             // of every namespace, the platform's own included
  std::map<api::Symbol, const NamespaceFolder*> folders;   // by namespace
  std::set<ObjectKey> secrets;                             // that a manifest, terraform or an operator makes
  std::map<ObjectKey, std::set<api::Symbol>> secret_keys;  // of those of which all keys are known
  std::vector<ObjectKey> open_secrets;  // that terraform makes, with placeholders for what only it knows
  std::set<ObjectKey> accounts;         // ServiceAccounts; each namespace's "default" as well
  std::set<ObjectKey> roles;
  std::map<api::Symbol, std::set<api::Symbol>>
      teams;  // by group, with the prefix: the namespaces that it may enter
};

// May one of the Secrets whose name or namespace only terraform knows be this one?
bool may_be_made(const Facts& facts, const ObjectKey& secret);

Facts facts_of(const ClusterFolder& cluster, const Conventions& conventions, const Platform* platform);

}  // namespace seatrial::scenario::environments
