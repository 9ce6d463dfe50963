// The objects of AWS's virtual private clouds as a platform file names them: plain values. Decoded and
// checked by scenario/decode_vpc.cc: everything that is named here exists, and names are unique among all
// VPCs for each of: subnets; route tables; security groups and prefix lists; network ACLs; and VPCs,
// gateways, peerings and endpoints together. Subnets do not overlap.
//
// Source: AWS VPC user guide (subnets, route tables, NAT gateways, security groups, network ACLs);
// reference/kubernetes-policy.md §7; terms are AWS's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/ip_address.h"
#include "sim/api/meta.h"
#include "sim/network/vpc/nat_ports.h"

namespace seatrial::network::vpc {

enum class Protocol : std::uint8_t { kTcp, kUdp, kSctp, kIcmp };
inline constexpr std::size_t kProtocols = 4;
std::string_view to_string(Protocol protocol);  // "tcp"

struct Named {
  api::Symbol name;
  api::SourcePosition source;
};

struct Vpc : Named {
  std::vector<api::Cidr> cidrs;
};

// What stands in a subnet's name in most accounts, and in the tag SubnetType.
enum class SubnetKind : std::uint8_t { kPublic, kPrivate, kEksPrivate, kTransit };

// A subnet CIDR reservation: EC2 gives no single address out of it; of kind `prefix`, whole /28 blocks.
struct Reservation {
  api::Cidr cidr;
  bool prefix = true;  // else explicit: nothing by itself
};

struct Subnet : Named {
  api::Symbol vpc, zone;
  api::Cidr cidr;
  SubnetKind kind = SubnetKind::kPrivate;
  api::LabelMap tags;
  api::Symbol route_table;  // with which it is associated; empty: the VPC's main one
  api::Symbol network_acl;  // empty: the VPC's default
  std::vector<Reservation> reservations;
  std::int64_t occupied = 0;  // addresses in use by what the platform file does not describe
};

// Of `to` or of the prefix list; the route `local` to the VPC's own CIDRs is in every table.
struct Route {
  std::vector<api::Cidr> to;
  api::Symbol prefix_list;
  api::Symbol via;  // a gateway, a peering, a gateway endpoint
  api::SourcePosition source;
};
struct RouteTable : Named {
  api::Symbol vpc;
  bool main = false;
  std::vector<Route> routes;
};

struct InternetGateway : Named {
  api::Symbol vpc;
};
struct NatGateway : Named {
  api::Symbol subnet;
  std::vector<api::IpAddress> addresses;  // its public ones
  NatPortRules ports;
};
struct TransitGateway : Named {
  struct Attachment {
    api::Symbol vpc;
    std::vector<api::Symbol> subnets;  // at most one in each zone
  };
  struct To {  // an attachment of somebody else's: `network` is how the report calls it
    std::vector<api::Cidr> cidrs;
    api::Symbol network;
    api::SourcePosition source;
  };
  std::vector<Attachment> attachments;
  std::vector<To> routes;  // besides those to the VPCs that are attached
};
struct Peering : Named {
  api::Symbol vpc;
  api::Symbol other_vpc;         // of this file; or else:
  std::vector<api::Cidr> cidrs;  // of one that is not described
};
// Of an AWS service: a gateway endpoint is a route to a prefix list, an interface endpoint has addresses.
struct ServiceEndpoint : Named {
  api::Symbol vpc, service;
  bool gateway = false;
  api::Symbol prefix_list;                // of a gateway endpoint
  std::vector<api::Symbol> route_tables;  // likewise
  std::vector<api::Symbol> subnets;       // of an interface endpoint
  std::vector<api::Symbol> security_groups;
};
struct PrefixList : Named {
  std::vector<api::Cidr> cidrs;
};

// One peer: networks, a prefix list, or those with a security group.
struct SecurityRule {
  std::optional<Protocol> protocol;  // none: all
  std::int32_t first = 0, last = 65535;
  std::vector<api::Cidr> networks;
  api::Symbol prefix_list, group;
  std::string description;
  api::SourcePosition source;
};
struct SecurityGroup : Named {
  api::Symbol vpc;
  std::vector<SecurityRule> ingress, egress;
};

struct AclEntry {
  std::int32_t number = 100;
  bool allow = false;
  std::optional<Protocol> protocol;  // none: all
  std::int32_t first = 0, last = 65535;
  api::Cidr network;
  api::SourcePosition source;
};
struct NetworkAcl : Named {
  api::Symbol vpc;
  bool is_default = false;                // of subnets that name none
  std::vector<AclEntry> ingress, egress;  // ascending by number
};

struct Objects {
  std::vector<Vpc> vpcs;
  std::vector<Subnet> subnets;
  std::vector<RouteTable> route_tables;
  std::vector<InternetGateway> internet_gateways;
  std::vector<NatGateway> nat_gateways;
  std::vector<TransitGateway> transit_gateways;
  std::vector<Peering> peerings;
  std::vector<ServiceEndpoint> endpoints;
  std::vector<PrefixList> prefix_lists;
  std::vector<SecurityGroup> security_groups;
  std::vector<NetworkAcl> network_acls;
};

}  // namespace seatrial::network::vpc
