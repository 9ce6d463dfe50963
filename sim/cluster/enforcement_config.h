// How a network plugin enforces policies: which ones, how late, and what it does until then.
#pragma once

#include <cstdint>

#include "sim/engine/distributions.h"
#include "sim/network/policy/peer.h"

namespace seatrial::cluster {

struct EnforcementConfig {
  network::PolicyOptions options;
  // From the change of a policy, or from a pod's address, until a node's agent has programmed it. 1 to 2 s is
  // what tenants of aws-network-policy-agent report (#345, #189); a parameter.
  Distribution policy_lag = Distribution::constant(Duration::seconds(1));
  // What a new pod may do until its own policies are programmed: everything, nothing, or it is not started
  // before.
  enum class Start : std::uint8_t { kOpen, kClosed, kWait };
  Start start = Start::kOpen;
  // Whether connections from before a pod's first programming go on: or their answers are dropped (#345).
  bool keeps_established = true;
};

}  // namespace seatrial::cluster
