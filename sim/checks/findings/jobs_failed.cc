// Jobs that failed, and Jobs whose pods had to wait: for a quota, for a node, or for the Job
// controller.
#include <algorithm>

#include "sim/api/batch.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using api::Job;
using NameKey = std::pair<api::Symbol, api::Symbol>;  // namespace and name

struct JobLife {
  std::shared_ptr<const Job> job;  // its last version
  SimTime created;
  std::optional<SimTime> made, started, ended;  // its first pod; that pod's first container; itself
  std::string refusal, no_room;                 // the first of each kind
  const PodLife* pod = nullptr;                 // its last one
};
using JobLives = std::map<api::Uid, JobLife>;

ObjectName workload_of(const Job& job) {
  const api::OwnerReference* const owner = job.metadata.controller_ref();
  if (owner && owner->kind == "CronJob") return {api::Kind::kCronJob, job.metadata.namespace_, owner->name};
  return {api::Kind::kJob, job.metadata.namespace_, job.metadata.name};
}

void take_event(const api::ApiEvent& event, const std::map<NameKey, api::Uid>& names, JobLives& jobs) {
  if (event.involved_kind != "Job" || event.reason != "FailedCreate") return;
  const auto found = names.find({event.metadata.namespace_, event.involved_name});
  if (found != names.end() && jobs[found->second].refusal.empty())
    jobs[found->second].refusal = event.message;
}

void take_pod(const api::Pod& pod, JobLives& jobs) {
  const api::OwnerReference* const owner = pod.metadata.controller_ref();
  const auto found = owner ? jobs.find(owner->uid) : jobs.end();
  if (found == jobs.end() || !found->second.no_room.empty()) return;
  const api::Condition* const scheduled = api::find_condition(pod.status.conditions, "PodScheduled");
  if (scheduled && scheduled->reason == "Unschedulable") found->second.no_room = scheduled->message;
}

// The Events of a busy controller are late. A Job without a pod in a namespace where others were refused one
// was refused too.
void add_late_refusals(JobLives& jobs) {
  std::map<api::Symbol, std::string> refusals;  // by namespace
  for (const auto& [uid, life] : jobs) {
    if (!life.refusal.empty()) refusals.try_emplace(life.job->metadata.namespace_, life.refusal);
  }
  for (auto& [uid, life] : jobs) {
    const auto found = refusals.find(life.job->metadata.namespace_);
    const bool had_no_pod = !life.pod && !life.ended && life.job->spec.suspend != true;
    if (had_no_pod && life.refusal.empty() && found != refusals.end()) life.refusal = found->second;
  }
}

JobLives jobs_in(const Evidence& evidence) {
  JobLives jobs;
  std::map<NameKey, api::Uid> names;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.type == cluster::ChangeType::kDeleted) continue;
    if (change.object->kind == api::Kind::kPod) take_pod(static_cast<const api::Pod&>(*change.object), jobs);
    if (change.object->kind == api::Kind::kEvent)
      take_event(static_cast<const api::ApiEvent&>(*change.object), names, jobs);
    if (change.object->kind != api::Kind::kJob) continue;
    const api::ObjectMeta& meta = change.object->metadata;
    JobLife& life = jobs[meta.uid];
    if (!life.job) life.created = evidence.time_of(change);
    life.job = api::as<Job>(change.object);
    if (!life.ended && finished_condition(*life.job)) life.ended = evidence.time_of(change);
    names[{meta.namespace_, meta.name}] = meta.uid;
  }
  for (const PodLife& pod : evidence.pods) {
    const api::OwnerReference* const owner = pod.pod ? pod.pod->metadata.controller_ref() : nullptr;
    const auto found = owner ? jobs.find(owner->uid) : jobs.end();
    if (found == jobs.end()) continue;
    found->second.pod = &pod;
    if (!found->second.made) found->second.made = pod.created;
    if (!found->second.started) found->second.started = pod.started;
  }
  add_late_refusals(jobs);
  return jobs;
}

