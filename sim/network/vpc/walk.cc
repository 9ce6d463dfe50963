// A flow's way through the network: each step either passes or stops it, and says why.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/engine/check.h"
#include "sim/network/vpc/network.h"

namespace seatrial::network::vpc {

namespace {

std::string text(Protocol protocol, Ports ports) {
  std::string words(to_string(protocol));
  if (protocol == Protocol::kIcmp) return words;
  words += " " + std::to_string(ports.first);
  return ports.first == ports.last ? words : words + "-" + std::to_string(ports.last);
}

// What a security group's rule says of its peer: "from node", "from 10.0.0.0/8".
std::string peer_text(const SecurityRule& rule) {
  if (!rule.group.empty()) return rule.group.str();
  if (!rule.prefix_list.empty()) return rule.prefix_list.str();
  std::string words;
  for (const api::Cidr& network : rule.networks) words += (words.empty() ? "" : ", ") + network.str();
  return words;
}

std::string ports_text(const std::optional<Protocol>& protocol, std::int32_t first, std::int32_t last) {
  if (!protocol) return "all";
  if (first == 0 && last == 65535) return "all " + std::string(to_string(*protocol));
  return text(*protocol, {first, last});
}

// Nobody routes these on the internet (RFC 1918, RFC 6598, link-local).
bool is_private(const api::IpAddress& address) {
  static const std::array kBlocks{*api::Cidr::parse("10.0.0.0/8"), *api::Cidr::parse("172.16.0.0/12"),
                                  *api::Cidr::parse("192.168.0.0/16"), *api::Cidr::parse("100.64.0.0/10"),
                                  *api::Cidr::parse("169.254.0.0/16")};
  return std::ranges::any_of(kBlocks, [&](const api::Cidr& block) { return block.contains(address); });
}

}  // namespace

bool is_link_local(const api::IpAddress& address) {
  static const std::array kBlocks{*api::Cidr::parse("169.254.0.0/16"), *api::Cidr::parse("fd00:ec2::/32")};
  return std::ranges::any_of(kBlocks, [&](const api::Cidr& block) { return block.contains(address); });
}

class Network::Walk {
 public:
  Walk(const Network& network, const Flow& flow, std::vector<Hop>* hops)
      : network_(network), flow_(flow), hops_(hops) {}

  bool go() {
    if (!flow_.through) return leg(flow_.from, flow_.to);
    const Front& front = *flow_.through;
    return leg(flow_.from, front.end) && leg_from_front(front);
  }

 private:
  // Checks of the answer, done once the way there has been found, in the order in which it meets them.
  struct Reply {
    std::size_t subnet;
    Way way;
    api::IpAddress peer;
    Ports ports;
  };

  bool leg(const End& from, const End& to);
  bool leg_from_front(const Front& front);
  bool within(const End& from, const End& to);
  bool out_of(const End& from, const End& to, std::size_t subnet);
  bool onward(std::size_t subnet, PointId via, const End& from, const End& to, Ports ports);
  bool into(const End& from, const End& to, std::size_t subnet, Ports ports, bool groups_known);
  bool through_nat(std::size_t subnet, const Point& nat, const End& from, const End& to, Ports ports);
  bool through_internet_gateway(const Point& gateway, const End& from, const End& to);
  bool through_transit_gateway(std::size_t subnet, const Point& gateway, const End& from, const End& to,
                               Ports ports);
  bool through_peering(const Point& peering, const End& from, const End& to, Ports ports);
  bool from_outside(const End& from, const End& to);
  bool from_network(const End& from, const End& to, std::size_t subnet);
  bool back_to(std::size_t subnet, const api::IpAddress& source, std::optional<PointId> by,
               std::string_view whom);

