// When a silent node is noticed, which taints stand for its conditions, and how fast NoExecute taints may
// come. Pure. Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go; reference, part B, §3;
// observed.md 21-23.
#pragma once

#include <span>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::controllers {

// The monitor looks at all nodes every 5 s, here at whole multiples of that, and counts a heartbeat from the
// round in which it sees it. Each round takes its time, so the tenth after a heartbeat finds that the grace
// period of 50 s has passed. Example: renewed at 12.3 s, seen at 15 s, given up at 65 s.
inline constexpr Duration kMonitorPeriod = Duration::seconds(5), kMonitorGrace = Duration::seconds(50);
SimTime next_round(SimTime at);  // at or after
SimTime last_round(SimTime at);  // at or before
inline SimTime given_up_at(SimTime renewed) { return next_round(renewed) + kMonitorGrace; }

// The node's taints with those of effect NoSchedule that its conditions and its cordon ask for, and no others
// of theirs.
std::vector<api::Taint> with_condition_taints(const api::Node& node);
// … with the NoExecute taint for a Ready condition that is False (not-ready) or Unknown (unreachable), and
// not the other.
std::vector<api::Taint> with_no_execute_taint(const api::Node& node, SimTime now);
std::vector<api::Taint> without_no_execute_taint(const api::Node& node);
// Of these two kinds; null if there is none.
const api::Taint* no_execute_taint(const api::Node& node);

enum class ZoneState : std::uint8_t { kNormal, kPartial, kFull };
struct ZoneCounts {
  std::int32_t ready = 0, not_ready = 0;
};
// Full: none is ready; partial: more than two are not, and at least 55 % of all.
ZoneState zone_state(ZoneCounts counts);
// From one NoExecute taint to the next in the zone; Duration::max() is never.
Duration taint_interval(ZoneState state, ZoneCounts counts);

}  // namespace seatrial::controllers
