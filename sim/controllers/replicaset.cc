// The ReplicaSet controller: makes the number of active pods what spec.replicas says, and counts them.
//
// A sync of 1,000 pods reads each of them once: what it needs of them is pinned as numbers and as the pods
// that must be adopted, released or deleted; the pods themselves are not copied. Sources:
// pkg/controller/replicaset/replica_set.go; reference §2, observed.md 4-8, 35.

#include "sim/api/kinds.h"
#include "sim/controllers/controllers.h"
#include "sim/controllers/pod_ranking.h"
#include "sim/controllers/replicaset_math.h"

namespace seatrial::controllers {

using api::Kind;
using api::Pod;
using api::ReplicaSet;
using cluster::sync_key;

namespace {

using PodPtr = std::shared_ptr<const Pod>;

// ---- Reading ----

const Pod& active_pod_at(const Cache& cache, std::uint32_t index) {
  return static_cast<const Pod&>(*cache.all(Kind::kPod)[index]);
}

// What a sync needs to know of its pods.
struct ObservedSet {
  PodCounts counts;
  std::vector<PodPtr> unclaimed;  // to adopt or to release
};

ObservedSet observe(const Cache& cache, const ReplicaSet& rs, SimTime now) {
  ObservedSet seen;
  PodCounter counter(*rs.template_->labels, rs.min_ready_seconds, now);
  const api::LabelMap* last_labels = nullptr;
  bool matches = false;
  const auto look = [&](std::uint32_t index, bool owned) {
    const Pod& pod = active_pod_at(cache, index);
    if (is_pod_terminal(pod)) return;
    if (pod.metadata.labels.get() != last_labels) {
      last_labels = pod.metadata.labels.get();
      matches = rs.selector.matches(*last_labels);
    }
    if (pod.metadata.deletion_timestamp) {
      if (owned && matches) counter.add_terminating();
      return;
    }
    if (owned != matches) seen.unclaimed.push_back(cache.get<Pod>({index}));
    if (matches) counter.add_active(pod);
  };
  for (const std::uint32_t index : cache.controlled_by(Kind::kPod, rs.metadata.uid)) look(index, true);
  for (const std::uint32_t index : cache.orphans(Kind::kPod, rs.metadata.namespace_)) look(index, false);
  seen.counts = counter.counts();
  return seen;
}

// The active pods of every ReplicaSet of the same owner (of the set itself if it has none).
std::vector<const Pod*> related_pods(const Cache& cache, const ReplicaSet& rs) {
  std::vector<const Pod*> pods;
  const auto add = [&](api::Uid uid) {
    for (const std::uint32_t index : cache.controlled_by(Kind::kPod, uid))
      pods.push_back(&active_pod_at(cache, index));
  };
  const api::OwnerReference* const owner = rs.metadata.controller_ref();
  if (!owner) {
    add(rs.metadata.uid);
    return pods;
  }
  for (const std::uint32_t index : cache.controlled_by(Kind::kReplicaSet, owner->uid)) {
    add(cache.all(Kind::kReplicaSet)[index]->metadata.uid);
  }
  return pods;
}

std::vector<PodPtr> choose_victims(const Cache& cache, const ReplicaSet& rs, std::size_t count, SimTime now) {
  std::vector<const Pod*> active;
  for (const std::uint32_t index : cache.controlled_by(Kind::kPod, rs.metadata.uid)) {
    const Pod& pod = active_pod_at(cache, index);
    if (is_pod_active(pod) && rs.selector.matches(*pod.metadata.labels)) active.push_back(&pod);
  }
  std::vector<PodPtr> victims;
  for (const Pod* pod :
       pods_to_delete(active, related_pods(cache, rs), std::min(count, active.size()), now)) {
    victims.push_back(cache.get<Pod>({pod->index}));
  }
  return victims;
}

// ---- Creating and deleting: the failure's text, empty if there was none ----

std::shared_ptr<const Pod> draft_of(const ReplicaSet& rs) {
  Pod pod;
  pod.metadata.generate_name = rs.metadata.name.str() + "-";
  pod.metadata.namespace_ = rs.metadata.namespace_;
  pod.metadata.labels = rs.template_->labels;
  pod.metadata.annotations = rs.template_->annotations;
  pod.metadata.owner_references = {controller_reference(rs)};
  pod.spec = rs.template_->spec;
  pod.node_name = rs.template_->spec->node_name;
  pod.source = rs.source;
  return std::make_shared<const Pod>(std::move(pod));
}

Step<std::string> create_pods(Sync& sync, const std::shared_ptr<const ReplicaSet>& rs, std::int32_t count) {
  const cluster::SyncKey key = sync_key(sync.key());
  sync.once([&] { sync.expectations().expect_creations(key, count, sync.now()); });
  SlowStart slow_start(count);
  std::string failure;
  while (const std::int32_t batch = slow_start.batch()) {
    const std::vector<ApiResult>* const results = sync.write_all([&] {
      ApiRequest create;
      create.object = draft_of(*rs);
      Write one{create, {rs, false, "SuccessfulCreate", "Created pod: {name}", {}}, {}};
      return std::vector<Write>(static_cast<std::size_t>(batch), one);
    });
    if (!results) return pending();
    std::int32_t failures = 0;
    for (const ApiResult& result : *results) {
      // In a terminating namespace every creation fails; nobody is told.
      if (result || is_namespace_terminating(result.error())) continue;
      ++failures;
      if (failure.empty()) failure = result.error().message;
      sync.event({rs, true, "FailedCreate", "Error creating: " + result.error().message, {}});
    }
    slow_start.done(failures);
  }
  // What was not made will not be seen.
  sync.once([&] {
    for (std::int32_t i = slow_start.successes(); i < count; ++i) sync.expectations().creation_observed(key);
  });
  return failure;
}

Step<std::string> delete_pods(Sync& sync, const std::shared_ptr<const ReplicaSet>& rs, std::size_t count) {
  const cluster::SyncKey key = sync_key(sync.key());
  const auto& victims = sync.pin([&] { return choose_victims(sync.cache(), *rs, count, sync.now()); });
  if (victims.empty()) return std::string();
  sync.once([&] {
    std::set<std::uint32_t> indexes;
    for (const PodPtr& pod : victims) indexes.insert(pod->index);
    sync.expectations().expect_deletions(key, std::move(indexes), sync.now());
  });
  const std::vector<ApiResult>* const results = sync.write_all([&] {
    std::vector<Write> writes;
    writes.reserve(victims.size());
    for (const PodPtr& pod : victims) {
      writes.push_back(
          {delete_request(*pod), {rs, false, "SuccessfulDelete", "Deleted pod: {name}", {}}, {}});
    }
    return writes;
  });
  if (!results) return pending();
  std::string failure;
  for (std::size_t i = 0; i < victims.size(); ++i) {
    const ApiResult& result = (*results)[i];
    if (result) continue;
    sync.once([&] { sync.expectations().deletion_observed(key, victims[i]->index); });
    if (is_not_found(result.error())) continue;
    if (failure.empty()) failure = "unable to delete pods: " + result.error().message;
    sync.event({rs, true, "FailedDelete", "Error deleting: " + result.error().message, {}});
  }
  return failure;
}

Step<std::string> manage_replicas(Sync& sync, const std::shared_ptr<const ReplicaSet>& rs,
                                  std::int32_t active) {
  const std::int32_t missing = rs->replicas - active;
  if (missing > 0) return create_pods(sync, rs, std::min(missing, kBurstReplicas));
  if (missing < 0) return delete_pods(sync, rs, static_cast<std::size_t>(std::min(-missing, kBurstReplicas)));
  return std::string();
}

// ---- What a change concerns ----

void replica_orphan_changed(const Change& change, Enqueue& enqueue) {
  const api::ObjectMeta& pod = change.object->metadata;
  for (const std::uint32_t index : change.cache.in_namespace(Kind::kReplicaSet, pod.namespace_)) {
    const auto& rs = static_cast<const ReplicaSet&>(*change.cache.all(Kind::kReplicaSet)[index]);
    if (!rs.selector.empty() && rs.selector.matches(*pod.labels)) enqueue.add(rs.ref());
  }
}

void pod_deleted(const Change& change, api::ObjectRef owner, Enqueue& enqueue) {
  if (!owner.valid()) return;
  enqueue.expectations().deletion_observed(sync_key(owner), change.object->index);
  enqueue.add(owner);
}

void pod_modified(const Change& change, api::ObjectRef owner, Enqueue& enqueue) {
  const api::OwnerReference *now = change.object->metadata.controller_ref(),
                            *before = change.old->metadata.controller_ref();
  const bool reowned = (now == nullptr) != (before == nullptr) || (now && now->uid != before->uid);
  if (reowned && before) {
    const api::ObjectRef former = controller_in(change.cache, *change.old, Kind::kReplicaSet);
    if (former.valid()) enqueue.add(former);
  }
  if (!now) {
    if (reowned || !(change.old->metadata.labels == change.object->metadata.labels))
      replica_orphan_changed(change, enqueue);
    return;
  }
  if (!owner.valid()) return;
  enqueue.add(owner);
  const auto& rs = static_cast<const ReplicaSet&>(*change.cache.all(Kind::kReplicaSet)[owner.index]);
  if (rs.min_ready_seconds > 0 && !is_pod_ready(static_cast<const Pod&>(*change.old)) &&
      is_pod_ready(static_cast<const Pod&>(*change.object))) {
    enqueue.add_after(owner, Duration::seconds(rs.min_ready_seconds + 1));
  }
}

void replica_pod_changed(const Change& change, Enqueue& enqueue) {
  const api::ObjectRef owner = controller_in(change.cache, *change.object, Kind::kReplicaSet);
  // A pod that has got its deletionTimestamp counts as deleted: its replacement starts at once.
  if (change.type == ChangeType::kDeleted || change.object->metadata.deletion_timestamp) {
    return pod_deleted(change, owner, enqueue);
  }
  if (change.type == ChangeType::kModified) return pod_modified(change, owner, enqueue);
  if (!change.object->metadata.controller_ref()) return replica_orphan_changed(change, enqueue);
  if (!owner.valid()) return;
  enqueue.expectations().creation_observed(sync_key(owner));
  enqueue.add(owner);
}

}  // namespace

void replicaset_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kPod) return replica_pod_changed(change, enqueue);
  if (change.object->kind != Kind::kReplicaSet) return;
  if (change.type == ChangeType::kDeleted) enqueue.expectations().forget(sync_key(change.object->ref()));
  enqueue.add(change.object->ref());
}

