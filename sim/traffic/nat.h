// NAT gateways as the traffic meets them: which connections hold a port, and what becomes of one that gets
// none, or that is forgotten.
//
// Only in a run whose platform has a VPC, for hosts on the internet (cloud::ManagedKind::kExternal): which
// gateway is on the way from a place to each of them is told from outside. A connection takes a port with its
// SYN and keeps it while it is open, and for a while after it was closed (network/vpc/nat_ports.h). A SYN
// that gets no port is lost. A connection that has been idle for longer than the gateway remembers, or that
// was opened by another gateway than the one that is on the way now, is reset at its next use; its port is
// given back when somebody needs it. Left out: other flows by the gateway (pulls of images, hosts that no
// image calls), and that a gateway which was lost has forgotten everything.
//
// The journal says when a gateway first has no port left for a destination, with what the pod that holds most
// of them does as cause, and that there are enough again, with the time of the last refusal, when somebody
// connects there a minute after it or later (network/flow_table.h): RecordType::kTableFull.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/kernel.h"
#include "sim/engine/time.h"
#include "sim/network/vpc/nat_ports.h"
#include "sim/traffic/told_table.h"

namespace seatrial::traffic {

using ResourceIndex = std::uint16_t;
using NatIndex = std::uint16_t;
inline constexpr NatIndex kNoNat = 0xffff;

struct Connection {
  std::uint32_t address = 0;  // that it leads to: see cloud::ManagedResource
  NatIndex nat = kNoNat;      // whose port it holds
  SimTime used;               // last
  bool forgotten = false;     // by the gateway
  bool tracked = false;       // it has an entry on the pod's node: see conntrack.h
};

// By which gateway a way leads, and what made it so.
struct NatRoute {
  NatIndex gateway = kNoNat;
  JournalId cause = JournalId::kNone;
};

struct NatGatewayConfig {
  api::Symbol name;
  std::size_t addresses = 1;
  network::vpc::NatPortRules rules;
};

struct NatDestination {
  ToldTable ports;
  std::string name;                                   // external/payments (203.0.113.10:443)
  SimTime next_look = SimTime::at(-Duration::max());  // through idle connections, if there is no port left
};

struct NatGateway {
  NatGatewayConfig config;
  std::map<ResourceIndex, NatDestination> destinations;
};

struct Nat {
  std::vector<NatGateway> gateways;
  // Whether it is the record of a shortage that is not over.
  bool is_short(JournalId record, SimTime now) const;
};

}  // namespace seatrial::traffic
