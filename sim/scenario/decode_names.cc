// Manifests, and the names of objects in them.
#include <algorithm>
#include <array>

#include "sim/api/kinds.h"
#include "sim/scenario/decode.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {
namespace {

void append_parsed(const Reader& at, const std::string& path, std::vector<Manifest>& all) {
  const auto text = at.decoding().files.read(path);
  if (!text) {
    at.problem(text.error());
    return;
  }
  api::Manifests parsed = api::parse_manifests(*text, path);
  std::ranges::move(parsed.problems, std::back_inserter(at.decoding().problems));
  std::ranges::move(parsed.objects, std::back_inserter(all));
}

void append_path(const Reader& at, const std::string& path, std::vector<Manifest>& all) {
  const FileSource& files = at.decoding().files;
  if (!files.is_folder(path)) return append_parsed(at, path, all);
  const auto inside = files.manifests_in(path);
  if (!inside) return at.problem(inside.error());
  if (inside->empty()) at.problem("no .yaml, .yml or .json file lies directly in \"" + path + "\"");
  for (const std::string& file : *inside) append_parsed(at, file, all);
}

bool is_namespaced(const api::Object& object) {
  return object.kind == api::Kind::kUnstructured || api::info(object).namespaced;
}

// The object itself, or a Job that this CronJob makes: NAME-MINUTES.
bool stands_for(const api::Object& object, api::Kind kind, std::string_view name) {
  const std::string_view own = object.metadata.name.view();
  if (object.kind == kind) return own == name;
  if (object.kind != api::Kind::kCronJob || kind != api::Kind::kJob) return false;
  if (!name.starts_with(own) || name.size() < own.size() + 2 || name[own.size()] != '-') return false;
  return name.find_first_not_of("0123456789", own.size() + 1) == std::string_view::npos;
}

std::string kind_word(api::Kind kind) { return std::string(api::info(kind).singular); }

}  // namespace

std::vector<Manifest> read_manifests(const Reader& paths, api::Symbol default_namespace) {
  std::vector<Manifest> all;
  for (const Reader& at : paths.items_or_one()) {
    const std::string name = at.text();
    if (!name.empty()) append_path(at, path_beside(at.decoding().file, name), all);
  }
  for (Manifest& manifest : all) {
    if (!manifest.namespace_.empty() || !is_namespaced(*manifest.object)) continue;
    const auto copy = api::info(*manifest.object).clone(*manifest.object);
    copy->metadata.namespace_ = default_namespace;
    manifest.object = copy;
  }
  return all;
}

void Inventory::add(const Manifest& manifest) { objects_.push_back(manifest.object); }

bool Inventory::has(const ObjectName& name) const {
  if (incomplete) return true;
  return std::ranges::any_of(objects_, [&](const api::ObjectPtr& object) {
    return stands_for(*object, name.kind, name.name.view()) && object->metadata.namespace_ == name.namespace_;
  });
}

api::Symbol Inventory::namespace_of(const Reader& at, api::Kind kind, const std::string& name) const {
  std::set<api::Symbol> namespaces;
  std::vector<std::string> names;
  for (const api::ObjectPtr& object : objects_) {
    if (object->kind == kind) names.push_back(object->metadata.name.str());
    if (stands_for(*object, kind, name)) namespaces.insert(object->metadata.namespace_);
  }
  if (namespaces.size() == 1) return *namespaces.begin();
  if (namespaces.empty() && incomplete) return {};
  if (namespaces.empty()) {
    at.problem("no " + kind_word(kind) + " \"" + name + "\" is applied" + did_you_mean(name, names));
  } else {
    at.problem("several namespaces have a " + kind_word(kind) + " \"" + name +
               "\": say which with \"namespace\"");
  }
  return {};
}

std::optional<ObjectName> read_object_name(const Reader& at, const Reader& namespace_,
                                           const Inventory& inventory) {
  const std::string text = at.text();
  if (text.empty()) return std::nullopt;
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash + 1 == text.size()) {
    at.problem("expected KIND/NAME, such as deployment/my-application, got \"" + text + "\"");
    return std::nullopt;
  }
  const api::KindInfo* const info = api::find_kind_by_resource(text.substr(0, slash));
  if (!info || info->kind == api::Kind::kUnstructured) {
    at.problem("the server doesn't have a resource type \"" + text.substr(0, slash) + "\"");
    return std::nullopt;
  }
  ObjectName name{info->kind, {}, text.substr(slash + 1)};
  if (namespace_) name.namespace_ = namespace_.text();
  // Controllers make these during the run, under names that no manifest knows; the platform has classes.
  using api::Kind;
  static constexpr std::array kGenerated = {Kind::kPod, Kind::kReplicaSet, Kind::kPersistentVolumeClaim,
                                            Kind::kPersistentVolume, Kind::kStorageClass};
  const bool generated = std::ranges::count(kGenerated, name.kind) > 0;
  if (name.namespace_.empty() && info->namespaced && !generated) {
    name.namespace_ = inventory.namespace_of(at, name.kind, name.name.str());
  } else if (!generated && !inventory.has(name)) {
    at.problem("no " + text + " is applied" +
               (name.namespace_.empty() ? "" : " in namespace \"" + name.namespace_.str() + "\""));
  }
  return name;
}

}  // namespace seatrial::scenario
