// The StatefulSet controller: pods with names that last, one after the other.
//
// Sources: pkg/controller/statefulset/{stateful_set,stateful_set_control,stateful_pod_control}.go; reference
// §6, observed.md 11-13, 35.

#include <fmt/format.h>

#include "sim/controllers/controllers.h"
#include "sim/controllers/replicaset_math.h"
#include "sim/controllers/revision_history.h"
#include "sim/controllers/statefulset_claims.h"
#include "sim/controllers/statefulset_math.h"

namespace seatrial::controllers {

using api::Kind;
using api::Pod;
using api::StatefulSet;
using api::Symbol;

namespace {

constexpr const char* kHashLabel = "controller.kubernetes.io/hash";

using PodPtr = std::shared_ptr<const Pod>;
using StatefulSetPtr = std::shared_ptr<const StatefulSet>;

// ---- Reading ----

std::vector<PodPtr> candidates(const Cache& cache, const StatefulSet& set) {
  std::vector<PodPtr> pods;
  for (const auto* indexes : {&cache.controlled_by(Kind::kPod, set.metadata.uid),
                              &cache.orphans(Kind::kPod, set.metadata.namespace_)}) {
    for (const std::uint32_t index : *indexes) {
      PodPtr pod = cache.get<Pod>({index});
      if (ordinal_of(pod->metadata.name.view(), set.metadata.name.view())) pods.push_back(std::move(pod));
    }
  }
  return pods;
}

// The set's pods in the order in which a pass goes over them; a pod that is missing is null.
struct Pods {
  std::vector<Replica> replicas, condemned;
  std::vector<PodPtr> replica_pods, condemned_pods;
};

Pods arrange(const StatefulSet& set, const StatefulSetRevisions& revisions, std::vector<PodPtr> claimed,
             SimTime now) {
  const std::int32_t start = set.ordinals_start.value_or(0);
  const auto ordinal = [&](const PodPtr& pod) {
    return ordinal_of(pod->metadata.name.view(), set.metadata.name.view()).value();
  };
  Pods pods;
  for (std::int32_t i = start; i < start + set.replicas; ++i) {
    Replica missing;
    missing.ordinal = i;
    missing.revision = needs_current_revision(set, i) ? revisions.current : revisions.update;
    pods.replicas.push_back(missing);
  }
  pods.replica_pods.resize(pods.replicas.size());
  std::ranges::sort(claimed, std::greater(), ordinal);
  for (const PodPtr& pod : claimed) {
    const Replica seen = describe(*pod, ordinal(pod), set.min_ready_seconds, now);
    if (seen.ordinal >= start && seen.ordinal < start + set.replicas) {
      const auto at = static_cast<std::size_t>(seen.ordinal - start);
      pods.replicas[at] = seen;
      pods.replica_pods[at] = pod;
    } else {
      pods.condemned.push_back(seen);
      pods.condemned_pods.push_back(pod);
    }
  }
  return pods;
}

// One pass: what it works on, and what comes of it.
struct Pass {
  Sync& sync;
  const StatefulSetPtr& set;
  const RevisionPtr current, update;
  const Pods& pods;
  bool ended = false;  // nothing further is done by this sync
  std::string failure = {};
  std::int32_t deleted = 0;  // for the update

