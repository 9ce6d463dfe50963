// Judging what is not about objects. Internal to sim/checks; everybody else calls judge().
#pragma once

#include "sim/checks/evidence.h"

namespace seatrial::checks {

Judged judge_one(const NodesExpectation& what, const Evidence& evidence);
Judged judge_one(const QueueExpectation& what, const Evidence& evidence);
Judged judge_one(const CommandExpectation& what, const Evidence& evidence);
Judged judge_one(const PipelineExpectation& what, const Evidence& evidence);
Judged judge_one(const ResourceExpectation& what, const Evidence& evidence);
Judged judge_one(const IngressExpectation& what, const Evidence& evidence);

// What came of one entry of the timeline that takes its time.
struct Ending {
  SimTime began;
  std::optional<SimTime> ended;
  bool refused = false;
  std::int64_t forced = 0;
};
// Of those that have begun, in that order.
std::vector<Ending> endings_of(const std::vector<std::uint32_t>& entries, const Evidence& evidence);
// "took 3m2.5s (at 1m0s)"
std::string ending_text(const Ending& ending, SimTime end);

}  // namespace seatrial::checks
