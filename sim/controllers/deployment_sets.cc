#include "sim/controllers/deployment_sets.h"

#include <fmt/format.h>

#include "sim/api/template_hash.h"
#include "sim/controllers/deployment_math.h"

namespace seatrial::controllers {

using api::Condition;
using api::ConditionStatus;
using api::ReplicaSet;
using api::Symbol;

namespace {

void set_progressing(Rollout& r, ConditionStatus status, Symbol reason, std::string message) {
  set_condition(r.d.status.conditions,
                new_condition("Progressing", status, reason, std::move(message), r.now()));
}

// A name is at most 253 characters with its hash.
std::string replica_set_name(const std::string& deployment, const std::string& hash) {
  return deployment.substr(0, 253 - hash.size() - 1) + "-" + hash;
}

ReplicaSet draft_of(const Rollout& r, const Sets& sets, std::int64_t revision) {
  const api::Deployment& d = r.d;
  const std::string hash = api::template_hash(*d.template_, d.status.collision_count);
  ReplicaSet rs;
  api::PodTemplateSpec template_ = *d.template_;
  template_.labels.edit().set(api::kPodTemplateHash, hash);
  rs.metadata.name = replica_set_name(d.metadata.name.str(), hash);
  rs.metadata.namespace_ = d.metadata.namespace_;
  rs.metadata.owner_references = {controller_reference(d)};
  rs.metadata.labels = template_.labels;
  rs.source = d.source;
  rs.min_ready_seconds = d.min_ready_seconds;
  rs.selector = d.selector;
  rs.selector.match_labels.set(api::kPodTemplateHash, hash);
  rs.template_ = std::move(template_);
  std::int32_t all_spec = 0;
  for (const ReplicaSetPtr& old : sets.old) all_spec += old->replicas;
  rs.replicas = new_rs_new_replicas(d.strategy, d.replicas, max_surge(d), all_spec, 0);
  set_new_replica_set_annotations(d, rs, revision);
  set_replicas_annotations(rs, d.replicas, d.replicas + max_surge(d));
  return rs;
}

// The name is taken: by the same set that an earlier sync made, or else two templates have one hash.
Step<ReplicaSetPtr> already_exists(Rollout& r, Symbol name, const ApiError& error) {
  const ReplicaSetPtr taken =
      r.sync.pin([&] { return r.sync.cache().find<ReplicaSet>(r.d.metadata.namespace_, name); });
  if (!taken) return failed(cluster::not_found(api::Kind::kReplicaSet, name));
  const api::OwnerReference* const owner = taken->metadata.controller_ref();
  if (owner && owner->uid == r.d.metadata.uid &&
      api::equal_ignoring_hash(*r.d.template_, *taken->template_)) {
    return taken;
  }
  r.d.status.collision_count = r.d.status.collision_count.value_or(0) + 1;
  if (const auto written = update_status(r); !written && written.error().status == SyncStatus::kPending)
    return pending();
  return failed(error);
}

Step<ReplicaSetPtr> creation_failed(Rollout& r, Symbol name, const ApiError& error) {
  if (is_namespace_terminating(error)) return std::unexpected(SyncResult::done());
  const std::string message =
      fmt::format("Failed to create new replica set \"{}\": {}", name.str(), error.message);
  if (has_progress_deadline(r.d)) {
    set_progressing(r, ConditionStatus::kFalse, "ReplicaSetCreateError", message);
    if (const auto written = update_status(r); !written && written.error().status == SyncStatus::kPending) {
      return pending();
    }
  }
  r.event(true, "ReplicaSetCreateError", message);
  return failed(error);
}

Step<ReplicaSetPtr> create_new_set(Rollout& r, const Sets& sets, std::int64_t revision) {
  // Pinned: the name stays although a failure changes the collision count below.
  const auto& draft =
      r.sync.pin([&] { return std::make_shared<const ReplicaSet>(draft_of(r, sets, revision)); });
  const ApiResult* const result = r.sync.write([&] {
    ApiRequest request;
    request.object = draft;
    return request;
  });
  if (!result) return pending();
  ReplicaSetPtr created;
  const bool existed = !*result && is_already_exists(result->error());
  if (existed) {
    auto found = already_exists(r, draft->metadata.name, result->error());
    if (!found) return found;
    created = *found;
  } else if (!*result) {
    return creation_failed(r, draft->metadata.name, result->error());
  } else {
    created = api::as<ReplicaSet>(**result);
    if (draft->replicas > 0) {
      r.event(false, "ScalingReplicaSet",
              fmt::format("Scaled up replica set {} from 0 to {}", created->metadata.name.str(),
                          draft->replicas));
    }
  }
  bool update = set_deployment_revision(r.d, revision);
  if (!existed && has_progress_deadline(r.d)) {
    set_progressing(r, ConditionStatus::kTrue, "NewReplicaSetCreated",
                    fmt::format("Created new replica set \"{}\"", created->metadata.name.str()));
    update = true;
  }
  if (update) {
    if (const auto written = update_status(r); !written) return std::unexpected(written.error());
  }
  return created;
}

Step<ReplicaSetPtr> existing_new_set(Rollout& r, const ReplicaSetPtr& existing,
                                     std::int64_t revision_wanted) {
  ReplicaSet copy = *existing;
  const bool annotations_changed = set_new_replica_set_annotations(r.d, copy, revision_wanted);
  if (annotations_changed || copy.min_ready_seconds != r.d.min_ready_seconds) {
    copy.min_ready_seconds = r.d.min_ready_seconds;
    return write<ReplicaSet>(r.sync, [&] { return request(Verb::kUpdate, copy); });
  }
  bool update = set_deployment_revision(r.d, revision(copy));
  if (has_progress_deadline(r.d) && !find_condition(r.d.status.conditions, "Progressing")) {
    set_progressing(r, ConditionStatus::kTrue, "FoundNewReplicaSet",
                    fmt::format("Found new replica set \"{}\"", copy.metadata.name.str()));
    update = true;
  }
  if (update) {
    if (const auto written = update_status(r); !written) return std::unexpected(written.error());
  }
  return existing;
}

}  // namespace

Step<Done> update_status(Rollout& r) {
  const auto written = write<api::Deployment>(r.sync, [&] { return request(Verb::kUpdateStatus, r.d); });
  if (!written) return std::unexpected(written.error());
  return Done();
}

Step<Sets> sets_and_revision(Rollout& r, bool create) {
  const ReplicaSetPtr existing = find_new_replica_set(r.d, r.claimed);
  Sets sets;
  for (const ReplicaSetPtr& rs : r.claimed) {
    if (rs != existing) sets.old.push_back(rs);
  }
  std::ranges::sort(sets.old, is_older);
  const std::int64_t next = max_revision(sets.old) + 1;
  if (!existing && !create) return sets;
  auto found = existing ? existing_new_set(r, existing, next) : create_new_set(r, sets, next);
  if (!found) return std::unexpected(found.error());
  sets.new_rs = *found;
  return sets;
}

Step<bool> scale_set(Rollout& r, ReplicaSetPtr rs, std::int32_t size, WriteIf when, ReplicaSetPtr* updated) {
  const bool resized = rs->replicas != size;
  if (!resized && when == WriteIf::kSizeDiffers) return false;
  ReplicaSet copy = *rs;
  copy.replicas = size;
  const bool annotated = set_replicas_annotations(copy, r.d.replicas, r.d.replicas + max_surge(r.d));
  if (!resized && !annotated) return false;
  const auto written = write<ReplicaSet>(r.sync, [&] { return request(Verb::kUpdate, copy); });
  if (!written) return std::unexpected(written.error());
  if (updated) *updated = *written;
  if (resized) {
    r.event(false, "ScalingReplicaSet",
            fmt::format("Scaled {} replica set {} from {} to {}", rs->replicas < size ? "up" : "down",
                        rs->metadata.name.str(), rs->replicas, size));
  }
  return resized;
}

Step<Done> clean_up_history(Rollout& r, const Sets& sets) {
  for (const ReplicaSetPtr& rs : surplus_history(r.d, sets.old)) {
    const ApiResult* const result = r.sync.write([&] { return delete_request(*rs); });
    if (!result) return pending();
    if (!*result && !is_not_found(result->error())) return failed(result->error());
  }
  return Done();
}

}  // namespace seatrial::controllers
