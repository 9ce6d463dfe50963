// The whole cluster at once, by classes: whom may each class of peers talk to?
#pragma once

#include "sim/network/policy/compiled.h"

namespace seatrial::network {

// The ports at which verdicts may change: from each to the one before the next, nothing depends on the port.
// The first is 0. REQUIRES: protocol < kPortProtocols (policy_table.h), below too.
std::vector<std::int32_t> first_ports(const CompiledPolicies& policies, std::size_t protocol);

// Of each class, by its index, the classes that it may reach at this port: its egress and their ingress. In
// the row of a pod's class its own class stands for its like, not for the pod itself.
std::vector<ClassSet> reach_matrix(const CompiledPolicies& policies, std::size_t protocol, std::int32_t port);

}  // namespace seatrial::network