  bool ordered() const { return set->pod_management_policy == api::PodManagementPolicyType::kOrderedReady; }
};

// ---- Writes ----

void set_identity(Pod& pod, std::int32_t ordinal) {
  pod.metadata.labels.edit().set(kPodNameLabel, pod.metadata.name);
  pod.metadata.labels.edit().set(kPodIndexLabel, std::to_string(ordinal));
}

Pod draft_of(const StatefulSet& set, const api::ControllerRevision& revision, std::int32_t ordinal) {
  Pod pod;
  pod.metadata.name = fmt::format("{}-{}", set.metadata.name.str(), ordinal);
  pod.metadata.namespace_ = set.metadata.namespace_;
  pod.metadata.labels = revision.template_->labels;
  pod.metadata.labels.edit().set(kRevisionLabel, revision.metadata.name);
  set_identity(pod, ordinal);
  pod.metadata.annotations = revision.template_->annotations;
  pod.metadata.owner_references = {controller_reference(set)};
  pod.spec = revision.template_->spec;
  pod.spec.edit().hostname = pod.metadata.name;
  pod.spec.edit().subdomain = set.service_name;
  use_claims(set, ordinal, pod.spec.edit());
  pod.node_name = pod.spec->node_name;
  pod.source = set.source;
  return pod;
}

ApiRequest request_for(const Pass& pass, ReplicaStep step, const Replica& replica, const PodPtr& pod) {
  if (step == ReplicaStep::kDelete) return delete_request(*pod);
  if (step == ReplicaStep::kCreate) {
    const RevisionPtr& revision =
        replica.revision == pass.current->metadata.name ? pass.current : pass.update;
    return request(Verb::kCreate, draft_of(*pass.set, *revision, replica.ordinal));
  }
  Pod renamed = *pod;
  set_identity(renamed, replica.ordinal);
  return request(Verb::kUpdate, renamed);
}

const char* verb_of(ReplicaStep step) {
  return step == ReplicaStep::kCreate ? "Create" : step == ReplicaStep::kDelete ? "Delete" : "Update";
}

// Some of the pods with what is to be done to each of them.
struct Task {
  ReplicaStep step;
  const Replica* replica;
  const PodPtr* pod;
  bool condemned = false;
};

bool is_write(const Task& task) {
  return task.step != ReplicaStep::kNothing && task.step != ReplicaStep::kWait;
}

std::vector<Write> writes_of(const Pass& pass, std::span<const Task> tasks) {
  std::vector<Write> writes;
  for (const Task& task : tasks) {
    const char* const verb = verb_of(task.step);
    writes.push_back(
        {request_for(pass, task.step, *task.replica, *task.pod),
         {pass.set,
          false,
          std::string("Successful") + verb,
          fmt::format("{} Pod {{name}} in StatefulSet {} successful", verb, pass.set->metadata.name.str()),
          {}},
         {}});
  }
  return writes;
}

// A pod that exists already is tried again, silently; one that is gone needs no deletion.
void note_failure(Pass& pass, const Task& task, const ApiError& error) {
  if (task.step == ReplicaStep::kDelete && is_not_found(error)) return;
  if (pass.failure.empty()) pass.failure = error.message;
  if (is_already_exists(error) || is_namespace_terminating(error)) return;
  const char* const verb = verb_of(task.step);
  pass.sync.event(
      {pass.set,
       true,
       std::string("Failed") + verb,
       fmt::format("{} Pod {}-{} in StatefulSet {} failed error: {}", verb, pass.set->metadata.name.str(),
                   task.replica->ordinal, pass.set->metadata.name.str(), error.message),
       {}});
}

// A pod is made when its claims are there; one that is pending gets those that it has lost.
bool needs_claims(const Task& task) {
  return !task.condemned && (task.step == ReplicaStep::kCreate || task.replica->pending);
}

// Sees to the claims of these pods. What is to be written of those whose claims are as they should be.
Step<std::vector<Task>> with_claims(Pass& pass, std::span<const Task> tasks) {
  std::vector<Task> ready;
  std::ranges::copy_if(tasks, std::back_inserter(ready), is_write);
  std::vector<std::int32_t> ordinals;
  for (const Task& task : tasks) {
    if (needs_claims(task)) ordinals.push_back(task.replica->ordinal);
  }
  const auto errors = ensure_claims(pass.sync, pass.set, ordinals);
  if (!errors) return std::unexpected(errors.error());
  for (const Task& task : tasks) {
    const auto error = errors->find(task.replica->ordinal);
    if (error == errors->end()) continue;
    ApiError refusal;
    refusal.message = error->second;
    if (task.step == ReplicaStep::kCreate) note_failure(pass, task, refusal);
    if (pass.failure.empty()) pass.failure = refusal.message;
  }
  std::erase_if(ready, [&](const Task& task) { return errors->contains(task.replica->ordinal); });
  for (const Task& task : tasks) {
    if (task.condemned || (task.step != ReplicaStep::kNothing && task.step != ReplicaStep::kRename)) continue;
    const auto owned = own_claims(pass.sync, *pass.set, **task.pod, task.replica->ordinal, false);
    if (!owned) return std::unexpected(owned.error());
  }
  return ready;
}

// All at once.
Step<Done> carry_out(Pass& pass, std::span<const Task> tasks) {
  if (tasks.empty()) return Done();
  const std::vector<ApiResult>* const results = pass.sync.write_all([&] { return writes_of(pass, tasks); });
  if (!results) return pending();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!(*results)[i]) note_failure(pass, tasks[i], (*results)[i].error());
  }
  return Done();
}

