// kubectl describe deployment, replicaset, statefulset, daemonset, job, cronjob.
#include <algorithm>

#include "sim/api/apps.h"
#include "sim/api/batch.h"
#include "sim/api/selector_text.h"
#include "sim/api/template_hash.h"
#include "sim/report/describe_parts.h"
#include "sim/report/format.h"

namespace seatrial::report {
namespace {

using api::Kind;

bool is_controlled_by(const api::Object& object, const api::Object& owner) {
  const api::OwnerReference* const reference = object.metadata.controller_ref();
  return reference && reference->uid == owner.metadata.uid;
}

// 2 Running / 1 Waiting / 0 Succeeded / 0 Failed
std::string pods_text(const Described& what) {
  int running = 0, waiting = 0, succeeded = 0, failed = 0;
  for (const api::ObjectPtr& object : what.store.all(Kind::kPod)) {
    if (!object || !is_controlled_by(*object, what.object)) continue;
    const api::PodPhase phase = static_cast<const api::Pod&>(*object).status.phase;
    running += phase == api::PodPhase::kRunning ? 1 : 0;
    waiting += phase == api::PodPhase::kPending ? 1 : 0;
    succeeded += phase == api::PodPhase::kSucceeded ? 1 : 0;
    failed += phase == api::PodPhase::kFailed ? 1 : 0;
  }
  return fmt::format("{} Running / {} Waiting / {} Succeeded / {} Failed", running, waiting, succeeded,
                     failed);
}

void add_metadata(Lines& lines, const api::Object& object) {
  add_labels(lines, "Labels", *object.metadata.labels);
  add_annotations(lines, "Annotations", *object.metadata.annotations);
}

void add_conditions(Lines& lines, const std::vector<api::Condition>& conditions) {
  if (conditions.empty()) return;
  lines.add(0, "Conditions:\n  Type\tStatus\tReason");
  lines.add(1, "----\t------\t------");
  for (const api::Condition& c : conditions)
    lines.add(1, "{} \t{}\t{}", c.type.str(), to_string(c.status), c.reason.str());
}

const Json& template_json(const Described& what) { return at(at(what.json, "spec"), "template"); }

std::string replica_sets_text(const std::vector<const api::ReplicaSet*>& sets) {
  std::string text;
  for (const api::ReplicaSet* const set : sets)
    text += fmt::format("{}{} ({}/{} replicas created)", text.empty() ? "" : ", ", set->metadata.name.str(),
                        set->status.replicas, set->replicas);
  return or_none(text);
}

// Of those that a Deployment controls: the oldest with its template is the new one.
void add_replica_sets(Lines& lines, const api::Deployment& d, const cluster::Store& store) {
  std::vector<const api::ReplicaSet*> old_sets, new_sets;
  for (const api::ObjectPtr& object : store.list(Kind::kReplicaSet, d.metadata.namespace_)) {
    if (is_controlled_by(*object, d)) old_sets.push_back(static_cast<const api::ReplicaSet*>(object.get()));
  }
  const auto is_new = [&](const api::ReplicaSet* set) {
    return api::equal_ignoring_hash(*set->template_, *d.template_);
  };
  const auto older = [](const api::ReplicaSet* a, const api::ReplicaSet* b) {
    return a->metadata.creation_timestamp < b->metadata.creation_timestamp;
  };
  for (const api::ReplicaSet* const set : old_sets) {
    if (is_new(set) && (new_sets.empty() || older(set, new_sets.front()))) new_sets = {set};
  }
  std::erase_if(old_sets,
                [&](const api::ReplicaSet* set) { return !new_sets.empty() && set == new_sets.front(); });
  if (old_sets.empty() && new_sets.empty()) return;
  lines.add(0, "OldReplicaSets:\t{}", replica_sets_text(old_sets));
  lines.add(0, "NewReplicaSet:\t{}", replica_sets_text(new_sets));
}

void add_claim_templates(Lines& lines, const Json& templates) {
  lines.add(0, "Volume Claims:{}", quoted_none(templates.empty()));
  for (const Json& claim : templates) {
    const Json &spec = at(claim, "spec"), &requests = at(at(spec, "resources"), "requests");
    std::string modes;
    for (const Json& mode : at(spec, "accessModes")) modes += (modes.empty() ? "" : " ") + text_of(mode);
    lines.add(1, "Name:\t{}", text_of(at(at(claim, "metadata"), "name")));
    lines.add(1, "StorageClass:\t{}", text_of(at(spec, "storageClassName")));
    lines.add(1, "Labels:\t<none>");
    lines.add(1, "Annotations:\t<none>");
    const std::string capacity = text_of(at(requests, "storage"));
    lines.add(1, "Capacity:\t{}", capacity.empty() ? "<default>" : capacity);
    lines.add(1, "Access Modes:\t[{}]", modes);
  }
}

// Cut at the first comma behind the limit.
std::string indexes_text(const std::string& indexes) {
  constexpr std::size_t kLimit = 50;
  const std::size_t comma = indexes.size() > kLimit ? indexes.find(',', kLimit) : std::string::npos;
  return or_none(comma == std::string::npos ? indexes : indexes.substr(0, comma + 1) + "...");
}

void add_job_spec(Lines& lines, const api::Job& job) {
  const api::JobSpec& spec = job.spec;
  if (spec.parallelism) lines.add(0, "Parallelism:\t{}", *spec.parallelism);
  lines.add(0, "Completions:\t{}", spec.completions ? std::to_string(*spec.completions) : "<unset>");
  if (spec.completion_mode != api::CompletionMode::kUnset)
    lines.add(0, "Completion Mode:\t{}",
              spec.completion_mode == api::CompletionMode::kIndexed ? "Indexed" : "NonIndexed");
  if (spec.suspend) lines.add(0, "Suspend:\t{}", *spec.suspend);
  if (spec.backoff_limit) lines.add(0, "Backoff Limit:\t{}", *spec.backoff_limit);
  if (spec.ttl_seconds_after_finished)
    lines.add(0, "TTL Seconds After Finished:\t{}", *spec.ttl_seconds_after_finished);
}

void add_job_status(Lines& lines, const api::Job& job) {
  const api::Job::Status& status = job.status;
  if (status.start_time) lines.add(0, "Start Time:\t{}", rfc1123(*status.start_time));
  if (status.completion_time) lines.add(0, "Completed At:\t{}", rfc1123(*status.completion_time));
  if (status.start_time && status.completion_time)
    lines.add(0, "Duration:\t{}", age(*status.completion_time - *status.start_time));
  if (job.spec.active_deadline_seconds)
    lines.add(0, "Active Deadline Seconds:\t{}s", *job.spec.active_deadline_seconds);
  lines.add(0, "Pods Statuses:\t{} Active{} / {} Succeeded / {} Failed", status.active,
            status.ready ? fmt::format(" ({} Ready)", *status.ready) : "", status.succeeded, status.failed);
  if (job.spec.completion_mode == api::CompletionMode::kIndexed)
    lines.add(0, "Completed Indexes:\t{}", indexes_text(status.completed_indexes));
}

}  // namespace

void describe_deployment(Lines& lines, const Described& what) {
  const auto& d = static_cast<const api::Deployment&>(what.object);
  add_name(lines, d);
  lines.add(0, "CreationTimestamp:\t{}", rfc1123(d.metadata.creation_timestamp));
  add_metadata(lines, d);
  lines.add(0, "Selector:\t{}", api::selector_text(d.selector));
  lines.add(0, "Replicas:\t{} desired | {} updated | {} total | {} available | {} unavailable", d.replicas,
            d.status.updated_replicas, d.status.replicas, d.status.available_replicas,
            d.status.unavailable_replicas);
  const bool rolling = d.strategy == api::DeploymentStrategyType::kRollingUpdate;
  lines.add(0, "StrategyType:\t{}", rolling ? "RollingUpdate" : "Recreate");
  lines.add(0, "MinReadySeconds:\t{}", d.min_ready_seconds);
  if (rolling && d.max_unavailable && d.max_surge)
    lines.add(0, "RollingUpdateStrategy:\t{} max unavailable, {} max surge", d.max_unavailable->str(),
              d.max_surge->str());
  add_template(lines, *d.template_, template_json(what));
  add_conditions(lines, d.status.conditions);
  add_replica_sets(lines, d, what.store);
}

void describe_replica_set(Lines& lines, const Described& what) {
  const auto& set = static_cast<const api::ReplicaSet&>(what.object);
  add_name(lines, set);
  lines.add(0, "Selector:\t{}", or_none(api::selector_text(set.selector)));
  add_metadata(lines, set);
  add_controller(lines, set);
  lines.add(0, "Replicas:\t{} current / {} desired", set.status.replicas, set.replicas);
  lines.add(0, "Pods Status:\t{}", pods_text(what));
  add_template(lines, *set.template_, template_json(what));
  add_conditions(lines, set.status.conditions);
}

void describe_stateful_set(Lines& lines, const Described& what) {
  const auto& set = static_cast<const api::StatefulSet&>(what.object);
  const auto policy = [](api::PersistentVolumeClaimRetentionPolicyType type) {
    return type == api::PersistentVolumeClaimRetentionPolicyType::kDelete ? "Delete" : "Retain";
  };
  add_name(lines, set);
  lines.add(0, "CreationTimestamp:\t{}", rfc1123(set.metadata.creation_timestamp));
  lines.add(0, "Selector:\t{}", api::selector_text(set.selector));
  add_metadata(lines, set);
  if (!set.service_name.empty()) lines.add(0, "Service Name:\t{}", set.service_name.str());
  lines.add(
      0, "Pod Management Policy:\t{}",
      set.pod_management_policy == api::PodManagementPolicyType::kParallel ? "Parallel" : "OrderedReady");
  lines.add(0, "Replicas:\t{} desired | {} total", set.replicas, set.status.replicas);
  lines.add(0, "Update Strategy:\t{}",
            set.update_strategy == api::UpdateStrategyType::kOnDelete ? "OnDelete" : "RollingUpdate");
  if (set.rolling_update && set.rolling_update->partition) {
    lines.add(1, "Partition:\t{}", *set.rolling_update->partition);
    if (set.rolling_update->max_unavailable)
      lines.add(1, "MaxUnavailable:\t{}", set.rolling_update->max_unavailable->str());
  }
  lines.add(0, "Persistent Volume Claim Retention Policy:");
  lines.add(1, "WhenDeleted:\t{}", policy(set.claims_when_deleted));
  lines.add(1, "WhenScaled:\t{}", policy(set.claims_when_scaled));
  lines.add(0, "Pods Status:\t{}", pods_text(what));
  add_template(lines, *set.template_, template_json(what));
  add_claim_templates(lines, at(at(what.json, "spec"), "volumeClaimTemplates"));
}

void describe_daemon_set(Lines& lines, const Described& what) {
  const auto& set = static_cast<const api::DaemonSet&>(what.object);
  add_name(lines, set);
  lines.add(0, "Selector:\t{}", api::selector_text(set.selector));
  lines.add(0, "Node-Selector:\t{}", or_none(api::labels_text(set.template_->spec->node_selector)));
  add_metadata(lines, set);
  lines.add(0, "Desired Number of Nodes Scheduled: {}", set.status.desired_number_scheduled);
  lines.add(0, "Current Number of Nodes Scheduled: {}", set.status.current_number_scheduled);
  lines.add(0, "Number of Nodes Scheduled with Up-to-date Pods: {}", set.status.updated_number_scheduled);
  lines.add(0, "Number of Nodes Scheduled with Available Pods: {}", set.status.number_available);
  lines.add(0, "Number of Nodes Misscheduled: {}", set.status.number_misscheduled);
  lines.add(0, "Pods Status:\t{}", pods_text(what));
  add_template(lines, *set.template_, template_json(what));
}

void describe_job(Lines& lines, const Described& what) {
  const auto& job = static_cast<const api::Job&>(what.object);
  add_name(lines, job);
  lines.add(0, "Selector:\t{}", api::selector_text(job.spec.selector));
  add_metadata(lines, job);
  add_controller(lines, job);
  add_job_spec(lines, job);
  add_job_status(lines, job);
  add_template(lines, *job.spec.template_, template_json(what));
}

void describe_cron_job(Lines& lines, const Described& what) {
  const auto& cron = static_cast<const api::CronJob&>(what.object);
  const auto shown = [](const auto& number, const char* unit = "") {
    return number ? std::to_string(*number) + unit : std::string("<unset>");
  };
  const Json &spec = at(what.json, "spec"), &job_spec = at(at(spec, "jobTemplate"), "spec");
  const bool selects = !at(job_spec, "selector").is_null();
  std::string active;
  for (const api::CronJob::Active& job : cron.status.active)
    active += (active.empty() ? "" : ", ") + job.name.str();
  add_name(lines, cron);
  add_metadata(lines, cron);
  lines.add(0, "Schedule:\t{}", cron.schedule);
  lines.add(0, "Concurrency Policy:\t{}", text_of(at(spec, "concurrencyPolicy")));
  lines.add(0, "Suspend:\t{}", cron.suspend ? "True" : "False");
  lines.add(0, "Successful Job History Limit:\t{}", shown(cron.successful_jobs_history_limit));
  lines.add(0, "Failed Job History Limit:\t{}", shown(cron.failed_jobs_history_limit));
  lines.add(0, "Starting Deadline Seconds:\t{}", shown(cron.starting_deadline_seconds, "s"));
  lines.add(0, "Selector:\t{}", selects ? api::selector_text(cron.job_spec.selector) : "<unset>");
  lines.add(0, "Parallelism:\t{}", shown(cron.job_spec.parallelism));
  lines.add(0, "Completions:\t{}", shown(cron.job_spec.completions));
  if (cron.job_spec.active_deadline_seconds)
    lines.add(0, "Active Deadline Seconds:\t{}", shown(cron.job_spec.active_deadline_seconds, "s"));
  add_template(lines, *cron.job_spec.template_, at(job_spec, "template"));
  lines.add(0, "Last Schedule Time:\t{}",
            cron.status.last_schedule_time ? rfc1123(*cron.status.last_schedule_time) : "<unset>");
  lines.add(0, "Active Jobs:\t{}", or_none(active));
}

}  // namespace seatrial::report
