#include <array>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

// The default profile's order and weights: pkg/scheduler/apis/config/v1/default_plugins.go. Volume plugins
// and DynamicResources have nothing to decide on here.
std::span<const Plugin> plugins() {
  static const std::array kTable = {
      kNodeUnschedulablePlugin,                // filter
      kNodeNamePlugin,                         // filter
      kTaintTolerationPlugin,                  // filter, score ×3
      kNodeAffinityPlugin,                     // filter, score ×2
      kNodePortsPlugin,                        // filter
      kNodeResourcesFitPlugin,                 // filter, score ×1
      kPodTopologySpreadPlugin,                // filter, score ×2
      kInterPodAffinityPlugin,                 // filter, score ×2
      kNodeResourcesBalancedAllocationPlugin,  // score ×1
      kImageLocalityPlugin,                    // score ×1
  };
  return kTable;
}

}  // namespace seatrial::scheduler
