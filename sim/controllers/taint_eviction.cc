// The taint eviction controller: deletes pods from nodes whose NoExecute taints they do not tolerate, at once
// or when their tolerationSeconds have passed, whether they have ended or not. It asks no
// PodDisruptionBudget.
//
// The time runs from when the controller first sees the pod under such a taint, whenever the taint was made,
// and goes on while one of them is there, even if another toleration has become the shortest. It is kept in
// memory only. Source: pkg/controller/tainteviction/taint_eviction.go; reference, part B, §3.
#include <fmt/format.h>

#include "sim/api/tolerations.h"
#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using api::Node;
using api::Pod;

namespace {

std::vector<api::Taint> no_execute_taints(const Node& node) {
  std::vector<api::Taint> taints;
  std::ranges::copy_if(node.taints, std::back_inserter(taints),
                       [](const api::Taint& t) { return t.effect == api::Symbol("NoExecute"); });
  return taints;
}

// How long the pod stays under these taints: the least of the tolerations that it needs; none: for ever.
std::optional<Duration> stays_for(const Pod& pod, const std::vector<api::Taint>& taints) {
  std::optional<Duration> least;
  for (const api::Taint& taint : taints) {
    const auto used = std::ranges::find_if(pod.spec->tolerations,
                                           [&](const api::Toleration& t) { return tolerates(t, taint); });
    if (used == pod.spec->tolerations.end()) return Duration();
    if (!used->toleration_seconds) continue;
    const Duration seconds = Duration::seconds(std::max<std::int64_t>(0, *used->toleration_seconds));
    least = std::min(least.value_or(seconds), seconds);
  }
  return least;
}

// The same as things are; none also where the pod's node is not tainted, or not there.
std::optional<Duration> stays_for(const Cache& cache, const Pod& pod) {
  const auto node = cache.find<Node>({}, pod.node_name);
  const std::vector<api::Taint> taints = node ? no_execute_taints(*node) : std::vector<api::Taint>();
  return taints.empty() ? std::nullopt : stays_for(pod, taints);
}

// When pods have to go that may stay for a while.
using Evictions = std::map<cluster::SyncKey, SimTime>;

// When this one has to go; none: it need not.
std::optional<SimTime> due(Sync& sync, const Pod* pod) {
  const cluster::SyncKey key = cluster::sync_key(sync.key());
  auto& evictions = sync.memory<Evictions>();
  const bool is_there = pod && !pod->metadata.deletion_timestamp;
  const auto stays = is_there ? stays_for(sync.cache(), *pod) : std::nullopt;
  if (!stays || *stays == Duration()) {
    evictions.erase(key);
    return stays ? std::optional(sync.started()) : std::nullopt;
  }
  return evictions.try_emplace(key, sync.started() + *stays).first->second;
}

void tainted_node_changed(const Change& change, Enqueue& enqueue) {
  const auto& node = static_cast<const Node&>(*change.object);
  const std::vector<api::Taint> taints = no_execute_taints(node);
  const std::vector<api::Taint> before =
      change.old ? no_execute_taints(static_cast<const Node&>(*change.old)) : std::vector<api::Taint>();
  if (taints == before || change.type == ChangeType::kDeleted) return;
  for (const api::ObjectPtr& object : change.cache.all(Kind::kPod)) {
    const auto pod = api::as<Pod>(object);
    if (!pod || pod->node_name != node.metadata.name) continue;
    const bool goes = !taints.empty() && stays_for(*pod, taints);
    const bool went = !before.empty() && stays_for(*pod, before);
    if (goes || went) enqueue.add(pod->ref());
    if (!goes && went && !pod->metadata.deletion_timestamp) {
      enqueue.event({pod,
                     false,
                     "TaintManagerEviction",
                     fmt::format("Cancelling deletion of Pod {}/{}", pod->metadata.namespace_.str(),
                                 pod->metadata.name.str()),
                     {}});
    }
  }
}

}  // namespace

void taint_eviction_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kNode) return tainted_node_changed(change, enqueue);
  if (change.object->kind != Kind::kPod || change.type == ChangeType::kDeleted) return;
  const auto& pod = static_cast<const Pod&>(*change.object);
  const auto* const old = static_cast<const Pod*>(change.old);
  const bool placed = !pod.node_name.empty() && (!old || old->node_name.empty());
  const bool judged_anew =
      placed || (old && !pod.node_name.empty() && old->spec->tolerations != pod.spec->tolerations);
  if (judged_anew && stays_for(change.cache, pod)) enqueue.add(pod.ref());
}

SyncResult sync_taint_eviction(Sync& sync) {
  const auto& pod = sync.pin([&] { return api::as<Pod>(sync.cache().get(sync.key())); });
  const auto& at = sync.pin([&] { return due(sync, pod.get()); });
  if (!at) return SyncResult::done();
  if (*at > sync.started()) return SyncResult::done(*at - sync.started());
  sync.event({pod,
              false,
              "TaintManagerEviction",
              fmt::format("Marking for deletion Pod {}/{}", pod->metadata.namespace_.str(),
                          pod->metadata.name.str()),
              {}});
  const ApiResult* const marked = sync.write([&] {
    ApiRequest mark;
    mark.verb = Verb::kPatchConditions;
    mark.ref = pod->ref();
    mark.conditions = {{"DisruptionTarget",
                        api::ConditionStatus::kTrue,
                        "DeletionByTaintManager",
                        "Taint manager: deleting due to NoExecute taint",
                        {},
                        sync.now().whole_second(),
                        {}}};
    return mark;
  });
  if (!marked) return SyncResult::pending();
  const ApiResult* const deleted = sync.write([&] { return delete_request(*pod); });
  if (!deleted) return SyncResult::pending();
  return *deleted || is_not_found(deleted->error()) ? SyncResult::done()
                                                    : SyncResult::failed(deleted->error().message);
}

}  // namespace seatrial::controllers
