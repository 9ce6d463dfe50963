// Times of a CronJob's schedule at which no Job was started. Kubernetes says little about them: one that
// concurrencyPolicy held back has an event of type Normal, one that is older than startingDeadlineSeconds
// none.
#include <algorithm>

#include "sim/api/batch.h"
#include "sim/api/time_text.h"
#include "sim/checks/findings/common.h"
#include "sim/controllers/cronjob_math.h"

namespace seatrial::checks {
namespace {

using api::CronJob;
using api::Job;
using CronJobPtr = std::shared_ptr<const CronJob>;

struct StartedJob {
  std::shared_ptr<const Job> job;   // its last version
  std::optional<SimTime> finished;  // or deleted
};

struct CronJobLife {
  std::vector<std::pair<SimTime, CronJobPtr>> versions;
  std::optional<SimTime> gone;
  std::map<SimTime, api::Uid> started;                      // by the time of the schedule
  std::vector<std::pair<SimTime, std::string>> refused_at;  // when the API server refused a Job, and why
};

struct Lives {
  std::map<std::pair<api::Symbol, api::Symbol>, CronJobLife> cron_jobs;  // by namespace and name
  std::map<api::Uid, StartedJob> jobs;
};

void take_job(const Job& job, SimTime at, Lives& lives) {
  StartedJob& life = lives.jobs[job.metadata.uid];
  life.job = std::make_shared<const Job>(job);
  if (!life.finished && finished_condition(job)) life.finished = at;
  const api::OwnerReference* const owner = job.metadata.controller_ref();
  const auto due = api::parse_time(job.metadata.annotations->get(controllers::kScheduledTimestamp));
  if (owner && due) lives.cron_jobs[{job.metadata.namespace_, owner->name}].started[*due] = job.metadata.uid;
}

Lives lives_of(const Evidence& evidence) {
  Lives lives;
  for (const cluster::WatchEvent& change : evidence.history) {
    const api::Object& object = *change.object;
    const SimTime at = evidence.time_of(change);
    const bool is_gone = change.type == cluster::ChangeType::kDeleted;
    if (object.kind == api::Kind::kCronJob) {
      CronJobLife& life = lives.cron_jobs[{object.metadata.namespace_, object.metadata.name}];
      if (is_gone) {
        life.gone = at;
      } else {
        life.versions.emplace_back(at, api::as<CronJob>(change.object));
      }
    } else if (object.kind == api::Kind::kJob && is_gone) {
      StartedJob& life = lives.jobs[object.metadata.uid];
      if (!life.finished) life.finished = at;
    } else if (object.kind == api::Kind::kJob) {
      take_job(static_cast<const Job&>(object), at, lives);
    } else if (object.kind == api::Kind::kEvent && !is_gone) {
      const auto& event = static_cast<const api::ApiEvent&>(object);
      if (event.involved_kind != "CronJob" || event.reason != "FailedCreate") continue;
      lives.cron_jobs[{event.metadata.namespace_, event.involved_name}].refused_at.emplace_back(
          at, event.message);
    }
  }
  return lives;
}

// The CronJob as it was at that time.
const CronJob& version_at(const CronJobLife& life, SimTime at) {
  const CronJob* found = life.versions.front().second.get();
  for (const auto& [since, version] : life.versions) {
    if (since <= at) found = version.get();
  }
  return *found;
}

// The times that its schedules named while it was there and not suspended, from time 0 up to `end`.
std::vector<SimTime> due_times(const CronJobLife& life, SimTime end) {
  std::vector<SimTime> due;
  for (std::size_t i = 0; i < life.versions.size(); ++i) {
    const auto& [since, version] = life.versions[i];
    const SimTime until = i + 1 < life.versions.size() ? life.versions[i + 1].first : life.gone.value_or(end);
    const auto schedule = controllers::schedule_of(*version);
    if (version->suspend || !schedule) continue;
    for (auto at = schedule->next(since); at && *at <= until; at = schedule->next(*at)) {
      if (*at >= SimTime()) due.push_back(*at);
    }
  }
  return due;
}

// Why there was no Job, and what to do about it.
struct Reason {
  std::string why, change;
  bool refused = false;
};

Reason held_back(const Lives& lives, const CronJob& cron_job, SimTime due, SimTime end) {
  const StartedJob& running = lives.jobs.at(cron_job.status.active.front().uid);
  const SimTime until = running.finished.value_or(end);
  Reason reason;
  reason.why = "at " + to_string(due) + " " + running.job->metadata.name.str() +
               (running.finished ? " had " + about(until - due) + " still to run"
                                 : " was still running, as it was at the end") +
               ", and concurrencyPolicy is Forbid";
  const bool too_late = cron_job.starting_deadline_seconds &&
                        Duration::seconds(*cron_job.starting_deadline_seconds) < until - due;
  if (too_late) {
    reason.why += "; startingDeadlineSeconds " + std::to_string(*cron_job.starting_deadline_seconds) +
                  " had passed by then";
  } else if (running.finished) {
    reason.why += "; by then a newer time had passed";
  }
  reason.change = "let a run take less time than lies between two starts, or start it less often";
  if (too_late && running.finished) {
    reason.change += "; with startingDeadlineSeconds above " + whole_seconds_up(until - due) +
                     " the start would be made up for";
  }
  return reason;
}

Reason reason_for(const Lives& lives, const CronJobLife& life, SimTime due, SimTime next, SimTime end) {
  // What the controller saw when it woke, a little after the time itself.
  const CronJob& cron_job = version_at(life, due + Duration::millis(100));
  if (cron_job.concurrency_policy == api::ConcurrencyPolicy::kForbid && !cron_job.status.active.empty() &&
      lives.jobs.contains(cron_job.status.active.front().uid))
    return held_back(lives, cron_job, due, end);
  // The newest that is known: of one object only 25 events pass, then one in five minutes.
  const std::pair<SimTime, std::string>* refused = nullptr;
  for (const auto& refusal : life.refused_at) {
    if (refusal.first < next) refused = &refusal;
  }
  if (refused) {
    const std::string when =
        refused->first >= due ? "" : ", as last reported at " + to_string(refused->first);
    return {"at " + to_string(due) + " the API server refused the Job" + when + ": " + refused->second,
            advice_for_refused_task(refused->second), true};
  }
  return {"at " + to_string(due) + " the controller did not get to it", "look at its events", false};
}

// Whether the newest time may still be started.
bool is_open(const CronJob& cron_job, SimTime due, SimTime end) {
  return !cron_job.starting_deadline_seconds ||
         due + Duration::seconds(*cron_job.starting_deadline_seconds) >= end;
}

// Of one CronJob.
struct LeftOut {
  std::size_t missed = 0, due = 0;
  Finding finding;
};

LeftOut judge(const Evidence& evidence, const Lives& lives, const CronJobLife& life) {
  const std::vector<SimTime> due = due_times(life, evidence.end());
  const CronJob& last = *life.versions.back().second;
  LeftOut left_out{0, due.size(), {}};
  auto& [missed, count, finding] = left_out;
  for (std::size_t i = 0; i < due.size(); ++i) {
    const bool newest = i + 1 == due.size();
    if (life.started.contains(due[i]) || (newest && is_open(last, due[i], evidence.end()))) continue;
    const Reason reason =
        reason_for(lives, life, due[i], newest ? evidence.end() : due[i + 1], evidence.end());
    if (missed++ == 0) finding.change = reason.change;
    if (finding.chain.size() < 3) finding.chain.push_back(reason.why);
    if (reason.refused) finding.severity = Severity::kError;
  }
  finding.object = {api::Kind::kCronJob, last.metadata.namespace_, last.metadata.name};
  finding.what = finding.object.str() + " left out " + std::to_string(missed) + " of the " +
                 plural(count, "start") + " of its schedule, " + last.schedule;
  finding.manifest = last.source;
  return left_out;
}

// More CronJobs of one namespace than these, with one thing to change, are told of together.
constexpr std::size_t kTogether = 3;

Finding together(const std::vector<LeftOut>& of_namespace) {
  std::size_t missed = 0, due = 0;
  for (const LeftOut& left_out : of_namespace) {
    missed += left_out.missed;
    due += left_out.due;
  }
  Finding finding = of_namespace.front().finding;
  finding.what = plural(of_namespace.size(), "CronJob") + " of namespace " + finding.object.namespace_.str() +
                 " left out " + std::to_string(missed) + " of the " + plural(due, "start") +
                 " of their schedules";
  return finding;
}

}  // namespace

void cron_starts_were_missed(const Evidence& evidence, std::vector<Finding>& findings) {
  const Lives lives = lives_of(evidence);
  std::map<std::pair<api::Symbol, std::string>, std::vector<LeftOut>> groups;  // namespace, what to change
  for (const auto& [name, life] : lives.cron_jobs) {
    if (life.versions.empty()) continue;
    LeftOut left_out = judge(evidence, lives, life);
    if (left_out.missed > 0) groups[{name.first, left_out.finding.change}].push_back(std::move(left_out));
  }
  for (auto& [key, group] : groups) {
    if (group.size() > kTogether) {
      findings.push_back(together(group));
      continue;
    }
    for (LeftOut& left_out : group) findings.push_back(std::move(left_out.finding));
  }
}

}  // namespace seatrial::checks
