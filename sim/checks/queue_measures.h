// What can be expected of a queue: `{queue: sqs/jobs, redelivered: 0, p99: "< 1m"}`. Ages are those of
// messages at their deletion; `waiting` is what is visible when the run ends, `mostWaiting` at any instant.
#pragma once

#include <string_view>
#include <vector>

#include "sim/checks/expectation.h"
#include "sim/traffic/queues.h"

namespace seatrial::checks {

struct QueueMeasure {
  std::string_view key;  // as written in `expect:`
  Unit unit;
  std::int64_t (*of)(const traffic::QueueTotals& totals);
};
const std::vector<QueueMeasure>& queue_measures();

}  // namespace seatrial::checks
