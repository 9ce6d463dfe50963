// What an entry of the timeline changes in the VPC and its zones. One row of kVpcVerbs for each key.
#include <array>

#include "sim/scenario/decode_entry.h"
#include "sim/scenario/decode_vpc.h"

namespace seatrial::scenario {
namespace {

namespace vpc = network::vpc;

const vpc::Objects& vpc_of(const Entry& entry) {
  static const vpc::Objects kNone;
  const Platform& platform = entry.parts.scenario.platform;
  if (!platform.vpc) entry.map.problem("the platform has no vpc");
  return platform.vpc ? *platform.vpc : kNone;
}

std::vector<std::string> names_in(const auto& objects) {
  std::vector<std::string> names;
  for (const auto& object : objects) names.push_back(object.name.str());
  return names;
}

// {associate: [eks-private-a, …], routeTable: private-a}
Action read_association(Entry& entry, std::string& text, bool with_table) {
  AssociateSubnets action;
  const vpc::Objects& objects = vpc_of(entry);
  std::string names;
  for (const Reader& at : entry.verb.items_or_one()) {
    action.subnets.emplace_back(at.text());
    require_name(at, action.subnets.back(), names_in(objects.subnets), "subnet");
    names += (names.empty() ? "" : ", ") + action.subnets.back().str();
  }
  if (action.subnets.empty()) entry.verb.problem("names no subnet");
  if (with_table) {
    const Reader table = entry.map.required("routeTable");
    action.route_table = table.text();
    require_name(table, action.route_table, names_in(objects.route_tables), "route table");
  }
  action.lasts = read_lasts(entry);
  text = (with_table ? "association of " + names + " with route table " + action.route_table.str()
                     : "the route table associations of " + names + " go") +
         lasts_text(action.lasts);
  return action;
}
Action read_associate(Entry& entry, std::string& text) { return read_association(entry, text, true); }
Action read_disassociate(Entry& entry, std::string& text) { return read_association(entry, text, false); }

// {route: {table: private-a, to: 0.0.0.0/0, via: nat-b}}; without via it goes.
Action read_change_route(Entry& entry, std::string& text) {
  ChangeRoute action;
  const vpc::Objects& objects = vpc_of(entry);
  Reader& map = entry.verb;
  if (!map.expect_map()) return action;
  const Reader table = map.required("table"), to = map.required("to"), via = map.field("via");
  action.route_table = table.text();
  require_name(table, action.route_table, names_in(objects.route_tables), "route table");
  if (const auto cidr = to ? read_cidr(to) : std::nullopt) action.to = *cidr;
  action.via = via.text();
  std::vector<std::string> gateways = names_in(objects.nat_gateways);
  for (const auto& more :
       {names_in(objects.internet_gateways), names_in(objects.transit_gateways), names_in(objects.peerings)})
    gateways.insert(gateways.end(), more.begin(), more.end());
  require_name(via, action.via, gateways, "gateway");
  map.done();
  action.lasts = read_lasts(entry);
  text = "route table " + action.route_table.str() + ": " + action.to.str() +
         (action.via.empty() ? " has no route" : " goes via " + action.via.str()) + lasts_text(action.lasts);
  return action;
}

void require_lost(Entry& entry) {
  const Reader lost = entry.map.required("lost");
  if (lost && !lost.boolean(true)) lost.problem("can only be true: say with for: when it is back");
}

// {zone: eu-west-2a, lost: true, for: 30m}
Action read_lose_zone(Entry& entry, std::string& text) {
  LoseZone action;
  std::vector<std::string> zones;
  for (const api::Symbol zone : entry.parts.scenario.platform.zones) zones.push_back(zone.str());
  action.zone = entry.verb.text();
  require_name(entry.verb, action.zone, zones, "zone");
  require_lost(entry);
  action.lasts = read_lasts(entry);
  text = "zone " + action.zone.str() + " is lost" + lasts_text(action.lasts);
  return action;
}

// {natGateway: nat-a, lost: true, for: 10m}
Action read_lose_nat_gateway(Entry& entry, std::string& text) {
  LoseNatGateway action;
  const vpc::Objects& objects = vpc_of(entry);
  action.gateway = entry.verb.text();
  require_name(entry.verb, action.gateway, names_in(objects.nat_gateways), "NAT gateway");
  require_lost(entry);
  action.lasts = read_lasts(entry);
  text = "NAT gateway " + action.gateway.str() + " is lost" + lasts_text(action.lasts);
  return action;
}

constexpr std::array<VerbRow, 5> kVpcVerbs{{{"associate", read_associate},
                                            {"disassociate", read_disassociate},
                                            {"route", read_change_route},
                                            {"zone", read_lose_zone},
                                            {"natGateway", read_lose_nat_gateway}}};

}  // namespace

std::span<const VerbRow> vpc_verbs() { return kVpcVerbs; }

}  // namespace seatrial::scenario
