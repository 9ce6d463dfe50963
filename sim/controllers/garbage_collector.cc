// The garbage collector: deletes what nobody owns any more.
//
// Background (the default): an owner vanishes first, then objects all of whose owners are gone are deleted,
// level by level. Foreground: an owner with finalizer foregroundDeletion waits until the dependents that
// block it are gone. Orphan: an owner with finalizer orphan goes once its dependents have forgotten it. An
// object with an owner that remains stays, and forgets those that are gone. Source:
// pkg/controller/garbagecollector/{garbagecollector,graph_builder,operations}.go; reference §7, observed.md
// 10b.

#include "sim/api/kinds.h"
#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using api::Object;
using api::ObjectPtr;
using api::OwnerReference;
using api::Symbol;
using cluster::Propagation;

namespace {

constexpr std::string_view kForeground = "foregroundDeletion", kOrphan = "orphan";
// An object whose owner the cache does not know: perhaps the owner's own watch event is still under way.
constexpr Duration kUnknownOwnerDelay = Duration::seconds(1);

bool has_finalizer(const Object& object, Symbol name) {
  return std::ranges::count(object.metadata.finalizers, name) > 0;
}
bool waits_for_dependents(const Object& object) {
  return object.metadata.deletion_timestamp && has_finalizer(object, kForeground);
}
bool is_orphaning(const Object& object) {
  return object.metadata.deletion_timestamp && has_finalizer(object, kOrphan);
}
// Of pods only those with claims, which a StatefulSet may have given them.
bool can_own(const Object& object) {
  if (object.kind == Kind::kPod) return !static_cast<const api::Pod&>(object).spec->volume_claims.empty();
  return object.kind != Kind::kEvent;
}

// Whether the reference is to something in a namespace, which an object outside of all cannot have: such a
// reference is never looked at.
bool is_senseless(const Object& object, const OwnerReference& ref) {
  const api::KindInfo* const info = api::find_kind(ref.api_version.view(), ref.kind.view());
  return info && info->namespaced && object.metadata.namespace_.empty();
}

// In the object's namespace or in none: one in another namespace does not count.
ObjectPtr owner_in(const Cache& cache, const Object& object, const OwnerReference& ref) {
  const api::KindInfo* const info = api::find_kind(ref.api_version.view(), ref.kind.view());
  const Kind kind = info ? info->kind : Kind::kUnstructured;
  const Symbol namespace_ = info && !info->namespaced ? Symbol() : object.metadata.namespace_;
  ObjectPtr owner = cache.find(kind, namespace_, ref.name);
  if (!owner && !info) owner = cache.find(kind, {}, ref.name);  // of a kind that may be in no namespace
  return owner && owner->metadata.uid == ref.uid ? owner : nullptr;
}

// In order of kind, those that it controls before others, and of creation.
std::vector<ObjectPtr> dependents_of(const Cache& cache, const Object& owner) {
  std::vector<ObjectPtr> found;
  for (const api::KindInfo& info : api::kinds()) {
    for (const auto* const indexes : {&cache.controlled_by(info.kind, owner.metadata.uid),
                                      &cache.owned_by(info.kind, owner.metadata.uid)}) {
      for (const std::uint32_t index : *indexes) {
        const ObjectPtr& object = cache.all(info.kind)[index];
        // A reference from another namespace refers to nothing.
        if (owner.metadata.namespace_.empty() || object->metadata.namespace_ == owner.metadata.namespace_)
          found.push_back(object);
      }
    }
  }
  return found;
}

bool is_blocked_by(const Object& owner, const Object& object) {
  return std::ranges::any_of(object.metadata.owner_references, [&](const OwnerReference& ref) {
    return ref.uid == owner.metadata.uid && ref.block_owner_deletion;
  });
}

// ---- Syncs ----

Step<Done> remove_finalizer(Sync& sync, const Object& object, Symbol name) {
  const ApiResult* const result = sync.write([&] {
    const auto next = api::info(object.kind).clone(object);
    std::erase(next->metadata.finalizers, name);
    ApiRequest request;
    request.verb = Verb::kUpdate;
    request.object = next;
    return request;
  });
  if (!result) return pending();
  if (!*result && !is_not_found(result->error())) return failed(result->error());
  return Done();
}

// The first refusal that is not "it is gone already".
Step<Done> all_done(const std::vector<ApiResult>* results) {
  if (!results) return pending();
  for (const ApiResult& result : *results) {
    if (!result && !is_not_found(result.error())) return failed(result.error());
  }
  return Done();
}

SyncResult orphan_dependents(Sync& sync, const Object& owner) {
  const auto& dependents = sync.pin([&] { return dependents_of(sync.cache(), owner); });
  if (!dependents.empty()) {
    const auto done = all_done(sync.write_all([&] {
      std::vector<Write> writes;
      for (const ObjectPtr& d : dependents) {
        writes.push_back({owners_request(*d, without_owner(*d, owner.metadata.uid)), {}, {}});
      }
      return writes;
    }));
    if (!done) return done.error();
  }
  const auto removed = remove_finalizer(sync, owner, kOrphan);
  return removed ? SyncResult::done() : removed.error();
}

// Nothing to write for those that are being deleted already.
std::vector<Write> foreground_deletions(const Cache& cache, const Object& owner,
                                        const std::vector<ObjectPtr>& dependents) {
  std::vector<Write> writes;
  for (const ObjectPtr& d : dependents) {
    if (d->metadata.deletion_timestamp) continue;
    const bool has_other_owner =
        std::ranges::any_of(d->metadata.owner_references, [&](const OwnerReference& ref) {
          const ObjectPtr other = ref.uid == owner.metadata.uid ? nullptr : owner_in(cache, *d, ref);
          return other && !waits_for_dependents(*other);
        });
    if (has_other_owner) {
      writes.push_back({owners_request(*d, without_owner(*d, owner.metadata.uid)), {}, {}});
      continue;
    }
    ApiRequest request = delete_request(*d);
    if (can_own(*d) && !dependents_of(cache, *d).empty()) request.propagation = Propagation::kForeground;
    writes.push_back({std::move(request), {}, {}});
  }
  return writes;
}

SyncResult delete_dependents(Sync& sync, const Object& owner) {
  struct Seen {
    bool blocked = false;
    std::vector<Write> deletions;
  };
  const auto& seen = sync.pin([&] {
    const std::vector<ObjectPtr> dependents = dependents_of(sync.cache(), owner);
    Seen s;
    s.blocked = std::ranges::any_of(dependents, [&](const ObjectPtr& d) { return is_blocked_by(owner, *d); });
    s.deletions = foreground_deletions(sync.cache(), owner, dependents);
    return s;
  });
  if (!seen.deletions.empty()) {
    const auto done = all_done(sync.write_all([&] { return seen.deletions; }));
    if (!done) return done.error();
  }
  if (seen.blocked) return SyncResult::done();  // goes on when a dependent is gone
  const auto removed = remove_finalizer(sync, owner, kForeground);
  return removed ? SyncResult::done() : removed.error();
}

SyncResult check_owners(Sync& sync, const Object& object) {
  const auto& remaining = sync.pin([&] {
    std::vector<OwnerReference> refs;
    for (const OwnerReference& ref : object.metadata.owner_references) {
      if (is_senseless(object, ref) || owner_in(sync.cache(), object, ref)) refs.push_back(ref);
    }
    return refs;
  });
  if (remaining.size() == object.metadata.owner_references.size()) return SyncResult::done();
  const ApiResult* const result = sync.write([&] {
    if (!remaining.empty()) return owners_request(object, remaining);
    ApiRequest request = delete_request(object);
    request.uid_precondition = object.metadata.uid;
    if (has_finalizer(object, kOrphan)) request.propagation = Propagation::kOrphan;
    if (has_finalizer(object, kForeground)) request.propagation = Propagation::kForeground;
    return request;
  });
  if (!result) return SyncResult::pending();
  if (!*result && !is_not_found(result->error())) return SyncResult::failed(result->error().message);
  return SyncResult::done();
}

// Owners whose deletion waits for it, and no longer need to.
void enqueue_unblocked(const Change& change, const Object& before, const Object* now, Enqueue& enqueue) {
  for (const OwnerReference& ref : before.metadata.owner_references) {
    const ObjectPtr owner = owner_in(change.cache, before, ref);
    if (owner && waits_for_dependents(*owner) && !(now && is_blocked_by(*owner, *now)))
      enqueue.add(owner->ref());
  }
}

}  // namespace

