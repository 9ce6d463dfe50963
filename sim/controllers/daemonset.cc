// The DaemonSet controller: one pod on each node that should have one. The pods name their node by affinity
// and are bound by the scheduler.
//
// Sources: pkg/controller/daemon/{daemon_controller,update}.go; reference §6, observed.md 14, 35.

#include <fmt/format.h>

#include "sim/controllers/controllers.h"
#include "sim/controllers/daemonset_math.h"
#include "sim/controllers/replicaset_math.h"
#include "sim/controllers/revision_history.h"

namespace seatrial::controllers {

using api::DaemonSet;
using api::Kind;
using api::Pod;
using api::Symbol;
using cluster::sync_key;

namespace {

constexpr const char* kRevisionHashLabel = "controller-revision-hash";

using PodPtr = std::shared_ptr<const Pod>;
using DaemonSetPtr = std::shared_ptr<const DaemonSet>;

// ---- Reading ----

// What its pods have in common.
Pod pod_of(const DaemonSet& set) {
  Pod pod;
  pod.metadata.generate_name = set.metadata.name.str() + "-";
  pod.metadata.namespace_ = set.metadata.namespace_;
  pod.metadata.labels = set.template_->labels;
  pod.metadata.annotations = set.template_->annotations;
  pod.metadata.owner_references = {controller_reference(set)};
  pod.spec = set.template_->spec;
  add_daemon_tolerations(pod.spec.edit());
  pod.node_name = pod.spec->node_name;
  pod.source = set.source;
  return pod;
}

const std::vector<std::uint32_t>& node_indexes(const Cache& cache) {
  return cache.in_namespace(Kind::kNode, {});
}

// One sync: what it works on.
struct Daemon {
  Sync& sync;
  const DaemonSetPtr& set;
  const Symbol hash;  // of the template that is in force
  const std::int32_t collision_count;
  const std::vector<PodPtr>& claimed;  // also those that the cache does not show as its own yet
  std::string failure = {};
  bool waits = false;  // a failed pod stays for now

