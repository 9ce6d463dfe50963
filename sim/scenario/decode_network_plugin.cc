// `networkPlugin:` of a platform.
#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {

void read_network_plugin(Reader map, Platform& platform) {
  if (!map || !map.expect_map()) return;
  using Config = cluster::EnforcementConfig;
  Config config;
  config.options.calico = map.field("calico").boolean(config.options.calico);
  config.options.blocks_cover_pods = map.field("blocksCoverPods").boolean(config.options.blocks_cover_pods);
  config.options.pod_reaches_itself =
      map.field("podReachesItself").boolean(config.options.pod_reaches_itself);
  config.policy_lag = map.field("policyLag").distribution(config.policy_lag);
  config.start = static_cast<Config::Start>(map.field("start").choice({"open", "closed", "wait"}, 0));
  config.keeps_established = map.field("establishedFlows").choice({"keep", "cut"}, 0) == 0;
  map.done();
  platform.network_plugin = config;
}

}  // namespace seatrial::scenario
