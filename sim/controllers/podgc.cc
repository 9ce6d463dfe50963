// The pod garbage collector, for pods of nodes that are gone: every 20 s it notes such nodes, and after a
// quarantine of 40 s marks their pods failed and deletes them without grace. (Terminated pods beyond 12,500
// are left alone.) Node deleted at 16 s: noted at 20 s, pods deleted at 60 s, 44 s after the node. Source:
// pkg/controller/podgc/gc_controller.go; reference §7, observed.md 24.

#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Kind;
using api::Pod;
using api::Symbol;

namespace {

constexpr Duration kRound = Duration::seconds(20), kQuarantine = Duration::seconds(40);

// From `now` to the end of the quarantine of a node that is noted in the next round.
Duration until_collected(SimTime now) {
  Duration into_round = now.since_start() % kRound;
  if (into_round < Duration()) into_round += kRound;
  return kRound - into_round + kQuarantine;
}

Pod marked_failed(const Pod& pod, SimTime now) {
  Pod failed = pod;
  failed.status.phase = api::PodPhase::kFailed;
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

}  // namespace

void podgc_changed(const Change& change, Enqueue& enqueue) {
  // Pods that a restart finds on a node that is gone.
  if (change.object->kind == Kind::kPod && change.type == ChangeType::kAdded) {
    const Symbol node = static_cast<const Pod&>(*change.object).node_name;
    if (!node.empty() && !change.cache.find<api::Node>({}, node))
      enqueue.add_after(change.object->ref(), until_collected(change.now));
    return;
  }
  if (change.object->kind != Kind::kNode || change.type != ChangeType::kDeleted) return;
  for (const api::ObjectPtr& object : change.cache.all(Kind::kPod)) {
    if (object && static_cast<const Pod&>(*object).node_name == change.object->metadata.name) {
      enqueue.add_after(object->ref(), until_collected(change.now));
    }
  }
}

SyncResult sync_podgc(Sync& sync) {
  const auto& pod = sync.pin([&] { return api::as<Pod>(sync.cache().get(sync.key())); });
  if (!pod) return SyncResult::done();
  if (sync.pin([&] { return sync.cache().find<api::Node>({}, pod->node_name) != nullptr; }))
    return SyncResult::done();
  if (!is_pod_terminal(*pod)) {
    const auto marked =
        write<Pod>(sync, [&] { return request(Verb::kPatchStatus, marked_failed(*pod, sync.started())); });
    if (!marked) return marked.error();
  }
  const ApiResult* const result = sync.write([&] {
    ApiRequest request = delete_request(*pod);
    request.grace_period_seconds = 0;
    return request;
  });
  if (!result) return SyncResult::pending();
  return *result || is_not_found(result->error()) ? SyncResult::done()
                                                  : SyncResult::failed(result->error().message);
}

}  // namespace seatrial::controllers
