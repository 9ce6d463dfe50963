// The objects of a cluster: by dense index, and by kind, namespace and name. Stored versions are immutable
// and shared.
//
// Invariants: an index is never used twice; a name is held by one live object of its kind and namespace.
#pragma once

#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/namespaced_name.h"

namespace seatrial::cluster {

class Store {
 public:
  // Null if there is no such object (any more).
  const api::ObjectPtr& get(api::ObjectRef ref) const;
  template <class T>
  const T* get(api::Key<T::kKind> key) const {
    return static_cast<const T*>(get(api::ObjectRef{T::kKind, key.index}).get());
  }
  api::ObjectRef find(api::Kind kind, api::Symbol namespace_, api::Symbol name) const;  // !valid(): none
  // The stored object that this is another version of: also of kinds that are not simulated, which share one
  // Kind and may share names.
  api::ObjectRef find(const api::Object& like) const;
  template <class T>
  const T* find(api::Symbol namespace_, api::Symbol name) const {
    return static_cast<const T*>(get(find(T::kKind, namespace_, name)).get());
  }
  // All live objects of a kind, sorted by namespace and name; of one namespace if that is not empty.
  std::vector<api::ObjectPtr> list(api::Kind kind, api::Symbol namespace_ = {}) const;
  // Indexes of the live objects of a kind in a namespace, in order of creation.
  const std::vector<std::uint32_t>& in_namespace(api::Kind kind, api::Symbol namespace_) const;
  // In order of creation; holes (null) where objects are gone.
  const std::vector<api::ObjectPtr>& all(api::Kind kind) const {
    return objects_[static_cast<std::size_t>(kind)];
  }
  std::size_t count(api::Kind kind) const { return names_[static_cast<std::size_t>(kind)].size(); }

  // The index that the next insert of that kind gets.
  std::uint32_t next_index(api::Kind kind) const {
    return static_cast<std::uint32_t>(objects_[static_cast<std::size_t>(kind)].size());
  }
  void insert(api::ObjectPtr object);   // REQUIRES: object->index == next_index, name free
  void replace(api::ObjectPtr object);  // REQUIRES: it is stored
  void erase(api::ObjectRef ref);

 private:
  static NamespacedName name_of(const api::Object& object);

  std::array<std::vector<api::ObjectPtr>, api::kKindCount> objects_;
  std::array<std::unordered_map<NamespacedName, std::uint32_t, NamespacedNameHash>, api::kKindCount> names_;
  // Looked up, never iterated.
  std::array<std::unordered_map<api::Symbol, std::vector<std::uint32_t>, SymbolHash>, api::kKindCount>
      namespaces_;
};

}  // namespace seatrial::cluster