// ---- Failed ones, by what made them ----

struct Failures {
  std::size_t jobs = 0, failed = 0;
  const JobLife* example = nullptr;
};

std::string advice_for_pods(const JobLife& life) {
  if (!life.no_room.empty()) {
    const std::string advice = advice_for_no_room(life.no_room);
    return advice.contains("request less") ? advice + ", or start it when there is room" : advice;
  }
  return advice_for_refused_task(life.refusal);
}

// Of a container that ended by itself; what the deletion of the pod ended says nothing about it.
std::string ending_of(const PodLife& life) {
  if (!life.has_exited_by_itself) return {};
  for (const api::ContainerStatus& status : life.pod->status.container_statuses) {
    const auto* const now = std::get_if<api::ContainerStateTerminated>(&status.state);
    const auto* const last = status.last_termination ? &*status.last_termination : nullptr;
    const auto* const ended = !now || (last && life.deletion) ? last : now;
    if (ended && ended->exit_code != 0) {
      return "container " + status.name.str() + " ended with exit code " + std::to_string(ended->exit_code) +
             " (" + ended->reason.str() + ")";
    }
  }
  return {};
}

Finding failed_finding(const ObjectName& workload, const Failures& failures) {
  const JobLife& life = *failures.example;
  const api::Condition& end = *finished_condition(*life.job);
  Finding finding;
  finding.severity = Severity::kError;
  finding.object = workload;
  finding.manifest = life.job->source;
  finding.what = workload.kind == api::Kind::kJob ? workload.str() + " failed"
                                                  : plural(failures.failed, "Job") + " of " + workload.str() +
                                                        " failed, of " + std::to_string(failures.jobs);
  finding.what += ": " + end.reason.str() + " after " + about(*life.ended - life.created);
  finding.chain.push_back(life.job->metadata.name.str() + ": " + end.message);
  const std::string ending = life.pod ? ending_of(*life.pod) : "";
  if (!ending.empty()) {
    finding.chain.push_back(life.pod->pod->metadata.name.str() + ": " + ending);
    finding.change = "find out why " + life.pod->pod->spec->containers.front().image.str() + " fails";
  } else if (!life.started && !(life.refusal.empty() && life.no_room.empty())) {
    for (const std::string& why : {life.refusal, life.no_room}) {
      if (!why.empty()) finding.chain.push_back("no pod of it ever ran: " + why);
    }
    finding.change = advice_for_pods(life);
  } else {
    finding.change = "give it more time (activeDeadlineSeconds), or less to do";
  }
  return finding;
}

// ---- Those that had to wait ----

struct Waits {
  std::size_t jobs = 0, still = 0;  // still: at the end of the run
  Duration longest;
  const JobLife* example = nullptr;
};

// One that failed without having run is told of by jobs_failed; before time 0 much has to wait.
void count_wait(const JobLife& life, SimTime end, Waits& waits) {
  if (!life.started && life.ended) return;
  if (life.started && *life.started < SimTime()) return;
  const Duration wait = life.started.value_or(end) - life.created;
  if (!life.started) ++waits.still;
  if (waits.jobs++ > 0 && wait <= waits.longest) return;
  waits.longest = wait;
  waits.example = &life;
}

void add_waits(const Evidence& evidence, const Waits& waits, const char* for_what, const std::string& message,
               std::vector<Finding>& findings) {
  if (waits.jobs == 0) return;
  const JobLife& life = *waits.example;
  Finding finding;
  finding.object = workload_of(*life.job);
  finding.manifest = life.job->source;
  finding.what =
      plural(waits.jobs, "Job") + " had to wait for " + for_what + ", up to " + about(waits.longest);
  if (waits.still > 0) finding.what += "; " + std::to_string(waits.still) + " waited still at the end";
  finding.chain.push_back(life.job->metadata.name.str() + ": " + message);
  const SimTime until = life.started.value_or(evidence.end());
  if (const auto quota = quota_behind(evidence, life.job->metadata.namespace_, message, until))
    finding.chain.push_back(quota_text(*quota));
  finding.change = advice_for_pods(life);
  findings.push_back(std::move(finding));
}

