// What a PodDisruptionBudget asks for, and how many disruptions that leaves. Pure. Source:
// pkg/controller/disruption/disruption.go (getExpectedPodCount, updatePdbStatus); reference, part B, §2.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "sim/api/policy.h"

namespace seatrial::controllers {

struct BudgetTarget {
  std::int32_t expected = 0;  // pods that there should be
  std::int32_t desired = 0;   // of them healthy
  bool operator==(const BudgetTarget&) const = default;
};

// `pods`: how many the budget selects; `scale`: what the controllers that own them want, in sum. Percentages
// are of the scale and round up, both of them. Example: maxUnavailable 30% of a scale of 3 is 1, so 2 are
// desired. The error is that of a malformed IntOrString.
std::expected<BudgetTarget, std::string> budget_target(const api::PodDisruptionBudget& budget,
                                                       std::int32_t pods, std::int32_t scale);

// Whether the scale decides, so that every pod must have a controller.
bool counts_scale(const api::PodDisruptionBudget& budget);

inline std::int32_t disruptions_allowed(BudgetTarget target, std::int32_t healthy) {
  return target.expected <= 0 || healthy <= target.desired ? 0 : healthy - target.desired;
}

}  // namespace seatrial::controllers
