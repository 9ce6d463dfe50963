// VPCs as a graph: who can send a packet to whom, by which way, and what stops it.
//
// Vertices are VPCs (their routers), subnets, gateways, peerings, gateway endpoints, the networks behind
// them, and the internet; an edge is a route of a subnet's table, or how a gateway is attached (Boost.Graph).
// A subnet goes by the route table with which it is associated, and where it is associated with none, by its
// VPC's main one. A verdict is a pure function of the network and the flow. The network changes only by the
// calls under "Changes"; a copy is independent.
//
// What a flow meets, in this order: security groups (egress), the network ACL of the source's subnet, its
// route table, gateways, the network ACL and security groups (ingress) of the destination; then the answer:
// network ACLs again, and the route back where the two are not in one VPC. Rules:
//  - An internet gateway translates one to one: only who has a public address passes, and for a connection
//    from the internet the route back must lead to the same gateway.
//  - A NAT gateway passes connections from inside only. It needs a way to the internet of its own.
//  - A transit gateway has an attachment in a subnet of the source's zone, or does not take the packet.
//  - A load balancer that keeps the client's address (Flow::through): the target's security groups and ACL
//    see the client, and the target's subnet needs a route to the client's address, though the answer goes
//    back through the balancer. Nothing of AWS's says so in as many words. It is inferred from what happened
//    on 2024-09-20, when subnets without a default route answered nobody (incidents.md §12).
//  - A link-local address (169.254.0.0/16, of IPv6 fd00:ec2::/32) is answered by the host of an interface in
//    the VPC: instance metadata, DNS, time, credentials of pods. Its packets meet nothing of all this.
//  - A zone that is cut off (fail_zone): no packet passes between it and anything else.
// Left out: IPv6's egress-only gateways, route propagation of VPNs, middleboxes, the network ACLs of a
// transit gateway's subnet on the way out of it.
//
// Sources: AWS VPC user guide (route tables; "Control traffic to your AWS resources using security groups");
// EC2 user guide, "Use the Instance Metadata Service"; reference/kubernetes-policy.md §7.
#pragma once

#include <map>
#include <memory>

#include "sim/engine/event.h"
#include "sim/network/vpc/network_acl.h"
#include "sim/network/vpc/security_groups.h"

namespace seatrial::network::vpc {

// Some security groups together, as a network interface has them: see Network::group_set().
enum class GroupSet : std::uint32_t { kNotDescribed = 0 };  // not described: not looked at

// One end of a flow: a network interface in a subnet, or an address outside.
struct End {
  api::IpAddress address;
  GroupSet groups = GroupSet::kNotDescribed;
  std::optional<api::IpAddress> public_address;  // of an interface that has one
};
// A load balancer's interface in one of its subnets.
struct Front {
  End end;
  bool preserves_client_address = false;
};
struct Flow {
  End from, to;
  std::int32_t port = 0;
  Protocol protocol = Protocol::kTcp;
  std::optional<Front> through;
};

enum class HopKind : std::uint8_t {
  kSecurityGroupEgress,
  kNetworkAclEgress,
  kRoute,
  kGateway,
  kNetworkAclIngress,
  kSecurityGroupIngress,
  kLinkLocal,
};
std::string_view to_string(HopKind kind);  // "security group (egress)"
// Answered by the host of an interface: see above.
bool is_link_local(const api::IpAddress& address);

struct Hop {
  HopKind kind = HopKind::kRoute;
  bool reply = false;  // on the way back
  bool passes = true;
  api::Symbol object;                  // that carried or stopped it
  api::SourcePosition source;          // of the object's rule or route, else of the object
  std::string why;                     // one line
  JournalId cause = JournalId::kNone;  // of the change that made it so
};
struct Verdict {
  bool allowed = true;
  std::vector<Hop> hops;  // the last one stopped it, if it is not allowed
};

class Network {
 public:
  // REQUIRES: what the objects name exists (decode_vpc.cc checks it).
  explicit Network(std::shared_ptr<const Objects> objects);

