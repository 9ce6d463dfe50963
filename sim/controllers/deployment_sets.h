// One sync of one Deployment: what it works on, and the steps that read and write ReplicaSets. Internal to
// the deployment controller (deployment.cc says in which order the steps are taken).
//
// `d` is a working copy that changes as the sync goes on; its resourceVersion stays that of the cache. So the
// second status update of one sync is refused as a conflict and the sync is tried again 5 ms later, as in a
// real cluster. Sources: pkg/controller/deployment/sync.go; reference §1.3.
#pragma once

#include "sim/controllers/deployment_revision.h"
#include "sim/controllers/steps.h"

namespace seatrial::controllers {

struct Rollout {
  Sync& sync;
  std::shared_ptr<const api::Deployment> cached;  // what events are about
  api::Deployment d;
  std::vector<ReplicaSetPtr> claimed;  // as the cache held them when the sync began

  SimTime now() {
    return sync.pin([&] { return sync.now(); });
  }  // of this point of the sync
  void event(bool warning, api::Symbol reason, std::string message) {
    sync.event({cached, warning, reason, std::move(message), {}});
  }
};

struct Sets {
  ReplicaSetPtr new_rs;            // null: there is none yet
  std::vector<ReplicaSetPtr> old;  // oldest first
  std::vector<ReplicaSetPtr> all() const {
    std::vector<ReplicaSetPtr> sets = old;
    if (new_rs) sets.push_back(new_rs);
    return sets;
  }
};

Step<Done> update_status(Rollout& r);
// Which set is new and which are old; brings annotations, minReadySeconds and revisions up to date, and
// creates the new set if it is missing and `create` says so.
Step<Sets> sets_and_revision(Rollout& r, bool create);
// Writes the set's size, with its annotations desired-replicas and max-replicas, and reports the change. Only
// if the size differs, or also if only the annotations do. True if the size changed.
enum class WriteIf { kSizeDiffers, kAnythingDiffers };
Step<bool> scale_set(Rollout& r, ReplicaSetPtr rs, std::int32_t size, WriteIf when = WriteIf::kSizeDiffers,
                     ReplicaSetPtr* updated = nullptr);
// Deletes old sets beyond the history limit.
Step<Done> clean_up_history(Rollout& r, const Sets& sets);

}  // namespace seatrial::controllers
