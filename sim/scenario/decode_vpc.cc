// `vpc:` VPCs, subnets, route tables, gateways; and the subnets of node groups. Rules stand in
// decode_vpc_rules.cc.
#include "sim/scenario/decode_vpc.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/check.h"
#include "sim/scenario/resource_address.h"
#include "sim/scenario/units.h"

namespace seatrial::scenario {

using network::vpc::SubnetKind;
namespace vpc = network::vpc;

namespace {

// Kinds that share their names, as each may be named in the same places.
const std::vector<std::vector<VpcKind>> kNameSpaces{
    {VpcKind::kVpc, VpcKind::kInternetGateway, VpcKind::kNatGateway, VpcKind::kTransitGateway,
     VpcKind::kPeering, VpcKind::kEndpoint},
    {VpcKind::kSubnet},
    {VpcKind::kRouteTable},
    {VpcKind::kSecurityGroup, VpcKind::kPrefixList},
    {VpcKind::kNetworkAcl},
};
VpcKind name_space(VpcKind kind) {
  for (const std::vector<VpcKind>& row : kNameSpaces)
    if (std::ranges::find(row, kind) != row.end()) return row.front();
  CHECK(false);
}

bool is_within(const api::Cidr& inner, const api::Cidr& outer) {
  return inner.length >= outer.length && outer.contains(inner.base);
}
bool overlaps(const api::Cidr& a, const api::Cidr& b) { return is_within(a, b) || is_within(b, a); }

std::string names_of(const std::vector<VpcKind>& kinds) {
  std::string all;
  for (std::size_t i = 0; i < kinds.size(); ++i)
    all += (i == 0 ? "" : i + 1 == kinds.size() ? " or " : ", ") + std::string(to_string(kinds[i]));
  return all;
}

// AWS allows VPCs and subnets from /16 to /28.
void check_size(const Reader& at, const api::Cidr& cidr) {
  if (cidr.base.v4 && (cidr.length < 16 || cidr.length > 28))
    at.problem("must be from a /16 to a /28, is a /" + std::to_string(cidr.length));
  if (!cidr.base.v4) at.problem("must be IPv4");
}

// Elastic IP addresses.
void read_nat_addresses(const Reader& list, vpc::NatGateway& gateway,
                        const std::vector<vpc::NatGateway>& others) {
  const auto has = [](const vpc::NatGateway& one, const api::IpAddress& address) {
    return std::ranges::find(one.addresses, address) != one.addresses.end();
  };
  const std::vector<Reader> items = list.items_or_one();
  for (const Reader& at : items) {
    const auto address = api::IpAddress::parse(at.text());
    if (!address || !address->v4) {
      at.problem("is not an IPv4 address");
    } else if (const std::string why = why_not_public(*address); !why.empty()) {
      at.problem("is no Elastic IP address: " + why);
    } else if (has(gateway, *address) ||
               std::ranges::any_of(others, [&](const auto& o) { return has(o, *address); })) {
      at.problem("is the address of a NAT gateway already");
    } else {
      gateway.addresses.push_back(*address);
    }
  }
  if (list.is_list() && items.empty()) list.problem("a NAT gateway needs an address");
  if (items.size() > vpc::kMostNatAddresses)
    list.problem(fmt::format("a NAT gateway has {} addresses at most", vpc::kMostNatAddresses));
}

std::vector<api::Cidr> read_cidrs(const Reader& list) {
  std::vector<api::Cidr> cidrs;
  for (const Reader& item : list.items_or_one())
    if (const auto cidr = read_cidr(item)) cidrs.push_back(*cidr);
  return cidrs;
}

}  // namespace

std::string_view to_string(VpcKind kind) {
  constexpr std::array<std::string_view, 11> kNames{
      "VPC",     "subnet",   "route table", "internet gateway", "NAT gateway", "transit gateway",
      "peering", "endpoint", "prefix list", "security group",   "network ACL"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<api::Cidr> read_cidr(const Reader& at) {
  const std::string text = at.text();
  if (text.empty()) return std::nullopt;
  const auto cidr = api::Cidr::parse(text);
  if (!cidr) {
    at.problem("\"" + text + "\" is not a CIDR, such as 172.20.0.0/16");
    return std::nullopt;
  }
  api::Cidr network = *cidr;  // without the host's bits
  for (int bit = cidr->length; bit < cidr->base.bits(); ++bit)
    network.base.bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80 >> bit % 8));
  if (network.base != cidr->base) at.problem("has host bits set: did you mean " + network.str() + "?");
  return network;
}

void VpcReader::name(const Reader& at, api::Symbol name, VpcKind kind) {
  if (name.empty()) return;
  const auto [known, fresh] = names_.emplace(std::pair(name_space(kind), name), kind);
  const bool shared = kind == VpcKind::kTransitGateway && known->second == kind;
  if (!fresh && !shared)
    at.problem("a " + std::string(to_string(known->second)) + " is called \"" + name.str() + "\" already");
}

api::Symbol VpcReader::reference(const Reader& at, std::vector<VpcKind> kinds) {
  const api::Symbol named = at.text();
  if (!named.empty()) references_.push_back({at, named, std::move(kinds)});
  return named;
}

std::vector<api::Symbol> VpcReader::references(const Reader& list, VpcKind kind) {
  std::vector<api::Symbol> all;
  for (const Reader& item : list.items_or_one()) all.push_back(reference(item, {kind}));
  return all;
}

void VpcReader::check() {
  for (const Reference& reference : references_) {
    const auto known = names_.find({name_space(reference.kinds.front()), reference.name});
    const auto fits = [&](VpcKind kind) { return known != names_.end() && known->second == kind; };
    if (std::ranges::any_of(reference.kinds, fits)) continue;
    std::vector<std::string> candidates;
    for (const auto& [key, kind] : names_) {
      if (std::ranges::find(reference.kinds, kind) != reference.kinds.end())
        candidates.push_back(key.second.str());
    }
    reference.at.problem("there is no " + names_of(reference.kinds) + " \"" + reference.name.str() + "\"" +
                         did_you_mean(reference.name.view(), candidates));
  }
  tell_groups_from_prefix_lists();
  for (const Reference& reference : references_)
    if (reference.of_nat_gateway && !leads_to_internet(reference.name))
      reference.at.problem("no route of subnet " + reference.name.str() +
                           " leads to an internet gateway, so that nobody gets out by a NAT gateway there");
}

// By the routes of its table, or of the VPC's main one. True for a subnet that there is not.
bool VpcReader::leads_to_internet(api::Symbol name) const {
  const auto subnet = std::ranges::find(objects_.subnets, name, &vpc::Subnet::name);
  if (subnet == objects_.subnets.end()) return true;
  const auto table = std::ranges::find_if(objects_.route_tables, [&](const vpc::RouteTable& one) {
    return subnet->route_table.empty() ? one.main && one.vpc == subnet->vpc : one.name == subnet->route_table;
  });
  if (table == objects_.route_tables.end()) return true;
  return std::ranges::any_of(table->routes, [&](const vpc::Route& route) {
    return std::ranges::find(objects_.internet_gateways, route.via, &vpc::InternetGateway::name) !=
           objects_.internet_gateways.end();
  });
}

// A rule's named peer may be either.
void VpcReader::tell_groups_from_prefix_lists() {
  for (vpc::SecurityGroup& group : objects_.security_groups) {
    for (auto* const rules : {&group.ingress, &group.egress}) {
      for (vpc::SecurityRule& rule : *rules) {
        const auto named = names_.find({name_space(VpcKind::kSecurityGroup), rule.group});
        if (named == names_.end() || named->second != VpcKind::kPrefixList) continue;
        rule.prefix_list = std::exchange(rule.group, {});
      }
    }
  }
}

void VpcReader::read(Reader map) {
  if (!map.expect_map()) return;
  Vpc made;
  made.source = map.where();
  const Reader called = map.field("name"), cidr = map.field("cidr"), cidrs = map.field("cidrs");
  made.name = called.text("vpc");
  name(called, made.name, VpcKind::kVpc);
  if (cidr && cidrs) cidrs.problem("either \"cidr\" or \"cidrs\"");
  if (!cidr && !cidrs) cidr.problem("required field is missing");
  for (const Reader& item : (cidrs ? cidrs : cidr).items_or_one()) {
    const auto read = read_cidr(item);
    if (read) check_size(item, *read);
    if (read) made.cidrs.push_back(*read);
  }
  objects_.vpcs.push_back(made);
  for (const Reader& item : map.field("prefixLists").items()) read_prefix_list(item);
  for (const Reader& item : map.field("routeTables").items()) read_route_table(item, made);
  for (const Reader& item : map.field("networkAcls").items()) read_network_acl(item, made);
  for (const Reader& item : map.required("subnets").items()) read_subnet(item, made);
  add_main_table(made);
  read_gateways(map, made);
  for (const Reader& item : map.field("securityGroups").items()) read_security_group(item, made);
  map.done();
}

void VpcReader::read_subnet(Reader map, const Vpc& of) {
  if (!map.expect_map()) return;
  auto subnet = begin<vpc::Subnet>(map, VpcKind::kSubnet);
  subnet.vpc = of.name;
  std::vector<std::string> zones;
  for (const api::Symbol zone : platform_.zones) zones.push_back(zone.str());
  const Reader zone = map.required("zone"), cidr = map.required("cidr");
  subnet.zone = zone.text();
  if (zone && std::ranges::find(zones, subnet.zone.str()) == zones.end())
    zone.problem("the platform has no zone \"" + subnet.zone.str() + "\"");
  if (const auto read = cidr ? read_cidr(cidr) : std::nullopt) {
    subnet.cidr = *read;
    check_size(cidr, subnet.cidr);
    if (std::ranges::none_of(of.cidrs, [&](const api::Cidr& c) { return is_within(subnet.cidr, c); }))
      cidr.problem("lies outside of the VPC");
    for (const vpc::Subnet& other : objects_.subnets)
      if (overlaps(other.cidr, subnet.cidr)) cidr.problem("overlaps with " + other.name.str());
  }
  subnet.kind = static_cast<SubnetKind>(
      map.required("kind").choice({"public", "private", "eks-private", "transit"}, 1));
  subnet.tags = read_labels(map.field("tags"));
  const Reader table = map.field("routeTable"), acl = map.field("networkAcl");
  if (table) subnet.route_table = reference(table, {VpcKind::kRouteTable});
  if (acl) subnet.network_acl = reference(acl, {VpcKind::kNetworkAcl});
  for (Reader item : map.field("reservations").items()) {
    if (!item.expect_map()) continue;
    const Reader at = item.required("cidr");
    const auto read = at ? read_cidr(at) : std::nullopt;
    const bool prefix = item.field("type").choice({"prefix", "explicit"}, 0) == 0;
    if (read && !is_within(*read, subnet.cidr)) at.problem("lies outside of the subnet");
    if (read) subnet.reservations.push_back({*read, prefix});
    item.done();
  }
  const Reader occupied = map.field("occupied");
  subnet.occupied = occupied.integer(0, 0, 65536);
  map.done();
  objects_.subnets.push_back(std::move(subnet));
}

void VpcReader::read_route_table(Reader map, const Vpc& of) {
  if (!map.expect_map()) return;
  auto table = begin<vpc::RouteTable>(map, VpcKind::kRouteTable);
  table.vpc = of.name;
  const Reader main = map.field("main");
  table.main = main.boolean(false);
  const bool second = std::ranges::any_of(
      objects_.route_tables, [&](const auto& t) { return t.main && table.main && t.vpc == of.name; });
  if (second) main.problem("another route table of the VPC is the main one already");
  for (Reader item : map.field("routes").items()) {
    if (!item.expect_map()) continue;
    vpc::Route route;
    route.source = item.where();
    for (const Reader& to : item.required("to").items_or_one()) {
      if (to.is_scalar() && !to.value().text.contains('/'))
        route.prefix_list = reference(to, {VpcKind::kPrefixList});
      else if (const auto cidr = read_cidr(to))
        route.to.push_back(*cidr);
    }
    for (const api::Cidr& to : route.to) {
      if (std::ranges::any_of(of.cidrs, [&](const api::Cidr& own) { return is_within(to, own); }))
        item.field("to").problem(to.str() + " is the VPC's own: the route local goes there");
    }
    route.via = reference(item.required("via"), {VpcKind::kInternetGateway, VpcKind::kNatGateway,
                                                 VpcKind::kTransitGateway, VpcKind::kPeering});
    item.done();
    table.routes.push_back(std::move(route));
  }
  map.done();
  objects_.route_tables.push_back(std::move(table));
}

// Every VPC comes with one, in which is nothing but the route local.
void VpcReader::add_main_table(const Vpc& of) {
  if (std::ranges::any_of(objects_.route_tables, [&](const auto& t) { return t.main && t.vpc == of.name; }))
    return;
  vpc::RouteTable table;
  table.name = of.name.str() + "/main";
  table.source = of.source;
  table.vpc = of.name;
  table.main = true;
  objects_.route_tables.push_back(std::move(table));
}

void VpcReader::read_gateways(Reader& map, const Vpc& of) {
  if (const Reader at = map.field("internetGateway")) {
    vpc::InternetGateway gateway;
    gateway.source = at.where();
    gateway.name = at.text();
    gateway.vpc = of.name;
    name(at, gateway.name, VpcKind::kInternetGateway);
    objects_.internet_gateways.push_back(gateway);
  }
  for (Reader item : map.field("natGateways").items()) {
    if (!item.expect_map()) continue;
    auto gateway = begin<vpc::NatGateway>(item, VpcKind::kNatGateway);
    gateway.subnet = reference(item.required("subnet"), {VpcKind::kSubnet});
    if (!gateway.subnet.empty()) references_.back().of_nat_gateway = true;
    read_nat_addresses(item.required("addresses"), gateway, objects_.nat_gateways);
    gateway.ports.per_destination =
        item.field("portsPerDestination")
            .integer(gateway.ports.per_destination, 1, vpc::NatPortRules().per_destination);
    gateway.ports.closed_hold =
        item.field("closedPortHold").duration(gateway.ports.closed_hold, Duration::millis(1));
    item.done();
    objects_.nat_gateways.push_back(std::move(gateway));
  }
  for (const Reader& item : map.field("transitGateways").items()) read_transit_gateway(item, of);
  for (const Reader& item : map.field("peerings").items()) read_peering(item, of);
  for (const Reader& item : map.field("endpoints").items()) read_endpoint(item, of);
}

void VpcReader::read_transit_gateway(Reader map, const Vpc& of) {
  if (!map.expect_map()) return;
  auto gateway = begin<vpc::TransitGateway>(map, VpcKind::kTransitGateway);
  const vpc::TransitGateway::Attachment attachment{of.name,
                                                   references(map.required("subnets"), VpcKind::kSubnet)};
  for (Reader item : map.field("routes").items()) {
    if (!item.expect_map()) continue;
    vpc::TransitGateway::To to{read_cidrs(item.required("to")), item.required("network").text(),
                               item.where()};
    item.done();
    gateway.routes.push_back(std::move(to));
  }
  map.done();
  auto known = std::ranges::find(objects_.transit_gateways, gateway.name, &vpc::TransitGateway::name);
  if (known == objects_.transit_gateways.end()) {
    objects_.transit_gateways.push_back(std::move(gateway));
    known = std::prev(objects_.transit_gateways.end());
  } else {
    known->routes.insert(known->routes.end(), gateway.routes.begin(), gateway.routes.end());
  }
  known->attachments.push_back(attachment);
}

void VpcReader::read_peering(Reader map, const Vpc& of) {
  if (!map.expect_map()) return;
  auto peering = begin<vpc::Peering>(map, VpcKind::kPeering);
  peering.vpc = of.name;
  const Reader other = map.field("vpc"), cidrs = map.field("cidrs");
  if (other) peering.other_vpc = reference(other, {VpcKind::kVpc});
  peering.cidrs = read_cidrs(cidrs);
  if (!other == !cidrs) map.problem("needs either \"vpc\", one of this file, or \"cidrs\"");
  map.done();
  objects_.peerings.push_back(std::move(peering));
}

void VpcReader::read_endpoint(Reader map, const Vpc& of) {
  if (!map.expect_map()) return;
  auto endpoint = begin<vpc::ServiceEndpoint>(map, VpcKind::kEndpoint);
  endpoint.vpc = of.name;
  endpoint.service = map.required("service").text();
  endpoint.gateway = map.required("type").choice({"gateway", "interface"}, 1) == 0;
  if (endpoint.gateway) {
    endpoint.prefix_list = reference(map.required("prefixList"), {VpcKind::kPrefixList});
    endpoint.route_tables = references(map.required("routeTables"), VpcKind::kRouteTable);
  } else {
    endpoint.subnets = references(map.required("subnets"), VpcKind::kSubnet);
    endpoint.security_groups = references(map.field("securityGroups"), VpcKind::kSecurityGroup);
  }
  map.done();
  objects_.endpoints.push_back(std::move(endpoint));
}

namespace {

// The subnets that a node group names, or all of kind eks-private; in each of its zones there must be one.
void settle_subnets(const Reader& at, NodeGroup& group, const vpc::Objects& objects) {
  const bool named = !group.subnets.empty();
  for (const vpc::Subnet& subnet : objects.subnets) {
    const bool here = std::ranges::find(group.zones, subnet.zone) != group.zones.end();
    if (!named && here && subnet.kind == SubnetKind::kEksPrivate) group.subnets.push_back(subnet.name);
  }
  for (const api::Symbol zone : group.zones) {
    const bool has_one = std::ranges::any_of(objects.subnets, [&](const vpc::Subnet& subnet) {
      return subnet.zone == zone && std::ranges::find(group.subnets, subnet.name) != group.subnets.end();
    });
    if (!has_one)
      at.problem("node group " + group.name.str() + " has no subnet in " + zone.str() +
                 (named ? "" : " (of kind eks-private: name its subnets)"));
  }
}

void check_names(const Reader& list, const std::vector<api::Symbol>& names, const auto& objects,
                 std::string_view what) {
  std::vector<std::string> known;
  for (const auto& object : objects) known.push_back(object.name.str());
  for (const api::Symbol name : names) {
    if (std::ranges::find(known, name.str()) != known.end()) continue;
    list.problem("the platform has no " + std::string(what) + " \"" + name.str() + "\"" +
                 did_you_mean(name.view(), known));
  }
}

}  // namespace

void read_vpc(const Reader& at, Platform& platform) {
  if (!at) return;
  auto objects = std::make_shared<vpc::Objects>();
  VpcReader reader(platform, *objects);
  for (const Reader& item : at.items_or_one()) reader.read(item);
  reader.check();
  platform.vpc = objects;
}

void read_placement(Reader& map, NodeGroup& group, const Platform& platform) {
  const Reader subnets = map.field("subnets"), groups = map.field("securityGroups");
  for (const Reader& key : {subnets, groups})
    if (key && !platform.vpc) key.problem("the platform has no vpc");
  if (!platform.vpc) return;
  group.subnets = read_symbols(subnets);
  group.security_groups = read_symbols(groups);
  check_names(subnets, group.subnets, platform.vpc->subnets, "subnet");
  check_names(groups, group.security_groups, platform.vpc->security_groups, "security group");
  settle_subnets(subnets ? subnets : map, group, *platform.vpc);
}

}  // namespace seatrial::scenario
