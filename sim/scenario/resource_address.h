// Where a managed resource is, as network policies and `seatrial reach` see it: at its `address`; else in its
// zone's private subnet of the VPC, as a subnet group has it (one of kind private, else of kind eks-private).
#pragma once

#include <optional>
#include <string>

#include "sim/scenario/platform.h"

namespace seatrial::scenario {

// None: the platform says neither, or has no such subnet in the zone.
std::optional<api::IpAddress> address_of(const Platform& platform, const cloud::ManagedConfig& resource,
                                         api::Symbol zone);

// "10.0.0.0/8 is private"; empty for an address on the internet. Source: RFC 6890.
std::string why_not_public(const api::IpAddress& address);

}  // namespace seatrial::scenario