  // The path, hop by hop.
  Verdict verdict(const Flow& flow) const;
  // The same without the path.
  bool allows(const Flow& flow) const;

  const Objects& objects() const { return *objects_; }
  const Subnet* subnet_of(const api::IpAddress& address) const;
  // REQUIRES: the groups exist. The same groups give the same set, in any order.
  GroupSet group_set(std::vector<api::Symbol> names);
  // The subnets whose routes lead to a gateway, peering or endpoint, directly or by way of others.
  std::vector<api::Symbol> subnets_through(api::Symbol object) const;

  // --- Changes. REQUIRES: what is named exists.
  // An empty table: with none any more.
  void associate(api::Symbol subnet, api::Symbol route_table, JournalId cause);
  // Empty `via`: the route goes.
  void set_route(api::Symbol route_table, const api::Cidr& to, api::Symbol via, JournalId cause);
  // A gateway, peering or endpoint carries nothing. Each failure ends by a restoration of its own.
  void fail(api::Symbol object, JournalId cause);
  void restore(api::Symbol object);
  void fail_zone(api::Symbol zone, JournalId cause);
  void restore_zone(api::Symbol zone);

 private:
  enum class Kind : std::uint8_t {
    kVpc,
    kSubnet,
    kInternetGateway,
    kNatGateway,
    kTransitGateway,
    kPeering,
    kEndpoint,
    kNetwork,  // behind a transit gateway or a peering
    kInternet,
  };
  struct Failing {
    std::int32_t failures = 0;
    JournalId cause = JournalId::kNone;  // of the latest
  };
  using PointId = std::size_t;  // a vertex
  struct Point {
    Kind kind = Kind::kInternet;
    std::size_t index = 0;  // in the objects of that kind
    api::Symbol name;
    api::SourcePosition source;
    Failing failing;
  };
  struct Entry {
    api::Cidr to;
    PointId via = 0;
    api::SourcePosition source;
  };
  struct Table {
    std::vector<Entry> entries;
    PrefixTrie by_destination;           // -> index of `entries`
    JournalId cause = JournalId::kNone;  // of the latest change
  };
  struct Association {
    std::optional<std::size_t> table;    // of tables_; none: the main one counts
    JournalId cause = JournalId::kNone;  // of the latest change
  };
  struct Groups {
    std::vector<GroupId> ids;  // ascending
    RuleTable ingress, egress;
  };
  class Graph;  // a Boost.Graph adjacency list over the points
  class Walk;

  void add_points();
  PointId add_point(Kind kind, std::size_t index, const Named& named);
  void add_tables();
  void add_route(Table& table, const Route& route);
  void draw_graph();
  void draw_attachments(Graph& graph) const;
  PointId point(api::Symbol name) const { return points_by_name_.at(name); }  // but for subnets
  const Table& table_of(std::size_t subnet) const;
  std::size_t main_table(api::Symbol vpc) const;
  std::optional<std::size_t> subnet_index(const api::IpAddress& address) const;
  std::size_t subnet_index(api::Symbol name) const { return subnets_by_name_.at(name); }
  const NetworkAcl* acl_of(std::size_t subnet) const;
  const Groups* groups_of(GroupSet set) const {
    return set == GroupSet::kNotDescribed ? nullptr : &group_sets_[static_cast<std::size_t>(set) - 1];
  }

  std::shared_ptr<const Objects> objects_;
  std::vector<Point> points_;
  std::map<api::Symbol, PointId> points_by_name_;
  std::map<api::Symbol, std::size_t> subnets_by_name_;
  std::vector<PointId> subnet_points_;     // by index in Objects::subnets
  std::vector<Table> tables_;              // by index in Objects::route_tables
  std::vector<Association> associations_;  // by index in Objects::subnets
  PrefixTrie subnets_;                     // -> index in Objects::subnets
  std::map<api::Symbol, Failing> zones_;
  std::vector<Groups> group_sets_;
  std::shared_ptr<const Graph> graph_;  // drawn anew with every change of a route
};

}  // namespace seatrial::network::vpc
