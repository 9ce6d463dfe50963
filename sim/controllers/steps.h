// What several controllers share: the steps of a sync that wait for answers, owners, and adoption by
// selector.
//
// Sources: pkg/controller/controller_ref_manager.go, controller_utils.go; reference §1.2, §2.
#pragma once

#include <algorithm>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "sim/cluster/controller_runtime.h"

namespace seatrial::controllers {

using cluster::ApiError;
using cluster::ApiRequest;
using cluster::ApiResult;
using cluster::Cache;
using cluster::Change;
using cluster::ChangeType;
using cluster::Enqueue;
using cluster::EventSpec;
using cluster::Sync;
using cluster::SyncResult;
using cluster::SyncStatus;
using cluster::Verb;
using cluster::Write;

// The result of a step of a sync, or how the sync ends (for now): pending, or failed.
template <class T>
using Step = std::expected<T, SyncResult>;
struct Done {};
inline std::unexpected<SyncResult> pending() { return std::unexpected(SyncResult::pending()); }
inline std::unexpected<SyncResult> failed(const ApiError& error) {
  return std::unexpected(SyncResult::failed(error.message));
}

inline bool is_not_found(const ApiError& error) { return error.code == 404; }
inline bool is_already_exists(const ApiError& error) { return error.reason == api::Symbol("AlreadyExists"); }
// The namespace is being deleted: nothing can be created in it, and nobody need hear of it.
bool is_namespace_terminating(const ApiError& error);

// A write that must succeed: the object as stored.
template <class T, class Build>
Step<std::shared_ptr<const T>> write(Sync& sync, Build&& build) {
  const ApiResult* const result = sync.write(std::forward<Build>(build));
  if (!result) return pending();
  if (!*result) return failed(result->error());
  return std::static_pointer_cast<const T>(**result);
}

// Requests that controllers make.
template <class T>
ApiRequest request(Verb verb, const T& object) {
  ApiRequest r;
  r.verb = verb;
  r.object = std::make_shared<const T>(object);
  return r;
}
ApiRequest get_request(const api::Object& object);
// By index: an object of the same name that came later is another one.
ApiRequest delete_request(const api::Object& object);
// Sets the object's owner references.
ApiRequest owners_request(const api::Object& object, std::vector<api::OwnerReference> owners);

// Writes the status that was calculated for `object`. A refused write is tried once more, on the version that
// a GET answers (updateReplicaSetStatus, updateStatefulSetStatus, storeDaemonSetStatus).
template <class T>
Step<Done> write_status(Sync& sync, const T& object, const typename T::Status& status) {
  T next = object;
  next.status = status;
  const ApiResult* const first = sync.write([&] { return request(Verb::kUpdateStatus, next); });
  if (!first) return pending();
  if (*first) return Done();
  const auto stored = write<T>(sync, [&] { return get_request(object); });
  if (!stored) return std::unexpected(stored.error());
  next.metadata.resource_version = (*stored)->metadata.resource_version;
  const auto second = write<T>(sync, [&] { return request(Verb::kUpdateStatus, next); });
  if (!second) return std::unexpected(second.error());
  return Done();
}
// Takes a finalizer off.
ApiRequest finalizer_request(const api::Object& object, api::Symbol finalizer);

// The reference that makes `owner` the managing controller.
api::OwnerReference controller_reference(const api::Object& owner);
std::vector<api::OwnerReference> without_owner(const api::Object& object, api::Uid owner);
// The object's managing controller in the cache, if it is of that kind and has not been replaced; invalid
// otherwise.
api::ObjectRef controller_in(const Cache& cache, const api::Object& object, api::Kind kind);

// Which candidates `owner` controls after it has adopted those without a controller whose labels its selector
// matches, and released those that it no longer matches. Writes one after the other. `finalizer`, if there is
// one, is put on what it adopts and taken off what it releases.
template <class T>
Step<std::vector<std::shared_ptr<const T>>> claim(Sync& sync, const api::Object& owner,
                                                  const api::LabelSelector& selector,
                                                  const std::vector<std::shared_ptr<const T>>& candidates,
                                                  api::Symbol finalizer = {}) {
  std::vector<std::shared_ptr<const T>> claimed;
  claimed.reserve(candidates.size());
  const bool owner_is_going = owner.metadata.deletion_timestamp.has_value();
  for (const std::shared_ptr<const T>& object : candidates) {
    const api::OwnerReference* const ref = object->metadata.controller_ref();
    if (ref && ref->uid != owner.metadata.uid) continue;
    const bool matches = selector.matches(*object->metadata.labels);
    if (ref && matches) {
      claimed.push_back(object);
      continue;
    }
    if (owner_is_going || (!ref && (!matches || object->metadata.deletion_timestamp))) continue;
    const ApiResult* const result = sync.write([&] {
      std::vector<api::OwnerReference> owners = without_owner(*object, owner.metadata.uid);
      if (!ref) owners.push_back(controller_reference(owner));
      ApiRequest patch = owners_request(*object, std::move(owners));
      patch.finalizer = finalizer;
      return patch;
    });
    if (!result) return pending();
    if (!*result) {
      if (is_not_found(result->error())) continue;
      return failed(result->error());
    }
    if (!ref) claimed.push_back(object);
  }
  return claimed;
}

}  // namespace seatrial::controllers
