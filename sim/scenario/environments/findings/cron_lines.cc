// CronJobs whose schedule has no time.
#include "sim/api/batch.h"
#include "sim/api/cron_schedule.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

// None within five years, which has every leap day.
bool never_comes(const std::string& schedule) {
  const auto parsed = api::CronSchedule::parse(schedule);
  return parsed && !parsed->next(SimTime());
}

void say_never_fires(const NamespaceFolder& folder, const std::string& name, const std::string& schedule,
                     bool suspended, api::SourcePosition where, Findings& findings) {
  Finding finding = finding_at(folder, Severity::kWarning, where);
  finding.what = "CronJob " + name + " never starts: \"" + schedule + "\" is no date of any year" +
                 (suspended ? " (and it is suspended)" : "");
  finding.why = "The controller looks for the next start, finds none, and makes no Job.";
  finding.change = "correct the day or the month; if it is to rest, say suspend: true";
  findings.push_back(std::move(finding));
}

}  // namespace

void cron_lines_never_fire(const Facts& facts, Findings& findings) {
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (item.object->kind != api::Kind::kCronJob) continue;
      const auto& job = static_cast<const api::CronJob&>(*item.object);
      if (never_comes(job.schedule))
        say_never_fires(folder, job.metadata.name.str(), job.schedule, job.suspend,
                        item.document->position_of("spec.schedule"), findings);
    }
    for (const cloud::terraform::MadeObject& made : folder.plan.objects) {
      const cloud::hcl::Value* const spec = made.kind == "CronJob" ? made.document.find("spec") : nullptr;
      const cloud::hcl::Value* const schedule = spec ? spec->find("schedule") : nullptr;
      if (schedule && schedule->is_string() && never_comes(schedule->text))
        say_never_fires(folder, made.name.str(), schedule->text, false, made.source, findings);
    }
  }
}

}  // namespace seatrial::scenario::environments
