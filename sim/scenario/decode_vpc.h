// `vpc:` while it is read: what has been named so far, and which names must still be found. Internal to
// sim/scenario.
#pragma once

#include <map>

#include "sim/network/vpc/objects.h"
#include "sim/scenario/decode_nodes.h"

namespace seatrial::scenario {

// What a name may stand for, as problems call it.
enum class VpcKind : std::uint8_t {
  kVpc,
  kSubnet,
  kRouteTable,
  kInternetGateway,
  kNatGateway,
  kTransitGateway,
  kPeering,
  kEndpoint,
  kPrefixList,
  kSecurityGroup,
  kNetworkAcl,
};
std::string_view to_string(VpcKind kind);  // "subnet"

class VpcReader {
 public:
  VpcReader(const Platform& platform, network::vpc::Objects& objects)
      : platform_(platform), objects_(objects) {}

  void read(Reader map);
  // Once all is read: what was named must exist, and be what it should.
  void check();

 private:
  using Vpc = network::vpc::Vpc;
  struct Reference {
    Reader at;
    api::Symbol name;
    std::vector<VpcKind> kinds;
    bool of_nat_gateway = false;  // where it stands
  };

  // An object with its name and position.
  template <class Object>
  Object begin(Reader& map, VpcKind kind) {
    Object object;
    object.source = map.where();
    const Reader at = map.required("name");
    object.name = at.text();
    name(at, object.name, kind);
    return object;
  }
  // A key's value as the name of something of one of the kinds, which is checked later.
  api::Symbol reference(const Reader& at, std::vector<VpcKind> kinds);
  void name(const Reader& at, api::Symbol name, VpcKind kind);
  std::vector<api::Symbol> references(const Reader& list, VpcKind kind);

  // decode_vpc.cc
  void read_subnet(Reader map, const Vpc& vpc);
  void read_route_table(Reader map, const Vpc& vpc);
  void read_gateways(Reader& map, const Vpc& vpc);
  void read_transit_gateway(Reader map, const Vpc& vpc);
  void read_peering(Reader map, const Vpc& vpc);
  void read_endpoint(Reader map, const Vpc& vpc);
  void add_main_table(const Vpc& vpc);
  void tell_groups_from_prefix_lists();
  bool leads_to_internet(api::Symbol subnet) const;
  // decode_vpc_rules.cc
  void read_prefix_list(Reader map);
  void read_security_group(Reader map, const Vpc& vpc);
  std::vector<network::vpc::SecurityRule> read_security_rules(const Reader& list, std::string_view peer);
  void read_network_acl(Reader map, const Vpc& vpc);
  std::vector<network::vpc::AclEntry> read_acl_entries(const Reader& list, std::string_view peer);

  const Platform& platform_;
  network::vpc::Objects& objects_;
  std::map<std::pair<VpcKind, api::Symbol>, VpcKind> names_;  // by the first kind of its row in kNameSpaces
  std::vector<Reference> references_;
};

// 10.0.0.0/8; a problem and nothing otherwise.
std::optional<api::Cidr> read_cidr(const Reader& at);

}  // namespace seatrial::scenario
