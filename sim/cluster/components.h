// Who handles which event: one number for each component that schedules events. The composition root
// (sim/scenario/world.cc) switches over all of them.
#pragma once

#include "sim/engine/event.h"

namespace seatrial::cluster {

inline constexpr ComponentId kApiServerComponent{1};
inline constexpr ComponentId kWatchComponent{2};
inline constexpr ComponentId kControllerComponent{3};
inline constexpr ComponentId kSchedulerComponent{4};
inline constexpr ComponentId kKubeletComponent{5};
inline constexpr ComponentId kHollowKubeletComponent{6};
inline constexpr ComponentId kScenarioComponent{7};
inline constexpr ComponentId kTrafficComponent{8};
inline constexpr ComponentId kChecksComponent{9};
inline constexpr ComponentId kMetricsComponent{10};
inline constexpr ComponentId kNodeAutoscalerComponent{11};
inline constexpr ComponentId kCloudComponent{12};
inline constexpr ComponentId kPodNetworkComponent{13};
inline constexpr ComponentId kEnforcementComponent{14};
inline constexpr ComponentId kDeschedulerComponent{20};

}  // namespace seatrial::cluster