SyncResult sync_replicaset(Sync& sync) {
  const auto& rs = sync.pin([&] { return api::as<ReplicaSet>(sync.cache().get(sync.key())); });
  if (!rs) {
    sync.once([&] { sync.expectations().forget(sync_key(sync.key())); });
    return SyncResult::done();
  }
  const bool may_act =
      sync.pin([&] { return sync.expectations_satisfied(); }) && !rs->metadata.deletion_timestamp;
  const auto& seen = sync.pin([&] { return observe(sync.cache(), *rs, sync.started()); });
  const auto claimed = claim<Pod>(sync, *rs, rs->selector, seen.unclaimed);
  if (!claimed) return claimed.error();

  std::string failure;
  if (may_act) {
    auto managed = manage_replicas(sync, rs, seen.counts.active);
    if (!managed) return managed.error();
    failure = std::move(*managed);
  }
  const SimTime now = sync.pin([&] { return sync.now(); });
  ReplicaSet::Status status = calculate_status(*rs, seen.counts, failure, now);
  if (status_needs_write(*rs, status)) {
    status.observed_generation = rs->metadata.generation;
    if (const auto written = write_status(sync, *rs, status); !written) return written.error();
  }
  if (!failure.empty()) return SyncResult::failed(failure);
  if (rs->min_ready_seconds == 0 || !seen.counts.next_available) return SyncResult::done();
  return SyncResult::done(std::max(*seen.counts.next_available - now, Duration::nanos(1)));
}

}  // namespace seatrial::controllers
