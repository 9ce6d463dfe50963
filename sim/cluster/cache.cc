#include "sim/cluster/cache.h"

#include <algorithm>

namespace seatrial::cluster {

using api::Kind;
using api::Object;
using api::ObjectPtr;

namespace {

const std::vector<std::uint32_t> kNone;
std::size_t row_of(Kind kind) { return static_cast<std::size_t>(kind); }

void insert_sorted(std::vector<std::uint32_t>& indexes, std::uint32_t index) {
  const auto at = std::ranges::lower_bound(indexes, index);
  if (at == indexes.end() || *at != index) indexes.insert(at, index);
}

template <class Map, class K>
void erase_sorted(Map& map, const K& key, std::uint32_t index) {
  const auto it = map.find(key);
  if (it == map.end()) return;
  const auto at = std::ranges::lower_bound(it->second, index);
  if (at != it->second.end() && *at == index) it->second.erase(at);
  if (it->second.empty()) map.erase(it);
}

template <class Map, class K>
const std::vector<std::uint32_t>& lookup(const Map& map, const K& key) {
  const auto it = map.find(key);
  return it == map.end() ? kNone : it->second;
}

}  // namespace

ObjectPtr Cache::apply(const WatchEvent& change) {
  const Object& object = *change.object;
  auto& objects = objects_[row_of(object.kind)];
  if (objects.size() <= object.index) objects.resize(object.index + 1);
  ObjectPtr& slot = objects[object.index];
  ObjectPtr old = std::move(slot);
  latest_[row_of(object.kind)] = std::max(latest_[row_of(object.kind)], object.metadata.resource_version);
  if (change.type == ChangeType::kDeleted) {
    if (old) remove_from_indexes(*old);
    slot = nullptr;
    return old;
  }
  slot = change.object;
  if (!old || old->metadata.owner_references != object.metadata.owner_references) {
    if (old) remove_from_indexes(*old);
    add_to_indexes(object);
  }
  return old;
}

ObjectPtr Cache::get(api::ObjectRef ref) const {
  const auto& objects = objects_[row_of(ref.kind)];
  return ref.index < objects.size() ? objects[ref.index] : nullptr;
}

ObjectPtr Cache::find(Kind kind, api::Symbol namespace_, api::Symbol name) const {
  if (kind != Kind::kUnstructured) {
    const auto found = names_[row_of(kind)].find({namespace_, name});
    return found == names_[row_of(kind)].end() ? nullptr : objects_[row_of(kind)][found->second];
  }
  // Several kinds, so several objects may have one name.
  for (const std::uint32_t index : in_namespace(kind, namespace_)) {
    const ObjectPtr& object = objects_[row_of(kind)][index];
    if (object->metadata.name == name) return object;
  }
  return nullptr;
}

const std::vector<std::uint32_t>& Cache::in_namespace(Kind kind, api::Symbol namespace_) const {
  return lookup(namespaces_[row_of(kind)], namespace_);
}
const std::vector<std::uint32_t>& Cache::controlled_by(Kind kind, api::Uid owner) const {
  return lookup(controllers_[row_of(kind)], owner);
}
const std::vector<std::uint32_t>& Cache::owned_by(Kind kind, api::Uid owner) const {
  return lookup(owners_[row_of(kind)], owner);
}
const std::vector<std::uint32_t>& Cache::orphans(Kind kind, api::Symbol namespace_) const {
  return lookup(orphans_[row_of(kind)], namespace_);
}

void Cache::add_to_indexes(const Object& object) {
  if (object.kind != Kind::kUnstructured)
    names_[row_of(object.kind)].insert_or_assign({object.metadata.namespace_, object.metadata.name},
                                                 object.index);
  insert_sorted(namespaces_[row_of(object.kind)][object.metadata.namespace_], object.index);
  if (const api::OwnerReference* owner = object.metadata.controller_ref()) {
    insert_sorted(controllers_[row_of(object.kind)][owner->uid], object.index);
  } else {
    insert_sorted(orphans_[row_of(object.kind)][object.metadata.namespace_], object.index);
  }
  for (const api::OwnerReference& ref : object.metadata.owner_references) {
    if (!ref.controller) insert_sorted(owners_[row_of(object.kind)][ref.uid], object.index);
  }
}

void Cache::remove_from_indexes(const Object& object) {
  const auto named = names_[row_of(object.kind)].find({object.metadata.namespace_, object.metadata.name});
  if (named != names_[row_of(object.kind)].end() && named->second == object.index)
    names_[row_of(object.kind)].erase(named);
  erase_sorted(namespaces_[row_of(object.kind)], object.metadata.namespace_, object.index);
  if (const api::OwnerReference* owner = object.metadata.controller_ref()) {
    erase_sorted(controllers_[row_of(object.kind)], owner->uid, object.index);
  } else {
    erase_sorted(orphans_[row_of(object.kind)], object.metadata.namespace_, object.index);
  }
  for (const api::OwnerReference& ref : object.metadata.owner_references) {
    if (!ref.controller) erase_sorted(owners_[row_of(object.kind)], ref.uid, object.index);
  }
}

}  // namespace seatrial::cluster
