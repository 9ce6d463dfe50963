// The deployment controller: in which order one sync takes its steps.
// Sources: pkg/controller/deployment/{deployment_controller,sync,rolling,recreate,rollback,progress}.go;
// reference §1.

#include <fmt/format.h>

#include "sim/controllers/controllers.h"
#include "sim/controllers/deployment_math.h"
#include "sim/controllers/deployment_sets.h"

namespace seatrial::controllers {

using api::Deployment;
using api::Kind;
using api::Pod;
using api::ReplicaSet;
using api::Symbol;

namespace {

// ---- Ends of a sync: the status is written only where it differs ----

SyncResult ended(const Step<Done>& written) { return written ? SyncResult::done() : written.error(); }

// After scaling, while paused or while being deleted: no look at progress.
SyncResult sync_status(Rollout& r, const Sets& sets) {
  DeploymentStatus status = calculate_status(r.d, sets.all(), sets.new_rs.get(), r.now());
  if (status == r.d.status) return SyncResult::done();
  r.d.status = std::move(status);
  return ended(update_status(r));
}

SyncResult sync_rollout_status(Rollout& r, const Sets& sets) {
  const SimTime now = r.now();
  DeploymentStatus status = rollout_status(r.d, sets.all(), sets.new_rs.get(), now);
  if (status == r.d.status) {
    const std::optional<Duration> again = requeue_stuck(r.d, status, now);
    if (again == Duration()) return SyncResult::again();
    return SyncResult::done(again.value_or(Duration()));
  }
  r.d.status = std::move(status);
  return ended(update_status(r));
}

// ---- Changes of the Deployment's size, pause ----

Step<Done> scale(Rollout& r, const Sets& sets) {
  std::vector<ReplicaSetPtr> all = sets.all();
  std::ranges::sort(all, is_older);
  std::vector<ScaledSet> values;
  for (const ReplicaSetPtr& rs : all) {
    const auto number = [&](const char* key) -> std::optional<std::int32_t> {
      const auto value = number_annotation(*rs, key);
      return value ? std::optional(static_cast<std::int32_t>(*value)) : std::nullopt;
    };
    values.push_back({{rs->replicas, rs->status.available_replicas},
                      number(kDesiredReplicas),
                      number(kMaxReplicas),
                      rs == sets.new_rs});
  }
  const Scaling scaling{r.d.replicas, max_surge(r.d), r.d.status.replicas,
                        r.d.strategy == api::DeploymentStrategyType::kRollingUpdate};
  for (const ScaleStep& step : scale_plan(scaling, values)) {
    const auto done = scale_set(r, all[step.set], step.to,
                                step.refresh_annotations ? WriteIf::kAnythingDiffers : WriteIf::kSizeDiffers);
    if (!done) return std::unexpected(done.error());
  }
  return Done();
}

SyncResult scale_and_report(Rollout& r) {
  const auto sets = sets_and_revision(r, false);
  if (!sets) return sets.error();
  if (const auto scaled = scale(r, *sets); !scaled) return scaled.error();
  if (r.d.paused && !r.d.metadata.annotations->contains(kRollbackTo)) {
    if (const auto cleaned = clean_up_history(r, *sets); !cleaned) return cleaned.error();
  }
  return sync_status(r, *sets);
}

// Some active set was made for another size of the Deployment.
Step<bool> is_scaling_event(Rollout& r) {
  const auto sets = sets_and_revision(r, false);
  if (!sets) return std::unexpected(sets.error());
  for (const ReplicaSetPtr& rs : sets->all()) {
    const auto desired = number_annotation(*rs, kDesiredReplicas);
    if (rs->replicas > 0 && desired && *desired != r.d.replicas) return true;
  }
  return false;
}

Step<Done> check_paused_conditions(Rollout& r) {
  if (!has_progress_deadline(r.d)) return Done();
  const api::Condition* condition = find_condition(r.d.status.conditions, "Progressing");
  if (condition && condition->reason == Symbol("ProgressDeadlineExceeded")) return Done();
  const bool is_noted = condition && condition->reason == Symbol("DeploymentPaused");
  if (r.d.paused == is_noted) return Done();
  set_condition(r.d.status.conditions,
                new_condition("Progressing", api::ConditionStatus::kUnknown,
                              r.d.paused ? "DeploymentPaused" : "DeploymentResumed",
                              r.d.paused ? "Deployment is paused" : "Deployment is resumed", r.now()));
  return update_status(r);
}

// ---- RollingUpdate ----

Step<bool> reconcile_new_set(Rollout& r, const Sets& sets) {
  std::int32_t all_spec = 0;
  for (const ReplicaSetPtr& rs : sets.all()) all_spec += rs->replicas;
  return scale_set(
      r, sets.new_rs,
      reconcile_new(r.d.strategy, r.d.replicas, max_surge(r.d), all_spec, sets.new_rs->replicas));
}

std::vector<SetSize> sizes_of(const std::vector<ReplicaSetPtr>& sets) {
  std::vector<SetSize> sizes;
  for (const ReplicaSetPtr& rs : sets) sizes.push_back({rs->replicas, rs->status.available_replicas});
  return sizes;
}

// Writes the sizes of a plan. A refused write ends it (and is tried again by the next sync, not by an error).
Step<bool> resize(Rollout& r, std::vector<ReplicaSetPtr>& sets, const std::vector<Resize>& plan) {
  for (const Resize& step : plan) {
    const auto done = scale_set(r, sets[step.set], step.to, WriteIf::kSizeDiffers, &sets[step.set]);
    if (!done && done.error().status == SyncStatus::kPending) return pending();
    if (!done) return false;
  }
  return true;
}

Step<bool> reconcile_old_sets(Rollout& r, const Sets& sets) {
  std::vector<ReplicaSetPtr> old = sets.old;
  std::erase_if(old, [](const ReplicaSetPtr& rs) { return rs->replicas == 0; });
  if (old.empty()) return false;
  std::int32_t all_spec = 0;
  for (const ReplicaSetPtr& rs : sets.all()) all_spec += rs->replicas;
  const std::int32_t min_available = r.d.replicas - max_unavailable(r.d);
  const SetSize new_size{sets.new_rs->replicas, sets.new_rs->status.available_replicas};
  const std::int32_t limit = max_scaled_down(all_spec, min_available, new_size);
  if (limit <= 0) return false;

  const std::vector<Resize> unhealthy = cleanup_unhealthy(sizes_of(old), limit);
  const auto cleaned = resize(r, old, unhealthy);
  if (!cleaned) return std::unexpected(cleaned.error());
  if (!*cleaned) return false;

  std::int32_t available = new_size.available;
  for (const ReplicaSetPtr& rs : old) available += rs->status.available_replicas;
  const std::vector<Resize> healthy = scale_down_old(sizes_of(old), available, min_available);
  const auto scaled = resize(r, old, healthy);
  if (!scaled) return std::unexpected(scaled.error());
  return *scaled && unhealthy.size() + healthy.size() > 0;
}

SyncResult rollout_rolling(Rollout& r) {
  const auto sets = sets_and_revision(r, true);
  if (!sets) return sets.error();
  const auto up = reconcile_new_set(r, *sets);
  if (!up) return up.error();
  if (*up) return sync_rollout_status(r, *sets);
  const auto down = reconcile_old_sets(r, *sets);
  if (!down) return down.error();
  if (*down) return sync_rollout_status(r, *sets);
  if (deployment_complete(r.d, r.d.status)) {
    if (const auto cleaned = clean_up_history(r, *sets); !cleaned) return cleaned.error();
  }
  return sync_rollout_status(r, *sets);
}

// ---- Recreate ----

// Terminating pods run too.
bool old_pods_running(Rollout& r, const Sets& sets) {
  for (const ReplicaSetPtr& rs : sets.old) {
    if (rs->status.replicas > 0) return true;
  }
  return r.sync.pin([&] {
    for (const ReplicaSetPtr& rs : r.claimed) {
      if (sets.new_rs && rs->metadata.uid == sets.new_rs->metadata.uid) continue;
      for (const std::uint32_t pod : r.sync.cache().controlled_by(Kind::kPod, rs->metadata.uid)) {
        if (!is_pod_terminal(static_cast<const Pod&>(*r.sync.cache().all(Kind::kPod)[pod]))) return true;
      }
    }
    return false;
  });
}

SyncResult rollout_recreate(Rollout& r) {
  auto sets = sets_and_revision(r, false);
  if (!sets) return sets.error();
  bool scaled_down = false;
  for (const ReplicaSetPtr& rs : sets->old) {
    const auto done = scale_set(r, rs, 0);
    if (!done) return done.error();
    scaled_down |= *done;
  }
  if (scaled_down || old_pods_running(r, *sets)) return sync_rollout_status(r, *sets);
  if (!sets->new_rs) {
    sets = sets_and_revision(r, true);
    if (!sets) return sets.error();
  }
  if (const auto up = scale_set(r, sets->new_rs, r.d.replicas); !up) return up.error();
  if (deployment_complete(r.d, r.d.status)) {
    if (const auto cleaned = clean_up_history(r, *sets); !cleaned) return cleaned.error();
  }
  return sync_rollout_status(r, *sets);
}

// ---- Rollback by annotation ----

SyncResult rollback(Rollout& r) {
  const auto sets = sets_and_revision(r, true);
  if (!sets) return sets.error();
  const std::vector<ReplicaSetPtr> all = sets->all();
  std::int64_t to = number_annotation(r.d, kRollbackTo).value_or(0);
  const bool any = to == 0;
  if (any) to = last_revision(all);
  const auto target = std::ranges::find(all, to, [](const ReplicaSetPtr& rs) { return revision(*rs); });
  bool rolled_back = false;
  if (any && to == 0) {
    r.event(true, "DeploymentRollbackRevisionNotFound", "Unable to find last revision.");
  } else if (target == all.end()) {
    r.event(true, "DeploymentRollbackRevisionNotFound", "Unable to find the revision to rollback to.");
  } else if (find_new_replica_set(r.d, {&*target, 1})) {
    r.event(true, "DeploymentRollbackTemplateUnchanged",
            fmt::format("The rollback revision contains the same template as current deployment \"{}\"",
                        r.d.metadata.name.str()));
  } else {
    roll_back_to(r.d, **target);
    rolled_back = true;
  }
  r.d.metadata.annotations.edit().erase(kRollbackTo);
  const auto written = write<Deployment>(r.sync, [&] { return request(Verb::kUpdate, r.d); });
  if (!written) return written.error();
  if (rolled_back) {
    r.event(false, "DeploymentRollback",
            fmt::format("Rolled back deployment \"{}\" to revision {}", r.d.metadata.name.str(), to));
  }
  return SyncResult::done();
}

SyncResult selects_everything(Rollout& r) {
  r.event(true, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
  if (r.d.status.observed_generation >= r.d.metadata.generation) return SyncResult::done();
  r.d.status.observed_generation = r.d.metadata.generation;
  return ended(update_status(r));
}

std::vector<ReplicaSetPtr> candidates(const Cache& cache, const Deployment& d) {
  std::vector<ReplicaSetPtr> sets;
  for (const auto* indexes : {&cache.controlled_by(Kind::kReplicaSet, d.metadata.uid),
                              &cache.orphans(Kind::kReplicaSet, d.metadata.namespace_)}) {
    for (const std::uint32_t index : *indexes) sets.push_back(cache.get<ReplicaSet>({index}));
  }
  return sets;
}

// ---- What a change concerns ----

void enqueue_selecting(const Cache& cache, const api::Object& orphan, Enqueue& enqueue) {
  for (const std::uint32_t index : cache.in_namespace(Kind::kDeployment, orphan.metadata.namespace_)) {
    const auto d = cache.get<Deployment>({index});
    if (!d->selector.empty() && d->selector.matches(*orphan.metadata.labels)) enqueue.add(d->ref());
  }
}

void replica_set_changed(const Change& change, Enqueue& enqueue) {
  const api::ObjectRef owner = controller_in(change.cache, *change.object, Kind::kDeployment);
  if (owner.valid()) enqueue.add(owner);
  if (change.type == ChangeType::kModified) {
    const api::ObjectRef before = controller_in(change.cache, *change.old, Kind::kDeployment);
    if (before.valid() && before != owner) enqueue.add(before);
  }
  if (change.type == ChangeType::kDeleted || change.object->metadata.deletion_timestamp) return;
  if (!change.object->metadata.controller_ref()) enqueue_selecting(change.cache, *change.object, enqueue);
}

// Recreate waits for the last pod.
void pod_deleted(const Change& change, Enqueue& enqueue) {
  const api::ObjectRef set = controller_in(change.cache, *change.object, Kind::kReplicaSet);
  if (!set.valid()) return;
  const api::ObjectRef owner = controller_in(change.cache, *change.cache.get(set), Kind::kDeployment);
  if (!owner.valid()) return;
  const auto d = api::as<Deployment>(change.cache.get(owner));
  if (d->strategy != api::DeploymentStrategyType::kRecreate) return;
  for (const std::uint32_t rs : change.cache.controlled_by(Kind::kReplicaSet, d->metadata.uid)) {
    const api::Uid uid = change.cache.all(Kind::kReplicaSet)[rs]->metadata.uid;
    if (!change.cache.controlled_by(Kind::kPod, uid).empty()) return;
  }
  enqueue.add(owner);
}

}  // namespace

void deployment_changed(const Change& change, Enqueue& enqueue) {
  switch (change.object->kind) {
    case Kind::kDeployment:
      return enqueue.add(change.object->ref());
    case Kind::kReplicaSet:
      return replica_set_changed(change, enqueue);
    case Kind::kPod:
      if (change.type == ChangeType::kDeleted) pod_deleted(change, enqueue);
      return;
    default:
      return;
  }
}

SyncResult sync_deployment(Sync& sync) {
  const auto& cached = sync.pin([&] { return api::as<Deployment>(sync.cache().get(sync.key())); });
  if (!cached) return SyncResult::done();
  Rollout r{sync, cached, *cached, {}};
  if (r.d.selector.empty()) return selects_everything(r);
  const auto& found = sync.pin([&] { return candidates(sync.cache(), *cached); });
  auto claimed = claim(sync, *cached, cached->selector, found);
  if (!claimed) return claimed.error();
  r.claimed = std::move(*claimed);

  if (r.d.metadata.deletion_timestamp) {
    const auto sets = sets_and_revision(r, false);
    return sets ? sync_status(r, *sets) : sets.error();
  }
  if (const auto checked = check_paused_conditions(r); !checked) return checked.error();
  if (r.d.paused) return scale_and_report(r);
  if (r.d.metadata.annotations->contains(kRollbackTo)) return rollback(r);
  const auto scaling = is_scaling_event(r);
  if (!scaling) return scaling.error();
  if (*scaling) return scale_and_report(r);
  return r.d.strategy == api::DeploymentStrategyType::kRecreate ? rollout_recreate(r) : rollout_rolling(r);
}

}  // namespace seatrial::controllers
