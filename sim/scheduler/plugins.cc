#include <algorithm>
#include <array>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

// The default profile's order and weights: pkg/scheduler/apis/config/v1/default_plugins.go. DynamicResources
// has nothing to decide on here.
std::span<const Plugin> plugins() {
  static const std::array kTable = {
      kNodeUnschedulablePlugin,                // filter
      kNodeNamePlugin,                         // filter
      kTaintTolerationPlugin,                  // filter, score ×3
      kNodeAffinityPlugin,                     // filter, score ×2
      kNodePortsPlugin,                        // filter
      kNodeResourcesFitPlugin,                 // filter, score ×1
      kVolumeRestrictionsPlugin,               // filter
      kNodeVolumeLimitsPlugin,                 // filter
      kVolumeBindingPlugin,                    // filter
      kVolumeZonePlugin,                       // filter
      kPodTopologySpreadPlugin,                // filter, score ×2
      kInterPodAffinityPlugin,                 // filter, score ×2
      kNodeResourcesBalancedAllocationPlugin,  // score ×1
      kImageLocalityPlugin,                    // score ×1
  };
  return kTable;
}

bool Profile::filters_by(std::string_view plugin) const {
  return std::ranges::any_of(filters, [&](const Use& use) { return use.plugin->name == plugin; });
}

Profile Profile::standard() {
  Profile profile;
  PluginSet bit = 1;
  for (const Plugin& plugin : scheduler::plugins()) {
    if (plugin.filter) profile.filters.push_back({&plugin, bit, 0});
    if (plugin.score) profile.scorers.push_back({&plugin, bit, plugin.weight});
    bit <<= 1;
  }
  return profile;
}

}  // namespace seatrial::scheduler
