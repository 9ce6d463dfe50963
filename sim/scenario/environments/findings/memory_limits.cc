// LimitRanges by which containers may use far more memory than they ask for.
#include <limits>

#include "sim/api/resources.h"
#include "sim/scenario/environments/findings/finding.h"

namespace seatrial::scenario::environments {
namespace {

bool is_far_above(const api::LimitRange& range, std::int64_t ratio) {
  for (const api::LimitRangeItem& item : range.limits) {
    const std::int64_t limit = api::amount(item.default_, "memory").value();
    const std::int64_t request = api::amount(item.default_request, "memory").value();
    if (request > 0 && request < std::numeric_limits<std::int64_t>::max() / ratio && limit > ratio * request)
      return true;
  }
  return false;
}

}  // namespace

// So many do that it is one finding for all of a cluster.
void memory_limits_are_far_off(const Facts& facts, Findings& findings) {
  const std::int64_t ratio = facts.conventions.memory_limit_ratio;
  std::size_t ranges = 0, far = 0;
  api::SourcePosition first;
  for (const NamespaceFolder& folder : facts.cluster.namespaces) {
    for (const api::ManifestObject& item : folder.objects) {
      if (item.object->kind != api::Kind::kLimitRange) continue;
      ++ranges;
      if (!is_far_above(static_cast<const api::LimitRange&>(*item.object), ratio)) continue;
      if (far++ == 0) first = item.document->position_of("spec.limits");
    }
  }
  if (far == 0) return;
  Finding finding;
  finding.severity = Severity::kInfo;
  finding.cluster = facts.cluster.name;
  finding.where = first;
  finding.what = std::to_string(far) + " of " + std::to_string(ranges) +
                 " LimitRanges give containers a memory limit of more than " + std::to_string(ratio) +
                 " times their request; this is the first";
  finding.why = "Admission warns of it: nodes are filled by requests, and such pods may use far more.";
  finding.change = "bring limit and request closer together";
  findings.push_back(std::move(finding));
}

}  // namespace seatrial::scenario::environments