  cluster::SyncKey key() const { return sync_key(sync.key()); }
  // A new generation begins anew.
  cluster::FailureBackoff::Key backoff_key(const DaemonNode& node) const {
    return {key(), node.index, set->status.observed_generation};
  }
};

std::vector<PodPtr> candidates(const Cache& cache, const DaemonSet& set) {
  std::vector<PodPtr> pods;
  for (const auto* indexes : {&cache.controlled_by(Kind::kPod, set.metadata.uid),
                              &cache.orphans(Kind::kPod, set.metadata.namespace_)}) {
    for (const std::uint32_t index : *indexes) pods.push_back(cache.get<Pod>({index}));
  }
  return pods;
}

// A finished pod that is being deleted is as good as gone.
std::map<Symbol, std::vector<DaemonPod>> pods_by_node(const Daemon& d) {
  const Cache& cache = d.sync.cache();
  std::map<Symbol, std::vector<DaemonPod>> pods;
  const auto& controlled = cache.controlled_by(Kind::kPod, d.set->metadata.uid);
  std::set<std::uint32_t> indexes(controlled.begin(), controlled.end());
  for (const PodPtr& pod : d.claimed) indexes.insert(pod->index);
  for (const std::uint32_t index : indexes) {
    const PodPtr pod = cache.get<Pod>({index});
    if (!pod || !d.set->selector.matches(*pod->metadata.labels)) continue;
    if (api::is_pod_terminal(*pod) && pod->metadata.deletion_timestamp) continue;
    const Symbol node = target_node(*pod);
    if (!node.empty()) pods[node].push_back(describe(*pod, d.hash, d.set->min_ready_seconds, d.sync.now()));
  }
  for (auto& [node, list] : pods) {
    std::ranges::sort(list, {}, [](const DaemonPod& p) { return std::tuple(!p.bound, p.created, p.name); });
  }
  return pods;
}

// Every node, and those that do not exist although pods name them.
std::vector<DaemonNode> nodes_of(const Daemon& d) {
  const Cache& cache = d.sync.cache();
  const scheduler::PodInfo pod = scheduler::make_pod_info(pod_of(*d.set));
  std::map<Symbol, std::vector<DaemonPod>> pods = pods_by_node(d);
  std::vector<DaemonNode> nodes;
  for (const std::uint32_t index : node_indexes(cache)) {
    const auto node = cache.get<api::Node>({index});
    DaemonNode seen;
    seen.index = index;
    seen.name = node->metadata.name;
    seen.fit = node_fit(pod, *node);
    seen.backs_off = d.sync.backoff().wait(d.backoff_key(seen), d.sync.now()) > Duration();
    if (const auto at = pods.find(seen.name); at != pods.end()) {
      seen.pods = std::move(at->second);
      pods.erase(at);
    }
    nodes.push_back(std::move(seen));
  }
  for (auto& [name, list] : pods) {
    DaemonNode missing;
    missing.name = name;
    missing.exists = false;
    missing.pods = std::move(list);
    nodes.push_back(std::move(missing));
  }
  return nodes;
}

// ---- Creating and deleting ----

struct Changes {
  std::vector<Symbol> new_nodes;
  std::vector<DaemonPod> deletions;
};

Pod draft_for(const Daemon& d, Symbol node) {
  Pod pod = pod_of(*d.set);
  pod.metadata.labels.edit().set(kRevisionHashLabel, d.hash);
  set_target_node(pod.spec.edit(), node);
  return pod;
}

Step<Done> create_pods(Daemon& d, std::span<const Symbol> nodes) {
  SlowStart slow_start(static_cast<std::int32_t>(nodes.size()));
  while (const std::int32_t batch = slow_start.batch()) {
    const std::vector<ApiResult>* const results = d.sync.write_all([&] {
      std::vector<Write> writes;
      for (const Symbol node :
           nodes.subspan(static_cast<std::size_t>(slow_start.calls()), static_cast<std::size_t>(batch))) {
        writes.push_back({request(Verb::kCreate, draft_for(d, node)),
                          {d.set, false, "SuccessfulCreate", "Created pod: {name}", {}},
                          {}});
      }
      return writes;
    });
    if (!results) return pending();
    std::int32_t failures = 0;
    for (const ApiResult& result : *results) {
      // In a terminating namespace every creation fails; nobody is told.
      if (result || is_namespace_terminating(result.error())) continue;
      ++failures;
      if (d.failure.empty()) d.failure = result.error().message;
      d.sync.event({d.set, true, "FailedCreate", "Error creating: " + result.error().message, {}});
    }
    slow_start.done(failures);
  }
  // What was not made will not be seen.
  d.sync.once([&] {
    for (std::size_t i = static_cast<std::size_t>(slow_start.successes()); i < nodes.size(); ++i)
      d.sync.expectations().creation_observed(d.key());
  });
  return Done();
}

Step<Done> delete_pods(Daemon& d, std::span<const DaemonPod> pods) {
  if (pods.empty()) return Done();
  const std::vector<ApiResult>* const results = d.sync.write_all([&] {
    std::vector<Write> writes;
    for (const DaemonPod& pod : pods) {
      ApiRequest deletion;
      deletion.verb = Verb::kDelete;
      deletion.ref = {Kind::kPod, pod.index};
      writes.push_back(
          {std::move(deletion), {d.set, false, "SuccessfulDelete", "Deleted pod: {name}", {}}, {}});
    }
    return writes;
  });
  if (!results) return pending();
  for (std::size_t i = 0; i < pods.size(); ++i) {
    const ApiResult& result = (*results)[i];
    if (result) continue;
    d.sync.once([&] { d.sync.expectations().deletion_observed(d.key(), pods[i].index); });
    if (is_not_found(result.error())) continue;
    if (d.failure.empty()) d.failure = result.error().message;
    d.sync.event({d.set, true, "FailedDelete", "Error deleting: " + result.error().message, {}});
  }
  return Done();
}

Step<Done> sync_nodes(Daemon& d, const Changes& changes) {
  if (changes.new_nodes.empty() && changes.deletions.empty()) return Done();
  const std::span nodes =
      std::span(changes.new_nodes).first(std::min(changes.new_nodes.size(), kDaemonBurst));
  const std::span pods = std::span(changes.deletions).first(std::min(changes.deletions.size(), kDaemonBurst));
  d.sync.once([&] {
    std::set<std::uint32_t> indexes;
    for (const DaemonPod& pod : pods) indexes.insert(pod.index);
    d.sync.expectations().expect(d.key(), static_cast<std::int64_t>(nodes.size()), std::move(indexes),
                                 d.sync.now());
  });
  if (const auto created = create_pods(d, nodes); !created) return created;
  return delete_pods(d, pods);
}

// ---- The steps of a sync ----

void note_finished(Daemon& d, const DaemonNode& node, const DaemonPod& pod) {
  if (pod.failed) d.sync.once([&] { d.sync.backoff().failed(d.backoff_key(node), d.sync.now()); });
  d.sync.event({d.set,
                pod.failed,
                pod.failed ? "FailedDaemonPod" : "SucceededDaemonPod",
                fmt::format("Found {} daemon pod {}/{} on node {}, will try to {} it",
                            pod.failed ? "failed" : "succeeded", d.set->metadata.namespace_.str(),
                            pod.name.str(), node.name.str(), pod.failed ? "kill" : "delete"),
                {}});
}

// The scheduler never binds a pod to a node that is gone, and the pod garbage collector looks at bound ones.
void collect_unbound(const DaemonNode& missing, Changes& changes) {
  for (const DaemonPod& pod : missing.pods) {
    if (!pod.bound && !pod.terminating) changes.deletions.push_back(pod);
  }
}

Step<Done> manage(Daemon& d) {
  const auto& nodes = d.sync.pin([&] { return nodes_of(d); });
  Changes changes;
  for (const DaemonNode& node : nodes) {
    if (!node.exists) {
      collect_unbound(node, changes);
      continue;
    }
    const NodePlan plan = plan_node(node, allows_surge(*d.set));
    if (plan.create) changes.new_nodes.push_back(node.name);
    for (const DaemonPod& pod : plan.finished) note_finished(d, node, pod);
    for (const auto* pods : {&plan.finished, &plan.surplus})
      changes.deletions.insert(changes.deletions.end(), pods->begin(), pods->end());
    d.waits |= plan.waits;
  }
  return sync_nodes(d, changes);
}

Step<Done> rolling_update(Daemon& d) {
  if (d.set->update_strategy != api::UpdateStrategyType::kRollingUpdate) return Done();
  if (!d.sync.pin([&] { return d.sync.expectations_satisfied(); })) return Done();
  const auto& nodes = d.sync.pin([&] { return nodes_of(d); });
  const auto desired = std::ranges::count_if(nodes, [](const DaemonNode& n) { return n.fit.should_run; });
  RollingPlan plan = plan_rolling_update(nodes, daemon_limits(*d.set, static_cast<std::int32_t>(desired)));
  return sync_nodes(d, {std::move(plan.new_nodes), std::move(plan.deletions)});
}

// Revisions that pods have stay, and count towards the limit.
Step<Done> clean_up_history(Daemon& d, std::vector<RevisionPtr> revisions, const RevisionPtr& current) {
  std::erase_if(revisions, [&](const RevisionPtr& r) { return r->metadata.uid == current->metadata.uid; });
  const auto limit = static_cast<std::size_t>(std::max(0, d.set->revision_history_limit.value_or(10)));
  const auto& doomed = d.sync.pin([&] {
    std::set<std::string_view> live;
    for (const std::uint32_t index : d.sync.cache().controlled_by(Kind::kPod, d.set->metadata.uid))
      live.insert(d.sync.cache().get<Pod>({index})->metadata.labels->get(kRevisionHashLabel));
    std::vector<RevisionPtr> found;
    for (const RevisionPtr& revision : revisions) {
      if (revisions.size() - found.size() <= limit) break;
      if (!live.contains(revision->metadata.labels->get(kRevisionHashLabel))) found.push_back(revision);
    }
    return found;
  });
  return delete_revisions(d.sync, doomed);
}

Step<Done> act(Daemon& d, const std::vector<RevisionPtr>& revisions, const RevisionPtr& current) {
  if (const auto managed = manage(d); !managed || !d.failure.empty()) return managed;
  if (const auto updated = rolling_update(d); !updated || !d.failure.empty()) return updated;
  return clean_up_history(d, revisions, current);
}

SyncResult report(Daemon& d, bool acted) {
  const auto& nodes = d.sync.pin([&] { return nodes_of(d); });
  DaemonSet::Status status = calculate_status(*d.set, nodes, acted);
  if (d.collision_count > 0) status.collision_count = d.collision_count;
  if (!(status == d.set->status)) {
    if (const auto written = write_status(d.sync, *d.set, status); !written) return written.error();
  }
  if (!d.failure.empty()) return SyncResult::failed(d.failure);
  // Looked at again a whole minReadySeconds after the status was written, not when a pod becomes available.
  Duration again;
  const auto after = [&](Duration wait) { again = again == Duration() ? wait : std::min(again, wait); };
  if (status.number_ready != status.number_available && d.set->min_ready_seconds > 0)
    after(Duration::seconds(d.set->min_ready_seconds));
  for (const DaemonNode& node : nodes) {
    if (d.waits && node.backs_off) after(d.sync.backoff().wait(d.backoff_key(node), d.sync.now()));
  }
  return SyncResult::done(again);
}

// ---- What a change concerns ----

void daemon_orphan_changed(const Change& change, Enqueue& enqueue) {
  const api::ObjectMeta& pod = change.object->metadata;
  for (const std::uint32_t index : change.cache.in_namespace(Kind::kDaemonSet, pod.namespace_)) {
    const auto set = change.cache.get<DaemonSet>({index});
    if (!set->selector.empty() && set->selector.matches(*pod.labels)) enqueue.add(set->ref());
  }
}

// With minReadySeconds its set is looked at again when it must have become available.
void pod_became_ready(const Change& change, api::ObjectRef owner, Enqueue& enqueue) {
  const auto set = change.cache.get<DaemonSet>({owner.index});
  if (set->min_ready_seconds == 0 || is_pod_ready(static_cast<const Pod&>(*change.old)) ||
      !is_pod_ready(static_cast<const Pod&>(*change.object)))
    return;
  enqueue.add_after(owner, Duration::seconds(set->min_ready_seconds + 1));
}

void daemon_pod_changed(const Change& change, Enqueue& enqueue) {
  const api::ObjectRef owner = controller_in(change.cache, *change.object, Kind::kDaemonSet);
  if (owner.valid()) enqueue.add(owner);
  // A pod that has got its deletionTimestamp counts as deleted.
  if (change.type == ChangeType::kDeleted || change.object->metadata.deletion_timestamp) {
    if (owner.valid()) enqueue.expectations().deletion_observed(sync_key(owner), change.object->index);
    return;
  }
  if (change.type == ChangeType::kAdded && owner.valid())
    enqueue.expectations().creation_observed(sync_key(owner));
  if (change.type == ChangeType::kModified) {
    const api::ObjectRef before = controller_in(change.cache, *change.old, Kind::kDaemonSet);
    if (before.valid() && before != owner) enqueue.add(before);
    if (owner.valid()) pod_became_ready(change, owner, enqueue);
    const bool same = change.old->metadata.labels == change.object->metadata.labels &&
                      change.old->metadata.owner_references == change.object->metadata.owner_references;
    if (same) return;
  }
  if (!change.object->metadata.controller_ref()) daemon_orphan_changed(change, enqueue);
}

bool has_pod_on(const Cache& cache, const DaemonSet& set, Symbol node) {
  return std::ranges::any_of(cache.controlled_by(Kind::kPod, set.metadata.uid), [&](std::uint32_t index) {
    return target_node(*cache.get<Pod>({index})) == node;
  });
}

// A set hears of a node that lacks its pod or that its pod must leave; not of one that merely should not have
// got it, unless such are counted, as it may be one no longer.
void daemon_node_changed(const Change& change, Enqueue& enqueue) {
  if (change.type == ChangeType::kDeleted) return;
  const auto& node = static_cast<const api::Node&>(*change.object);
  if (change.type == ChangeType::kModified) {
    const auto& old = static_cast<const api::Node&>(*change.old);
    if (old.taints == node.taints && old.metadata.labels == node.metadata.labels) return;
  }
  for (const api::ObjectPtr& object : change.cache.all(Kind::kDaemonSet)) {
    const auto set = api::as<DaemonSet>(object);
    if (!set) continue;
    const NodeFit fit = node_fit(scheduler::make_pod_info(pod_of(*set)), node);
    const bool has = has_pod_on(change.cache, *set, node.metadata.name);
    if ((fit.should_run && !has) || (!fit.should_continue && has) ||
        (has && set->status.number_misscheduled > 0))
      enqueue.add(set->ref());
  }
}

}  // namespace

void daemonset_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kPod) return daemon_pod_changed(change, enqueue);
  if (change.object->kind == Kind::kNode) return daemon_node_changed(change, enqueue);
  if (change.object->kind != Kind::kDaemonSet) return;
  if (change.type == ChangeType::kDeleted) enqueue.expectations().forget(sync_key(change.object->ref()));
  enqueue.add(change.object->ref());
}

