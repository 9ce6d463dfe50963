// Deletes Jobs ttlSecondsAfterFinished after they have finished, their pods first. Source:
// pkg/controller/ttlafterfinished.

#include "sim/api/batch.h"
#include "sim/controllers/controllers.h"

namespace seatrial::controllers {

using api::Job;
using api::Kind;

namespace {

// When the Job's time is over; none if it has not finished or has no such time.
std::optional<SimTime> expiry(const Job& job) {
  const api::Condition* const finished = finished_condition(job);
  if (!finished || !job.spec.ttl_seconds_after_finished || job.metadata.deletion_timestamp)
    return std::nullopt;
  return finished->last_transition_time + Duration::seconds(*job.spec.ttl_seconds_after_finished);
}

}  // namespace

void ttl_after_finished_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind != Kind::kJob || change.type == ChangeType::kDeleted) return;
  if (expiry(static_cast<const Job&>(*change.object))) enqueue.add(change.object->ref());
}

SyncResult sync_ttl_after_finished(Sync& sync) {
  const auto& job = sync.pin([&] { return api::as<Job>(sync.cache().get(sync.key())); });
  const auto over = job ? expiry(*job) : std::nullopt;
  if (!over) return SyncResult::done();
  const SimTime now = sync.pin([&] { return sync.now(); });
  if (*over > now) return SyncResult::done(*over - now);
  const ApiResult* const result = sync.write([&] {
    ApiRequest deletion = delete_request(*job);
    deletion.uid_precondition = job->metadata.uid;
    deletion.propagation = cluster::Propagation::kForeground;
    return deletion;
  });
  if (!result) return SyncResult::pending();
  if (!*result && !is_not_found(result->error())) return SyncResult::failed(result->error().message);
  return SyncResult::done();
}

}  // namespace seatrial::controllers
