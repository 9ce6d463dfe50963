// One flow, asked hop by hop: DNS, the Service, policies of the source, the VPC, policies of the destination,
// and whether anybody listens.
#pragma once

#include <expected>
#include <string>

#include "sim/report/reach.h"
#include "sim/scenario/reach/state.h"

namespace seatrial::scenario {

// `from`: NAMESPACE/POD (also the beginning of its name), an ingress controller, or an address. `to`:
// NAMESPACE/SERVICE:PORT, NAMESPACE/POD:PORT, a managed resource (rds/main, its port unless one is given),
// HOST[:PORT] or CIDR[:PORT]; the port is 443 where none is given. `protocol`: TCP, UDP or SCTP. The error is
// one line on what is not there.
std::expected<report::ReachVerdict, std::string> reach(const ReachState& state, const std::string& from,
                                                       const std::string& to, const std::string& protocol);

// An address of the block that is in no smaller one that some policy names; the block's first if there is
// none.
api::IpAddress outside_of(const ReachState& state, const api::Cidr& block);

}  // namespace seatrial::scenario
