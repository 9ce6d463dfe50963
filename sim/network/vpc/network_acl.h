// Network ACLs: what a subnet lets in and out, packet by packet.
//
// The entries are looked at by ascending number, and the first that matches a packet's protocol, port and
// peer decides; none matches: denied. There are no connections here: the answer is a packet of its own, which
// needs an entry of the other direction for the ports that clients open (32768-60999 on Linux, 1024-65535
// behind NAT gateways and load balancers). Traffic within a subnet is not looked at. Source: AWS VPC user
// guide, "Control subnet traffic with network access control lists", "Ephemeral ports".
#pragma once

#include <span>

#include "sim/network/vpc/objects.h"

namespace seatrial::network::vpc {

struct Ports {
  std::int32_t first = 0, last = 0;
};
inline constexpr Ports kLinuxPorts{32768, 60999}, kGatewayPorts{1024, 65535};

// One entry's answer for all of the ports: denied if one of them is. `entry` decided; null: none matched.
struct AclAnswer {
  bool allowed = false;
  const AclEntry* entry = nullptr;
};
// REQUIRES: ascending by number. `peer`: where the packet comes from (ingress), or goes to (egress).
AclAnswer judge(std::span<const AclEntry> entries, Protocol protocol, Ports ports,
                const api::IpAddress& peer);

}  // namespace seatrial::network::vpc