void garbage_collector_changed(const Change& change, Enqueue& enqueue) {
  const Object& object = *change.object;
  if (object.kind == Kind::kEvent || object.kind == Kind::kLease) return;
  if (change.type == ChangeType::kDeleted) {
    if (can_own(object)) {
      for (const ObjectPtr& dependent : dependents_of(change.cache, object)) enqueue.add(dependent->ref());
    }
    return enqueue_unblocked(change, object, nullptr, enqueue);
  }
  const bool has_other_owners =
      change.old && change.old->metadata.owner_references != object.metadata.owner_references;
  if (has_other_owners) enqueue_unblocked(change, *change.old, &object, enqueue);
  if (waits_for_dependents(object) || is_orphaning(object)) return enqueue.add(object.ref());
  if (change.type != ChangeType::kAdded && !has_other_owners) return;
  for (const OwnerReference& ref : object.metadata.owner_references) {
    if (!is_senseless(object, ref) && !owner_in(change.cache, object, ref))
      return enqueue.add_after(object.ref(), kUnknownOwnerDelay);
  }
}

SyncResult sync_garbage_collector(Sync& sync) {
  const auto& object = sync.pin([&] { return sync.cache().get(sync.key()); });
  if (!object) return SyncResult::done();
  if (is_orphaning(*object)) return orphan_dependents(sync, *object);
  if (waits_for_dependents(*object)) return delete_dependents(sync, *object);
  if (object->metadata.deletion_timestamp || object->metadata.owner_references.empty())
    return SyncResult::done();
  return check_owners(sync, *object);
}

}  // namespace seatrial::controllers
