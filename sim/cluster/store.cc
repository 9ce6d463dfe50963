#include "sim/cluster/store.h"

#include <algorithm>
#include <iterator>

#include "sim/api/unstructured.h"
#include "sim/engine/check.h"

namespace seatrial::cluster {

using api::Kind;
using api::ObjectPtr;
using api::ObjectRef;

namespace {
const ObjectPtr kNothing;
std::size_t row(Kind kind) { return static_cast<std::size_t>(kind); }
}  // namespace

NamespacedName Store::name_of(const api::Object& object) {
  if (object.kind != Kind::kUnstructured) return {object.metadata.namespace_, object.metadata.name};
  const auto& other = static_cast<const api::Unstructured&>(object);
  const std::string group = other.api_version.str().substr(0, other.api_version.view().find('/'));
  return {object.metadata.namespace_, group + "/" + other.kind_name.str() + "/" + object.metadata.name.str()};
}

ObjectRef Store::find(const api::Object& like) const {
  const auto& names = names_[row(like.kind)];
  const auto it = names.find(name_of(like));
  return it == names.end() ? ObjectRef{like.kind} : ObjectRef{like.kind, it->second};
}

const ObjectPtr& Store::get(ObjectRef ref) const {
  const auto& objects = objects_[row(ref.kind)];
  return ref.index < objects.size() ? objects[ref.index] : kNothing;
}

ObjectRef Store::find(Kind kind, api::Symbol namespace_, api::Symbol name) const {
  const auto& names = names_[row(kind)];
  const auto it = names.find({namespace_, name});
  return it == names.end() ? ObjectRef{kind} : ObjectRef{kind, it->second};
}

std::vector<ObjectPtr> Store::list(Kind kind, api::Symbol namespace_) const {
  std::vector<ObjectPtr> found;
  if (namespace_.empty()) {
    std::ranges::copy_if(objects_[row(kind)], std::back_inserter(found),
                         [](const ObjectPtr& object) { return object != nullptr; });
  } else {
    for (const std::uint32_t index : in_namespace(kind, namespace_))
      found.push_back(objects_[row(kind)][index]);
  }
  std::ranges::stable_sort(
      found, {}, [](const ObjectPtr& o) { return std::pair(o->metadata.namespace_, o->metadata.name); });
  return found;
}

const std::vector<std::uint32_t>& Store::in_namespace(Kind kind, api::Symbol namespace_) const {
  static const std::vector<std::uint32_t> kNone;
  const auto found = namespaces_[row(kind)].find(namespace_);
  return found == namespaces_[row(kind)].end() ? kNone : found->second;
}

void Store::insert(ObjectPtr object) {
  auto& objects = objects_[row(object->kind)];
  CHECK(object->index == objects.size());
  const bool is_new = names_[row(object->kind)].emplace(name_of(*object), object->index).second;
  CHECK(is_new);
  namespaces_[row(object->kind)][object->metadata.namespace_].push_back(object->index);
  objects.push_back(std::move(object));
}

void Store::replace(ObjectPtr object) {
  auto& slot = objects_[row(object->kind)].at(object->index);
  CHECK(slot != nullptr);
  slot = std::move(object);
}

void Store::erase(ObjectRef ref) {
  auto& slot = objects_[row(ref.kind)].at(ref.index);
  CHECK(slot != nullptr);
  names_[row(ref.kind)].erase(name_of(*slot));
  std::vector<std::uint32_t>& there = namespaces_[row(ref.kind)].at(slot->metadata.namespace_);
  there.erase(std::ranges::lower_bound(there, ref.index));
  slot = nullptr;
}

}  // namespace seatrial::cluster
