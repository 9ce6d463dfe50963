#include "sim/scheduler/preemption.h"

#include <algorithm>
#include <array>

#include "sim/engine/check.h"

namespace seatrial::scheduler {

namespace {

// Compared from the first entry on; the smallest wins.
std::array<std::int64_t, 5> cost(const PreemptionCandidate& candidate) {
  CHECK(!candidate.victims.empty());
  const std::int64_t highest = std::ranges::max(candidate.victims, {}, &Victim::priority).priority;
  std::int64_t sum = 0;
  SimTime earliest = SimTime::max();
  for (const Victim& victim : candidate.victims) {
    sum += victim.priority + (std::int64_t{1} << 31);
    if (victim.priority == highest) earliest = std::min(earliest, victim.start_time);
  }
  return {candidate.pdb_violations, highest, sum, static_cast<std::int64_t>(candidate.victims.size()),
          -earliest.count()};
}

}  // namespace

std::size_t pick_one_node_for_preemption(std::span<const PreemptionCandidate> candidates) {
  CHECK(!candidates.empty());
  const auto best = std::ranges::min_element(candidates, {}, cost);
  return static_cast<std::size_t>(best - candidates.begin());
}

}  // namespace seatrial::scheduler
