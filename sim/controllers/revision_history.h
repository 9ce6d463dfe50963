// The history of a StatefulSet's or DaemonSet's template: ControllerRevisions, numbered upwards.
//
// A template that was in force before gets its old revision back, with a new number; a new one is stored
// under the name OWNER-HASH. Sources: pkg/controller/history/controller_history.go,
// pkg/controller/statefulset/stateful_set_control.go (getStatefulSetRevisions),
// pkg/controller/daemon/update.go (constructHistory).
#pragma once

#include <vector>

#include "sim/api/apps.h"
#include "sim/controllers/steps.h"

namespace seatrial::controllers {

using RevisionPtr = std::shared_ptr<const api::ControllerRevision>;

// By number, then age, then name.
void sort_revisions(std::vector<RevisionPtr>& revisions);

// The newest of the sorted revisions that holds this template, or null.
RevisionPtr find_revision(const std::vector<RevisionPtr>& sorted, const api::PodTemplateSpec& t);

// Those that go: of the sorted revisions that nothing uses the oldest, until `limit` of them are left.
std::vector<RevisionPtr> surplus_revisions(const std::vector<RevisionPtr>& sorted,
                                           const std::vector<api::Symbol>& used, std::int32_t limit);

// The owner's revisions, sorted, those that it adopted (its selector matches them) included.
Step<std::vector<RevisionPtr>> claim_revisions(Sync& sync, const api::Object& owner,
                                               const api::LabelSelector& selector);

// What new revisions of an owner are made of.
struct RevisionSource {
  const api::Object& owner;
  const api::Shared<api::PodTemplateSpec>& template_;
  const char* hash_label;  // the label that holds the hash
};
// The revision of the template that is in force, stored or renumbered if it is not the newest. Each collision
// of names adds 1 to `collision_count`.
Step<RevisionPtr> revision_in_force(Sync& sync, const RevisionSource& source,
                                    const std::vector<RevisionPtr>& sorted, std::int32_t& collision_count);

// Deletes revisions, one after the other; one that is gone is as good.
Step<Done> delete_revisions(Sync& sync, const std::vector<RevisionPtr>& revisions);

}  // namespace seatrial::controllers