// OrderedReady: one after the other, until something was done or is waited for. Parallel: in batches of 1, 2,
// 4, …, until one has a failure.
Step<Done> work_through(Pass& pass, std::span<const Task> tasks) {
  if (pass.ordered()) {
    for (const Task& task : tasks) {
      const auto ready = with_claims(pass, {&task, 1});
      if (!ready) return std::unexpected(ready.error());
      if (!ready->empty()) {
        if (const auto done = carry_out(pass, {&task, 1}); !done) return done;
      }
      pass.ended =
          !pass.failure.empty() || (task.step != ReplicaStep::kNothing && task.step != ReplicaStep::kRename);
      if (pass.ended) break;
    }
    return Done();
  }
  SlowStart slow_start(static_cast<std::int32_t>(tasks.size()));
  while (const std::int32_t batch = slow_start.batch()) {
    const auto ready = with_claims(
        pass, tasks.subspan(static_cast<std::size_t>(slow_start.calls()), static_cast<std::size_t>(batch)));
    if (!ready) return std::unexpected(ready.error());
    if (const auto done = carry_out(pass, *ready); !done) return done;
    slow_start.done(pass.failure.empty() ? 0 : 1);
  }
  pass.ended = !pass.failure.empty();
  return Done();
}

// ---- The steps of a pass ----

Step<Done> process_replicas(Pass& pass) {
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < pass.pods.replicas.size(); ++i) {
    const Replica& replica = pass.pods.replicas[i];
    tasks.push_back({step_of(replica, pass.ordered()), &replica, &pass.pods.replica_pods[i]});
  }
  return work_through(pass, tasks);
}

Step<Done> process_condemned(Pass& pass) {
  const auto unhealthy = first_unhealthy(pass.pods.replicas, pass.pods.condemned);
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < pass.pods.condemned.size(); ++i) {
    const Replica& pod = pass.pods.condemned[i];
    tasks.push_back(
        {condemned_step(pod, unhealthy, pass.ordered()), &pod, &pass.pods.condemned_pods[i], true});
    const auto owned = own_claims(pass.sync, *pass.set, *pass.pods.condemned_pods[i], pod.ordinal, true);
    if (!owned) return owned;
  }
  return work_through(pass, tasks);
}

Step<Done> delete_for_update(Pass& pass) {
  const StatefulSet& set = *pass.set;
  if (set.update_strategy == api::UpdateStrategyType::kOnDelete) return Done();
  const api::RollingUpdateStatefulSet rolling = set.rolling_update.value_or(api::RollingUpdateStatefulSet());
  const auto limit = api::kMaxUnavailableStatefulSet
                         ? std::optional(stateful_set_max_unavailable(rolling.max_unavailable, set.replicas))
                         : std::nullopt;
  const auto first = static_cast<std::size_t>(rolling.partition.value_or(0));
  for (const std::size_t i : pods_to_update(pass.pods.replicas, first, pass.update->metadata.name, limit)) {
    // A missing pod was made by this pass.
    if (!pass.pods.replicas[i].created) continue;
    const Task task{ReplicaStep::kDelete, &pass.pods.replicas[i], &pass.pods.replica_pods[i]};
    if (const auto done = carry_out(pass, {&task, 1}); !done) return done;
    if (!pass.failure.empty()) return Done();
    ++pass.deleted;
  }
  return Done();
}

Step<Done> update_pods(Pass& pass) {
  if (pass.set->metadata.deletion_timestamp) return Done();
  for (const auto step : {process_replicas, process_condemned, delete_for_update}) {
    if (const auto done = step(pass); !done || pass.ended) return done;
  }
  return Done();
}