  bool step(HopKind kind, bool passes, api::Symbol object, const api::SourcePosition& source,
            JournalId cause = JournalId::kNone) {
    if (hops_) hops_->push_back({kind, reply_, passes, object, source, {}, cause});
    return passes;
  }
  // Says why, of the latest step. Texts are made only if somebody asked for the path.
  template <class Text>
  bool said(bool passed, Text&& why) {
    if (hops_) hops_->back().why = why();
    return passed;
  }
  bool group_step(const End& of, const End& peer, const api::IpAddress& address, Way way, bool groups_known);
  bool acl_step(std::size_t subnet, Way way, const api::IpAddress& peer, Ports ports);
  bool works(const Point& point);
  bool zone_is_open(std::size_t subnet);
  const Entry* route_step(std::size_t subnet, const api::IpAddress& to);
  bool replies(std::initializer_list<Reply> all);
  std::optional<std::size_t> attachment(const Point& gateway, api::Symbol vpc, api::Symbol zone) const;
  const Subnet& subnet(std::size_t index) const { return network_.objects_->subnets[index]; }

  const Network& network_;
  const Flow& flow_;
  std::vector<Hop>* hops_;
  bool reply_ = false;
};

// ---- Steps ----

bool Network::Walk::group_step(const End& of, const End& peer, const api::IpAddress& address, Way way,
                               bool groups_known) {
  const Groups* const groups = network_.groups_of(of.groups);
  if (!groups) return true;
  const Objects& objects = network_.objects();
  const HopKind kind = way == Way::kIngress ? HopKind::kSecurityGroupIngress : HopKind::kSecurityGroupEgress;
  const Groups* const others = groups_known ? network_.groups_of(peer.groups) : nullptr;
  const auto found = (way == Way::kIngress ? groups->ingress : groups->egress)
                         .find(flow_.protocol, flow_.port, address,
                               others ? std::span<const GroupId>(others->ids) : std::span<const GroupId>());
  const std::string_view preposition = way == Way::kIngress ? "from" : "to";
  if (!found) {
    const SecurityGroup& first = objects.security_groups[groups->ids.front()];
    return said(step(kind, false, first.name, first.source), [&] {
      return fmt::format("no rule of its {} allows {} {} {}", groups->ids.size() == 1 ? "group" : "groups",
                         text(flow_.protocol, {flow_.port, flow_.port}), preposition, address.str());
    });
  }
  const SecurityRule& rule = rule_of(objects, *found, way);
  return said(step(kind, true, objects.security_groups[found->group].name, rule.source), [&] {
    return fmt::format("allows {} {} {}", ports_text(rule.protocol, rule.first, rule.last), preposition,
                       peer_text(rule));
  });
}

bool Network::Walk::acl_step(std::size_t index, Way way, const api::IpAddress& peer, Ports ports) {
  const NetworkAcl* const acl = network_.acl_of(index);
  if (!acl) return true;
  const HopKind kind = way == Way::kIngress ? HopKind::kNetworkAclIngress : HopKind::kNetworkAclEgress;
  const AclAnswer answer =
      judge(way == Way::kIngress ? acl->ingress : acl->egress, flow_.protocol, ports, peer);
  return said(step(kind, answer.allowed, acl->name, answer.entry ? answer.entry->source : acl->source), [&] {
    const std::string what = fmt::format("{} {} {}", text(flow_.protocol, ports),
                                         way == Way::kIngress ? "from" : "to", peer.str());
    if (!answer.entry) return fmt::format("no entry allows all of {}: denied", what);
    return fmt::format("rule {} {} {}", answer.entry->number, answer.allowed ? "allows" : "denies", what);
  });
}

bool Network::Walk::works(const Point& point) {
  if (point.failing.failures == 0) return true;
  return said(step(HopKind::kGateway, false, point.name, point.source, point.failing.cause),
              [] { return std::string("it is down"); });
}

// For a packet that crosses the border of the subnet's zone.
bool Network::Walk::zone_is_open(std::size_t index) {
  const Subnet& of = subnet(index);
  const auto zone = network_.zones_.find(of.zone);
  if (zone == network_.zones_.end() || zone->second.failures == 0) return true;
  return said(step(HopKind::kGateway, false, of.zone, of.source, zone->second.cause),
              [&] { return fmt::format("the zone of {} is cut off", of.name.str()); });
}

const Network::Entry* Network::Walk::route_step(std::size_t index, const api::IpAddress& to) {
  const Table& table = network_.table_of(index);
  const Association& association = network_.associations_[index];
  const RouteTable& named =
      network_.objects_->route_tables[static_cast<std::size_t>(&table - network_.tables_.data())];
  const auto fallback = [&] {
    return association.table ? std::string()
                             : fmt::format("{} is associated with no route table, so the main one counts: ",
                                           subnet(index).name.str());
  };
  const JournalId cause = std::max(association.cause, table.cause);
  const auto found = table.by_destination.longest_match(to);
  if (!found) {
    said(step(HopKind::kRoute, false, named.name, named.source, cause),
         [&] { return fallback() + "no route to " + to.str(); });
    return nullptr;
  }
  const Entry& entry = table.entries[static_cast<std::size_t>(*found)];
  const Point& via = network_.points_[entry.via];
  said(step(HopKind::kRoute, true, named.name, entry.source, cause), [&] {
    return fallback() + fmt::format("{} via {}", entry.to.str(),
                                    via.kind == Kind::kVpc ? std::string("local") : via.name.str());
  });
  return &entry;
}

bool Network::Walk::replies(std::initializer_list<Reply> all) {
  const bool before = std::exchange(reply_, true);
  const bool passed =
      std::ranges::all_of(all, [this](const Reply& r) { return acl_step(r.subnet, r.way, r.peer, r.ports); });
  reply_ = before;
  return passed;
}

// The answer needs a route of the subnet to where the packet came from (by that gateway, if one is given).
bool Network::Walk::back_to(std::size_t index, const api::IpAddress& source, std::optional<PointId> by,
                            std::string_view whom) {
  reply_ = true;
  const Entry* const entry = route_step(index, source);
  const bool right = entry && (!by || entry->via == *by);
  if (entry && !right) {
    const Point& wanted = network_.points_[*by];
    if (hops_) hops_->back().passes = false;
    said(false, [&] {
      return fmt::format("{} via {}: an answer to {} must leave by {}", entry->to.str(),
                         network_.points_[entry->via].name.str(), whom, wanted.name.str());
    });
  }
  reply_ = false;
  return right;
}

// ---- Legs ----

bool Network::Walk::leg(const End& from, const End& to) {
  const auto source = network_.subnet_index(from.address);
  if (!source) return from_outside(from, to);
  if (is_link_local(to.address)) {
    return said(step(HopKind::kLinkLocal, true, {}, {}), [] {
      return std::string("the host itself answers: no route table, network ACL or security group is asked");
    });
  }
  if (source == network_.subnet_index(to.address)) return within(from, to);
  return out_of(from, to, *source);
}

bool Network::Walk::within(const End& from, const End& to) {
  return group_step(from, to, to.address, Way::kEgress, true) &&
         group_step(to, from, from.address, Way::kIngress, true);
}

// From the balancer to its target, in one VPC.
bool Network::Walk::leg_from_front(const Front& front) {
  const End& to = flow_.to;
  const auto source = network_.subnet_index(front.end.address), target = network_.subnet_index(to.address);
  CHECK(source);
  if (!front.preserves_client_address || !target) return leg(front.end, to);
  const api::IpAddress client = flow_.from.address;
  if (!group_step(front.end, to, to.address, Way::kEgress, true)) return false;
  if (source != target) {
    if (subnet(*source).zone != subnet(*target).zone && (!zone_is_open(*source) || !zone_is_open(*target)))
      return false;
    const Ports port{flow_.port, flow_.port};
    if (!acl_step(*source, Way::kEgress, to.address, port) || !route_step(*source, to.address) ||
        !acl_step(*target, Way::kIngress, client, port))
      return false;
  }
  if (!group_step(to, front.end, client, Way::kIngress, true)) return false;
  if (!back_to(*target, client, {}, "the client")) return false;
  if (source == target) return true;
  return replies(
      {{*target, Way::kEgress, client, kGatewayPorts}, {*source, Way::kIngress, to.address, kGatewayPorts}});
}

bool Network::Walk::out_of(const End& from, const End& to, std::size_t index) {
  const Ports port{flow_.port, flow_.port};
  if (!group_step(from, to, to.address, Way::kEgress, true)) return false;
  if (!acl_step(index, Way::kEgress, to.address, port)) return false;
  const Entry* const entry = route_step(index, to.address);
  if (!entry || !onward(index, entry->via, from, to, kLinuxPorts)) return false;
  return replies({{index, Way::kIngress, to.address, kLinuxPorts}});
}

bool Network::Walk::onward(std::size_t index, PointId via, const End& from, const End& to, Ports ports) {
  const Point& point = network_.points_[via];
  if (!works(point)) return false;
  switch (point.kind) {
    case Kind::kVpc: {
      const auto target = network_.subnet_index(to.address);
      if (!target) {
        return said(step(HopKind::kGateway, false, point.name, point.source),
                    [&] { return fmt::format("no subnet holds {}", to.address.str()); });
      }
      if (subnet(index).zone != subnet(*target).zone && (!zone_is_open(index) || !zone_is_open(*target)))
        return false;
      return into(from, to, *target, ports, true);
    }
    case Kind::kNatGateway:
      return through_nat(index, point, from, to, ports);
    case Kind::kInternetGateway:
      return zone_is_open(index) && through_internet_gateway(point, from, to);
    case Kind::kTransitGateway:
      return zone_is_open(index) && through_transit_gateway(index, point, from, to, ports);
    case Kind::kPeering:
      return zone_is_open(index) && through_peering(point, from, to, ports);
    case Kind::kEndpoint:
      if (!zone_is_open(index)) return false;
      return said(step(HopKind::kGateway, true, point.name, point.source),
                  [&] { return network_.objects_->endpoints[point.index].service.str() + " itself"; });
    case Kind::kSubnet:
    case Kind::kNetwork:
    case Kind::kInternet:
      break;
  }
  CHECK(false);
}

// The destination's side: its ACL, its groups, and its ACL for the answer.
bool Network::Walk::into(const End& from, const End& to, std::size_t index, Ports ports, bool groups_known) {
  return acl_step(index, Way::kIngress, from.address, {flow_.port, flow_.port}) &&
         group_step(to, from, from.address, Way::kIngress, groups_known) &&
         replies({{index, Way::kEgress, from.address, ports}});
}

// ---- Gateways ----

bool Network::Walk::through_nat(std::size_t index, const Point& nat, const End& from, const End& to,
                                Ports ports) {
  const NatGateway& gateway = network_.objects_->nat_gateways[nat.index];
  const auto own = network_.subnet_index(gateway.subnet);
  const Ports port{flow_.port, flow_.port};
  if (subnet(index).zone != subnet(own).zone && (!zone_is_open(index) || !zone_is_open(own))) return false;
  if (index != own && !acl_step(own, Way::kIngress, from.address, port)) return false;
  End translated{from.address, GroupSet::kNotDescribed, {}};
  if (!gateway.addresses.empty()) translated.public_address = gateway.addresses.front();
  said(step(HopKind::kGateway, true, nat.name, nat.source), [&] {
    return "the source becomes " +
           (translated.public_address ? translated.public_address->str() : "the gateway's private address");
  });
  if (!acl_step(own, Way::kEgress, to.address, port)) return false;
  const Entry* const entry = route_step(own, to.address);
  if (!entry) return false;
  if (network_.points_[entry->via].kind == Kind::kNatGateway) {
    if (hops_) hops_->back().passes = false;
    return said(false, [&] {
      return fmt::format("{} stands in a subnet that is routed to a NAT gateway itself", nat.name.str());
    });
  }
  if (!onward(own, entry->via, translated, to, kGatewayPorts)) return false;
  if (!replies({{own, Way::kIngress, to.address, kGatewayPorts}})) return false;
  return index == own || replies({{own, Way::kEgress, from.address, ports}});
}

bool Network::Walk::through_internet_gateway(const Point& gateway, const End& from, const End& to) {
  const bool translated = from.public_address.has_value(), routed = !is_private(to.address);
  return said(step(HopKind::kGateway, translated && routed, gateway.name, gateway.source), [&] {
    if (!translated) return fmt::format("{} has no public address", from.address.str());
    if (!routed) return fmt::format("{} is a private address", to.address.str());
    return fmt::format("to the internet as {}", from.public_address->str());
  });
}

// The attachment of a VPC: its subnet in that zone, or (on the way in) any.
std::optional<std::size_t> Network::Walk::attachment(const Point& gateway, api::Symbol vpc,
                                                     api::Symbol zone) const {
  std::optional<std::size_t> any;
  for (const auto& attached : network_.objects_->transit_gateways[gateway.index].attachments) {
    if (attached.vpc != vpc) continue;
    for (const api::Symbol name : attached.subnets) {
      const std::size_t index = network_.subnet_index(name);
      if (subnet(index).zone == zone) return index;
      if (zone.empty() && !any) any = index;
    }
  }
  return any;
}

bool Network::Walk::through_transit_gateway(std::size_t index, const Point& gateway, const End& from,
                                            const End& to, Ports ports) {
  const TransitGateway& of = network_.objects_->transit_gateways[gateway.index];
  const auto entrance = attachment(gateway, subnet(index).vpc, subnet(index).zone);
  if (!entrance) {
    return said(step(HopKind::kGateway, false, gateway.name, gateway.source), [&] {
      return fmt::format("it has no attachment in {}, where {} is", subnet(index).zone.str(),
                         subnet(index).name.str());
    });
  }
  const Ports port{flow_.port, flow_.port};
  if (*entrance != index && !acl_step(*entrance, Way::kIngress, from.address, port)) return false;
  const auto target = network_.subnet_index(to.address);
  const auto exit = target ? attachment(gateway, subnet(*target).vpc, {}) : std::nullopt;
  const TransitGateway::To* best = nullptr;
  int length = -1;
  for (const TransitGateway::To& candidate : of.routes) {
    for (const api::Cidr& cidr : candidate.cidrs) {
      if (!cidr.contains(to.address) || cidr.length <= length) continue;
      length = cidr.length;
      best = &candidate;
    }
  }
  const bool known = exit || best;
  if (!said(step(HopKind::kGateway, known, gateway.name, !exit && best ? best->source : gateway.source), [&] {
        if (exit) return "to the VPC " + subnet(*exit).vpc.str();
        return best ? "to " + best->network.str() : "no route to " + to.address.str();
      }))
    return false;
  if (!exit) return works(network_.points_[network_.point(best->network)]);
  if (!zone_is_open(*exit) || !zone_is_open(*target)) return false;
  if (*exit != *target && !acl_step(*exit, Way::kEgress, to.address, port)) return false;
  return into(from, to, *target, ports, false) &&
         back_to(*target, from.address, network_.point(gateway.name), from.address.str());
}

bool Network::Walk::through_peering(const Point& peering, const End& from, const End& to, Ports ports) {
  const auto target = network_.subnet_index(to.address);
  const bool described = !network_.objects_->peerings[peering.index].other_vpc.empty();
  if (!said(step(HopKind::kGateway, !described || target, peering.name, peering.source), [&] {
        if (described && !target) return fmt::format("no subnet holds {}", to.address.str());
        return std::string("to the VPC behind it");
      }))
    return false;
  if (!described) return true;
  return zone_is_open(*target) && into(from, to, *target, ports, true) &&
         back_to(*target, from.address, network_.point(peering.name), from.address.str());
}

// ---- From outside ----

bool Network::Walk::from_outside(const End& from, const End& to) {
  const auto target = network_.subnet_index(to.address);
  if (!target) {
    return said(step(HopKind::kGateway, false, "internet", {}),
                [&] { return "neither end is in a VPC that is described"; });
  }
  if (is_private(from.address)) return from_network(from, to, *target);
  const api::Symbol vpc = subnet(*target).vpc;
  const auto& gateways = network_.objects_->internet_gateways;
  const auto gateway = std::ranges::find(gateways, vpc, &InternetGateway::vpc);
  if (gateway == gateways.end() || !to.public_address) {
    return said(step(HopKind::kGateway, false, gateway == gateways.end() ? vpc : gateway->name,
                     gateway == gateways.end() ? api::SourcePosition{} : gateway->source),
                [&] {
                  if (gateway == gateways.end()) return vpc.str() + " has no internet gateway";
                  return fmt::format("{} has no public address", to.address.str());
                });
  }
  const PointId point = network_.point(gateway->name);
  if (!works(network_.points_[point])) return false;
  said(step(HopKind::kGateway, true, gateway->name, gateway->source),
       [&] { return fmt::format("{} is {}", to.public_address->str(), to.address.str()); });
  return zone_is_open(*target) && into(from, to, *target, kGatewayPorts, false) &&
         back_to(*target, from.address, point, from.address.str());
}

// From a network behind a transit gateway or a peering.
bool Network::Walk::from_network(const End& from, const End& to, std::size_t target) {
  const Objects& objects = *network_.objects_;
  const api::Symbol vpc = subnet(target).vpc;
  const auto holds = [&](const std::vector<api::Cidr>& cidrs) {
    return std::ranges::any_of(cidrs, [&](const api::Cidr& cidr) { return cidr.contains(from.address); });
  };
  for (const TransitGateway& gateway : objects.transit_gateways) {
    const Point& point = network_.points_[network_.point(gateway.name)];
    const auto exit = attachment(point, vpc, {});
    const auto to_it = std::ranges::find_if(gateway.routes, [&](const auto& r) { return holds(r.cidrs); });
    if (!exit || to_it == gateway.routes.end()) continue;
    if (!works(network_.points_[network_.point(to_it->network)]) || !works(point)) return false;
    said(step(HopKind::kGateway, true, gateway.name, to_it->source),
         [&] { return "from " + to_it->network.str(); });
    return zone_is_open(target) && into(from, to, target, kLinuxPorts, false) &&
           back_to(target, from.address, network_.point(gateway.name), from.address.str());
  }
  for (const Peering& peering : objects.peerings) {
    if (peering.vpc != vpc || !holds(peering.cidrs)) continue;
    const Point& point = network_.points_[network_.point(peering.name)];
    if (!works(point)) return false;
    step(HopKind::kGateway, true, peering.name, peering.source);
    return zone_is_open(target) && into(from, to, target, kLinuxPorts, false) &&
           back_to(target, from.address, network_.point(peering.name), from.address.str());
  }
  return said(step(HopKind::kGateway, false, vpc, {}),
              [&] { return fmt::format("no gateway leads to where {} is", from.address.str()); });
}

// ---- What others call ----

Verdict Network::verdict(const Flow& flow) const {
  Verdict verdict;
  verdict.allowed = Walk(*this, flow, &verdict.hops).go();
  CHECK(verdict.allowed || (!verdict.hops.empty() && !verdict.hops.back().passes));
  return verdict;
}

bool Network::allows(const Flow& flow) const { return Walk(*this, flow, nullptr).go(); }

}  // namespace seatrial::network::vpc
