// CronJobs whose Jobs do not end, so that each time of the schedule adds one, for good.
#include <algorithm>

#include "sim/api/batch.h"
#include "sim/checks/findings/common.h"

namespace seatrial::checks {
namespace {

using api::CronJob;

// So many active at once are no overlap of one run with the next.
constexpr std::size_t kPile = 10;

// CronJobs, each in its version with the most active Jobs.
using Piles = std::vector<std::shared_ptr<const CronJob>>;

std::size_t active_jobs(const std::shared_ptr<const CronJob>& cron_job) {
  return cron_job->status.active.size();
}

std::map<api::Symbol, Piles> piles_by_namespace(const Evidence& evidence) {
  std::map<api::Uid, std::shared_ptr<const CronJob>> fullest;
  for (const cluster::WatchEvent& change : evidence.history) {
    if (change.object->kind != api::Kind::kCronJob || change.type == cluster::ChangeType::kDeleted) continue;
    const auto cron_job = api::as<CronJob>(change.object);
    if (active_jobs(cron_job) < kPile || cron_job->concurrency_policy != api::ConcurrencyPolicy::kAllow)
      continue;
    auto& known = fullest[cron_job->metadata.uid];
    if (!known || active_jobs(known) < active_jobs(cron_job)) known = cron_job;
  }
  std::map<api::Symbol, Piles> piles;
  for (const auto& [uid, cron_job] : fullest) piles[cron_job->metadata.namespace_].push_back(cron_job);
  return piles;
}

Finding finding_of(const Piles& piles) {
  const CronJob& cron_job = **std::ranges::max_element(piles, {}, active_jobs);
  std::size_t jobs = 0;
  for (const auto& pile : piles) jobs += active_jobs(pile);
  Finding finding;
  finding.severity = Severity::kWarning;
  finding.object = {api::Kind::kCronJob, cron_job.metadata.namespace_, cron_job.metadata.name};
  finding.manifest = cron_job.source;
  finding.what = piles.size() == 1 ? finding.object.str()
                                   : plural(piles.size(), "CronJob") + " of namespace " +
                                         cron_job.metadata.namespace_.str();
  finding.what += " had " + plural(jobs, "Job") + " active at once";
  finding.chain.push_back(
      cron_job.metadata.name.str() + ": schedule \"" + cron_job.schedule +
      "\", concurrencyPolicy Allow: a new Job is made though the last ones have not ended");
  const auto& deadline = cron_job.job_spec.active_deadline_seconds;
  finding.chain.push_back(deadline ? "activeDeadlineSeconds " + std::to_string(*deadline) +
                                         " lets each of them go on for so long"
                                   : "no activeDeadlineSeconds: a Job that neither succeeds nor fails stays");
  finding.change = "set activeDeadlineSeconds in the jobTemplate, and concurrencyPolicy Forbid or Replace";
  return finding;
}

}  // namespace

void jobs_piled_up(const Evidence& evidence, std::vector<Finding>& findings) {
  for (const auto& [name, piles] : piles_by_namespace(evidence)) findings.push_back(finding_of(piles));
}

}  // namespace seatrial::checks
