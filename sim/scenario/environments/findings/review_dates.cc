// Dates of the next review that are no dates.
#include "sim/api/time_text.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

bool is_date(std::string_view text) {
  // 2025-25-11 looks like a date, but is none.
  return text.size() == 10 && api::parse_time(std::string(text) + "T00:00:00Z").has_value();
}

}  // namespace

void review_dates_are_none(const Facts& facts, Findings& findings) {
  const api::Symbol key = facts.conventions.review_annotation;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    const api::ManifestObject* const space = namespace_object(folder);
    if (!space) continue;
    const std::string date(space->object->metadata.annotations->get(key));
    if (date.empty() || is_date(date)) continue;
    Finding finding =
        finding_at(folder, Severity::kInfo, space->document->position_of("metadata.annotations"));
    finding.what = folder.name.str() + " is to be reviewed after \"" + date + "\", which is no date";
    finding.why = "Nobody is reminded by it.";
    finding.change = "write it as 2026-01-31, or leave it empty";
    findings.push_back(std::move(finding));
  }
}

}  // namespace seatrial::scenario::environments