Step<Done> truncate_history(Sync& sync, const Pass& pass, const std::vector<RevisionPtr>& revisions) {
  std::vector<Symbol> used = {pass.current->metadata.name, pass.update->metadata.name};
  for (const auto* pods : {&pass.pods.replicas, &pass.pods.condemned}) {
    for (const Replica& pod : *pods) used.push_back(pod.revision);
  }
  return delete_revisions(sync,
                          surplus_revisions(revisions, used, pass.set->revision_history_limit.value_or(10)));
}

std::optional<SimTime> next_available(const Pods& pods) {
  std::optional<SimTime> next;
  for (const auto* list : {&pods.replicas, &pods.condemned}) {
    for (const Replica& pod : *list) {
      if (pod.available_at && (!next || *pod.available_at < *next)) next = pod.available_at;
    }
  }
  return next;
}

// ---- What a change concerns ----

void ordinal_orphan_changed(const Change& change, Enqueue& enqueue) {
  const api::ObjectMeta& pod = change.object->metadata;
  for (const std::uint32_t index : change.cache.in_namespace(Kind::kStatefulSet, pod.namespace_)) {
    const auto set = change.cache.get<StatefulSet>({index});
    if (!set->selector.empty() && set->selector.matches(*pod.labels)) enqueue.add(set->ref());
  }
}

void ordinal_pod_changed(const Change& change, Enqueue& enqueue) {
  const api::ObjectRef owner = controller_in(change.cache, *change.object, Kind::kStatefulSet);
  if (owner.valid()) enqueue.add(owner);
  if (change.type == ChangeType::kModified) {
    const api::ObjectRef before = controller_in(change.cache, *change.old, Kind::kStatefulSet);
    if (before.valid() && before != owner) enqueue.add(before);
    const bool same = change.old->metadata.labels == change.object->metadata.labels &&
                      change.old->metadata.owner_references == change.object->metadata.owner_references;
    if (same) return;
  }
  if (change.type == ChangeType::kDeleted || change.object->metadata.deletion_timestamp) return;
  if (!change.object->metadata.controller_ref()) ordinal_orphan_changed(change, enqueue);
}

}  // namespace

void statefulset_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kPod) return ordinal_pod_changed(change, enqueue);
  if (change.object->kind == Kind::kStatefulSet) enqueue.add(change.object->ref());
}

SyncResult sync_statefulset(Sync& sync) {
  const auto& set = sync.pin([&] { return api::as<StatefulSet>(sync.cache().get(sync.key())); });
  if (!set) return SyncResult::done();
  const auto revisions = claim_revisions(sync, *set, set->selector);
  if (!revisions) return revisions.error();
  const auto& found = sync.pin([&] { return candidates(sync.cache(), *set); });
  const auto claimed = claim<Pod>(sync, *set, set->selector, found);
  if (!claimed) return claimed.error();

  StatefulSetRevisions names{{}, {}, set->status.collision_count.value_or(0)};
  const auto update =
      revision_in_force(sync, {*set, set->template_, kHashLabel}, *revisions, names.collision_count);
  if (!update) return update.error();
  const auto known = std::ranges::find(*revisions, set->status.current_revision,
                                       [](const RevisionPtr& r) { return r->metadata.name; });
  const RevisionPtr current = known == revisions->end() ? *update : *known;
  names.current = current->metadata.name;
  names.update = (*update)->metadata.name;

  const auto& pods = sync.pin([&] { return arrange(*set, names, *claimed, sync.started()); });
  Pass pass{sync, set, current, *update, pods};
  if (const auto done = update_pods(pass); !done) return done.error();
  const StatefulSet::Status status =
      calculate_status(*set, names, pods.replicas, pods.condemned, pass.deleted);
  if (status_needs_write(*set, status)) {
    if (const auto written = write_status(sync, *set, status); !written) return written.error();
  }
  if (const auto cut = truncate_history(sync, pass, *revisions); !cut) return cut.error();
  if (!pass.failure.empty()) return SyncResult::failed(pass.failure);
  const std::optional<SimTime> next = next_available(pods);
  if (!next) return SyncResult::done();
  return SyncResult::done(std::max(*next - sync.now(), Duration::nanos(1)));
}

}  // namespace seatrial::controllers