// ---- Those that waited for the Job controller ----

// It makes the pod of a Job that nothing stands in the way of within a second or two.
constexpr Duration kLongForOnePod = Duration::seconds(10);

// Those that never had a pod.
std::map<api::Symbol, std::size_t> refused_by_namespace(const JobLives& jobs) {
  std::map<api::Symbol, std::size_t> counts;
  for (const auto& [uid, life] : jobs) {
    if (!life.refusal.empty() && !life.made) ++counts[life.job->metadata.namespace_];
  }
  return counts;
}

void add_queued(const JobLives& jobs, std::vector<Finding>& findings) {
  Waits waits;
  for (const auto& [uid, life] : jobs) {
    const bool is_delayed = life.made && *life.made > life.created + kLongForOnePod;
    if (!is_delayed || !life.refusal.empty() || life.created < SimTime() || life.job->spec.suspend == true)
      continue;
    if (waits.jobs++ > 0 && *life.made - life.created <= waits.longest) continue;
    waits.longest = *life.made - life.created;
    waits.example = &life;
  }
  if (waits.jobs == 0) return;
  Finding finding;
  finding.object = workload_of(*waits.example->job);
  finding.manifest = waits.example->job->source;
  finding.what = plural(waits.jobs, "Job") + " waited for the Job controller to make a pod, up to " +
                 about(waits.longest) + ": " + waits.example->job->metadata.name.str();
  finding.chain.push_back("the Job controller sends 20 requests a second, for the Jobs of all namespaces");
  for (const auto& [name, count] : refused_by_namespace(jobs)) {
    finding.chain.push_back(plural(count, "Job") + " of namespace " + name.str() +
                            " had been refused a pod; each asks again once a minute");
  }
  finding.change =
      "make fewer Jobs at a time: concurrencyPolicy Forbid or Replace, or a ResourceQuota on "
      "count/jobs.batch";
  findings.push_back(std::move(finding));
}

}  // namespace

void jobs_failed(const Evidence& evidence, std::vector<Finding>& findings) {
  const JobLives jobs = jobs_in(evidence);
  std::map<NameKey, Failures> by_workload;
  for (const auto& [uid, life] : jobs) {
    const ObjectName workload = workload_of(*life.job);
    Failures& failures = by_workload[{workload.namespace_, workload.name}];
    ++failures.jobs;
    const api::Condition* const end = finished_condition(*life.job);
    if (!end || end->type != "Failed") continue;
    ++failures.failed;
    if (!failures.example || life.created < failures.example->created) failures.example = &life;
  }
  for (const auto& [name, failures] : by_workload) {
    if (failures.example) findings.push_back(failed_finding(workload_of(*failures.example->job), failures));
  }
}

void jobs_waited(const Evidence& evidence, std::vector<Finding>& findings) {
  const JobLives jobs = jobs_in(evidence);
  std::map<api::Symbol, Waits> refused;  // by namespace
  Waits crowded;
  for (const auto& [uid, life] : jobs) {
    if (!life.refusal.empty()) count_wait(life, evidence.end(), refused[life.job->metadata.namespace_]);
    if (life.refusal.empty() && !life.no_room.empty()) count_wait(life, evidence.end(), crowded);
  }
  for (const auto& [name, waits] : refused) {
    add_waits(evidence, waits, "pods that the API server refused",
              waits.example ? waits.example->refusal : "", findings);
  }
  add_waits(evidence, crowded, "a node", crowded.example ? crowded.example->no_room : "", findings);
  add_queued(jobs, findings);
}

}  // namespace seatrial::checks
