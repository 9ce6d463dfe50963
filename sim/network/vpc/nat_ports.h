// How many connections a NAT gateway carries, and for how long it remembers one.
//
// AWS VPC user guide, "NAT gateway basics": up to 55,000 simultaneous connections to each unique destination
// (address, port and protocol) for each of its IPv4 addresses, of which it has up to eight. A connection that
// is idle for 350 s is forgotten, and who goes on with it is answered by RST ("NAT gateway idle timeout").
// What gets no port is dropped, and counted as ErrorPortAllocation. reference/kubernetes-policy.md §7.
//
// How long a connection that was closed keeps its port is not documented. 60 s are assumed, for which Linux
// keeps a socket in TIME_WAIT (TCP_TIMEWAIT_LEN): 55,000 ports are then 916 new connections a second.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/engine/time.h"

namespace seatrial::network::vpc {

inline constexpr std::size_t kMostNatAddresses = 8;
inline constexpr Duration kNatIdleTimeout = Duration::seconds(350);

struct NatPortRules {
  std::int64_t per_destination = 55'000;  // of each address
  Duration closed_hold = Duration::seconds(60);
};

// To one destination.
constexpr std::int64_t nat_ports(const NatPortRules& rules, std::size_t addresses) {
  return rules.per_destination * static_cast<std::int64_t>(addresses);
}

// New connections a second that the ports last for, if each is closed at once.
constexpr std::int64_t nat_connections_per_second(const NatPortRules& rules, std::size_t addresses) {
  return nat_ports(rules, addresses) * 1000 / (rules.closed_hold / Duration::millis(1));
}

}  // namespace seatrial::network::vpc
