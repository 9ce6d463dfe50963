// The pod garbage collector. Every 20 s it deletes without grace: finished pods beyond 12,500; pods that are
// being deleted on a node that is out of service; pods of nodes that are gone, or never were, after a
// quarantine of 40 s; pods that are being deleted and were never bound. Pods that had not ended are marked
// failed before. A round in which nothing can have changed is not held. Source:
// pkg/controller/podgc/gc_controller.go; reference, part A, §7, part B, §3; observed.md 24.

#include "sim/controllers/controllers.h"
#include "sim/controllers/podgc_math.h"

namespace seatrial::controllers {

using api::Kind;
using api::Node;
using api::Pod;
using api::Symbol;

namespace {

// Stands for all finished pods.
constexpr api::ObjectRef kTerminatedPods{Kind::kPod, 0xffff'fffe};

// Until when the quarantine of a pod's missing node lasts; by pod.
using Quarantine = std::map<cluster::SyncKey, SimTime>;

enum class Garbage : std::uint8_t { kNone, kUnscheduled, kOutOfService, kOrphaned };

Garbage garbage(const Cache& cache, const Pod& pod) {
  const bool is_going = pod.metadata.deletion_timestamp.has_value();
  if (pod.node_name.empty()) return is_going ? Garbage::kUnscheduled : Garbage::kNone;
  const auto node = cache.find<Node>({}, pod.node_name);
  if (!node) return Garbage::kOrphaned;
  return is_going && is_out_of_service(*node) ? Garbage::kOutOfService : Garbage::kNone;
}

Pod marked_failed(const Pod& pod, Garbage why, SimTime now) {
  Pod failed = pod;
  failed.status.phase = api::PodPhase::kFailed;
  if (why != Garbage::kOrphaned) return failed;
  std::erase_if(failed.status.conditions,
                [](const api::Condition& c) { return c.type == Symbol("DisruptionTarget"); });
  failed.status.conditions.push_back({"DisruptionTarget",
                                      api::ConditionStatus::kTrue,
                                      "DeletionByPodGC",
                                      "PodGC: node no longer exists",
                                      {},
                                      now.whole_second(),
                                      {}});
  return failed;
}

ApiRequest deletion_of(const Pod& pod) {
  ApiRequest request = delete_request(pod);
  request.grace_period_seconds = 0;
  return request;
}

SyncResult collect(Sync& sync, const Pod& pod, Garbage why) {
  if (!is_pod_terminal(pod)) {
    const auto marked = write<Pod>(
        sync, [&] { return request(Verb::kPatchStatus, marked_failed(pod, why, sync.started())); });
    if (!marked) return marked.error();
  }
  const ApiResult* const result = sync.write([&] { return deletion_of(pod); });
  if (!result) return SyncResult::pending();
  return *result || is_not_found(result->error()) ? SyncResult::done()
                                                  : SyncResult::failed(result->error().message);
}

SyncResult collect_terminated(Sync& sync) {
  const auto& writes = sync.pin([&] {
    std::vector<const Pod*> terminated;
    for (const api::ObjectPtr& object : sync.cache().all(Kind::kPod)) {
      const auto* const pod = static_cast<const Pod*>(object.get());
      if (pod && is_pod_terminal(*pod)) terminated.push_back(pod);
    }
    std::vector<Write> deletions;
    for (const Pod* const pod : terminated_pods_to_delete(terminated, kTerminatedPodThreshold))
      deletions.push_back({deletion_of(*pod), {}, {}});
    return deletions;
  });
  if (writes.empty()) return SyncResult::done();
  const std::vector<ApiResult>* const results = sync.write_all([&] { return writes; });
  if (!results) return SyncResult::pending();
  for (const ApiResult& result : *results) {
    if (!result && !is_not_found(result.error())) return SyncResult::failed(result.error().message);
  }
  return SyncResult::done();
}

// Whether the change can make garbage of the pod, or makes one finished pod more.
void collected_pod_changed(const Change& change, Enqueue& enqueue) {
  if (change.type == ChangeType::kDeleted) return;
  const auto& pod = static_cast<const Pod&>(*change.object);
  const auto* const old = static_cast<const Pod*>(change.old);
  const Duration wait = until_podgc_round(change.now);
  if (is_pod_terminal(pod) && (!old || !is_pod_terminal(*old))) enqueue.add_after(kTerminatedPods, wait);
  const bool is_new = !old || old->node_name != pod.node_name ||
                      old->metadata.deletion_timestamp != pod.metadata.deletion_timestamp;
  if (is_new && garbage(change.cache, pod) != Garbage::kNone) enqueue.add_after(pod.ref(), wait);
}

void collected_node_changed(const Change& change, Enqueue& enqueue) {
  const auto& node = static_cast<const Node&>(*change.object);
  if (change.type != ChangeType::kDeleted && !is_out_of_service(node)) return;
  for (const api::ObjectPtr& object : change.cache.all(Kind::kPod)) {
    if (!object || static_cast<const Pod&>(*object).node_name != node.metadata.name) continue;
    if (garbage(change.cache, static_cast<const Pod&>(*object)) != Garbage::kNone)
      enqueue.add_after(object->ref(), until_podgc_round(change.now));
  }
}

}  // namespace

void podgc_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kPod) return collected_pod_changed(change, enqueue);
  if (change.object->kind == Kind::kNode) collected_node_changed(change, enqueue);
}

SyncResult sync_podgc(Sync& sync) {
  if (sync.key() == kTerminatedPods) return collect_terminated(sync);
  const auto& pod = sync.pin([&] { return api::as<Pod>(sync.cache().get(sync.key())); });
  const Garbage why = sync.pin([&] { return pod ? garbage(sync.cache(), *pod) : Garbage::kNone; });
  const cluster::SyncKey key = cluster::sync_key(sync.key());
  if (why != Garbage::kOrphaned) sync.once([&] { sync.memory<Quarantine>().erase(key); });
  if (why == Garbage::kNone) return SyncResult::done();
  if (why == Garbage::kOrphaned) {
    const SimTime over = sync.pin([&] {
      const SimTime end = podgc_round_of(sync.started()) + kPodGcQuarantine;
      return sync.memory<Quarantine>().try_emplace(key, end).first->second;
    });
    if (sync.started() < over) return SyncResult::done(over - sync.started());
  }
  return collect(sync, *pod, why);
}

}  // namespace seatrial::controllers
