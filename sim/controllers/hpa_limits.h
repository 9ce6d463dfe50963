// How a HorizontalPodAutoscaler steadies and limits what its metrics ask for: stabilisation windows, scaling
// policies, minReplicas and maxReplicas. Pure.
//
// Without spec.behavior the rules of old hold: the highest recommendation of the last 5 minutes, and no more
// than twice the replicas (4 at least) in one step. With it, each direction has a window and policies.
// Source: pkg/controller/podautoscaler/horizontal.go; reference, part B, §1; observed.md 19, 20.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/api/autoscaling.h"

namespace seatrial::controllers {

inline constexpr Duration kDownscaleStabilization =
    Duration::seconds(300);  // the controller manager's option

// What was asked for and when, before it was steadied.
struct Recommendation {
  std::int32_t replicas = 0;
  SimTime at;
};
// A change of size that was made.
struct ScaleEvent {
  std::int32_t change = 0;  // positive in either direction
  SimTime at;
};

// The highest of `desired` and the recommendations that are not older than the window.
std::int32_t highest_recent(const std::vector<Recommendation>& recommendations, std::int32_t desired,
                            Duration window, SimTime now);
// As near to `current` as the windows allow: raised to the lowest recommendation of the scale-up window,
// lowered to the highest of the scale-down window; both include `desired`.
std::int32_t stabilized(const std::vector<Recommendation>& recommendations, std::int32_t current,
                        std::int32_t desired, Duration up_window, Duration down_window, SimTime now);
// Adds one, in the place of one that is older than every window.
void remember(std::vector<Recommendation>& recommendations, std::int32_t desired, Duration longest_window,
              SimTime now);
void remember(std::vector<ScaleEvent>& events, std::int32_t change, const api::HpaScalingRules& rules,
              SimTime now);

// A size that was limited, or not, and how the condition ScalingLimited says so.
struct Limited {
  std::int32_t replicas = 0;
  const char* reason;
  const char* message;
};

// Without spec.behavior. From 2 replicas to 18, at most 10: 4, and the reason is ScaleUpLimit.
Limited limit_by_rules_of_old(std::int32_t current, std::int32_t desired, std::int32_t min, std::int32_t max);

struct ScaleHistory {
  std::vector<ScaleEvent> up, down;
};
// The size at the start of a policy's period is today's without what was added and with what was removed
// since. 8 replicas that became 10 ten seconds ago may go down to 4 under "50 % in 30 s".
std::int32_t scale_up_limit(std::int32_t current, const ScaleHistory& history,
                            const api::HpaScalingRules& rules, SimTime now);
std::int32_t scale_down_limit(std::int32_t current, const ScaleHistory& history,
                              const api::HpaScalingRules& rules, SimTime now);
// With spec.behavior (defaulted).
Limited limit_by_behavior(std::int32_t current, std::int32_t desired, std::int32_t min, std::int32_t max,
                          const api::HpaBehavior& behavior, const ScaleHistory& history, SimTime now);

}  // namespace seatrial::controllers
