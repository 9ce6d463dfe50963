// An informer's cache: what one process believes the cluster to be. It holds the store's own immutable
// versions, as the watch delivered them, with the indexes that controllers need.
#pragma once

#include <array>
#include <unordered_map>
#include <vector>

#include "sim/cluster/namespaced_name.h"
#include "sim/cluster/watch.h"

namespace seatrial::cluster {

class Cache {
 public:
  // Takes in a change; returns the version that it replaces (null if none).
  api::ObjectPtr apply(const WatchEvent& change);

  template <class T>
  std::shared_ptr<const T> get(api::Key<T::kKind> key) const {
    return std::static_pointer_cast<const T>(get(api::ObjectRef{T::kKind, key.index}));
  }
  api::ObjectPtr get(api::ObjectRef ref) const;
  template <class T>
  std::shared_ptr<const T> find(api::Symbol namespace_, api::Symbol name) const {
    return std::static_pointer_cast<const T>(find(T::kKind, namespace_, name));
  }
  api::ObjectPtr find(api::Kind kind, api::Symbol namespace_, api::Symbol name) const;

  // Indexes of the live objects of a kind, ascending (so in order of creation).
  const std::vector<std::uint32_t>& in_namespace(api::Kind kind, api::Symbol namespace_) const;
  const std::vector<std::uint32_t>& controlled_by(api::Kind kind, api::Uid owner) const;
  // Those that name it as an owner that is not their controller.
  const std::vector<std::uint32_t>& owned_by(api::Kind kind, api::Uid owner) const;
  // Those of a namespace without a controller reference: candidates for adoption.
  const std::vector<std::uint32_t>& orphans(api::Kind kind, api::Symbol namespace_) const;
  const std::vector<api::ObjectPtr>& all(api::Kind kind) const {
    return objects_[static_cast<std::size_t>(kind)];
  }

  // The newest resourceVersion seen of a kind.
  std::uint64_t latest_version(api::Kind kind) const { return latest_[static_cast<std::size_t>(kind)]; }

 private:
  using Indexes = std::vector<std::uint32_t>;
  void add_to_indexes(const api::Object& object);
  void remove_from_indexes(const api::Object& object);

  std::array<std::vector<api::ObjectPtr>, api::kKindCount> objects_;
  std::array<std::uint64_t, api::kKindCount> latest_{};
  struct UidHash {
    std::size_t operator()(const api::Uid& uid) const { return uid.low; }
  };
  // Looked up, never iterated, all of them.
  std::array<std::unordered_map<api::Symbol, Indexes, SymbolHash>, api::kKindCount> namespaces_, orphans_;
  std::array<std::unordered_map<api::Uid, Indexes, UidHash>, api::kKindCount> controllers_, owners_;
  // Of kinds whose names are unique.
  std::array<std::unordered_map<NamespacedName, std::uint32_t, NamespacedNameHash>, api::kKindCount> names_;
};

}  // namespace seatrial::cluster