SyncResult sync_daemonset(Sync& sync) {
  const auto& set = sync.pin([&] { return api::as<DaemonSet>(sync.cache().get(sync.key())); });
  if (!set || set->metadata.deletion_timestamp) return SyncResult::done();
  if (set->selector.empty()) {
    sync.event({set,
                true,
                "SelectingAll",
                "This daemon set is selecting all pods. A non-empty selector is required.",
                {}});
    return SyncResult::done();
  }
  const auto revisions = claim_revisions(sync, *set, set->selector);
  if (!revisions) return revisions.error();
  std::int32_t collision_count = set->status.collision_count.value_or(0);
  const auto current =
      revision_in_force(sync, {*set, set->template_, kRevisionHashLabel}, *revisions, collision_count);
  if (!current) return current.error();
  const auto& found = sync.pin([&] { return candidates(sync.cache(), *set); });
  const auto claimed = claim<Pod>(sync, *set, set->selector, found);
  if (!claimed) return claimed.error();

  Daemon d{sync, set, Symbol((*current)->metadata.labels->get(kRevisionHashLabel)), collision_count,
           *claimed};
  const bool may_act = sync.pin([&] { return sync.expectations_satisfied(); });
  if (may_act) {
    if (const auto done = act(d, *revisions, *current); !done) return done.error();
  }
  return report(d, may_act);
}

}  // namespace seatrial::controllers
