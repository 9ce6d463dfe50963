#include "sim/scenario/vpc_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/cloud/registry.h"
#include "sim/controllers/node_scaling.h"

namespace seatrial::scenario {

using network::vpc::End;
using network::vpc::Flow;
using network::vpc::Front;
using network::vpc::Subnet;
using network::vpc::SubnetKind;

namespace {

constexpr std::int32_t kHttps = 443, kNodePort = 30000, kPodPort = 8080;

api::Symbol the_internet() { return "internet"; }

// TEST-NET-2 and TEST-NET-3 (RFC 5737): a registry, and a client.
api::IpAddress on_the_internet() { return *api::IpAddress::parse("198.51.100.1"); }
api::IpAddress client_address() { return *api::IpAddress::parse("203.0.113.1"); }
api::IpAddress front_address() { return *api::IpAddress::parse("203.0.113.2"); }

// The first one that AWS gives away.
api::IpAddress first_of(const Subnet& subnet) { return api::IpAddress::v4_of(subnet.cidr.base.number() + 4); }

bool contains(const std::vector<api::Symbol>& names, api::Symbol name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

VpcState::VpcState(const VpcConfig& config, std::uint64_t seed)
    : config_(config), network_(config.objects), addresses_(*config.objects, seed) {
  if (config_.pod_network) pods_.emplace(*config_.pod_network);
  for (const VpcConfig::Group& group : config_.groups)
    group_sets_[group.name] = network_.group_set(group.security_groups);
  for (const auto& endpoint : config_.objects->endpoints)
    endpoint_sets_[endpoint.name] = network_.group_set(endpoint.security_groups);
}

// ---- Ways ----

std::optional<End> VpcState::end_in(api::Symbol zone) const {
  for (const VpcConfig::Group& group : config_.groups) {
    for (const Subnet& subnet : config_.objects->subnets) {
      if (subnet.zone == zone && contains(group.subnets, subnet.name))
        return End{first_of(subnet), group_sets_.at(group.name), {}};
    }
  }
  return std::nullopt;
}

std::optional<Front> VpcState::balancer_in(api::Symbol zone) const {
  const Subnet* found = nullptr;
  for (const Subnet& subnet : config_.objects->subnets) {
    if (subnet.kind != SubnetKind::kPublic) continue;
    if (!found || (subnet.zone == zone && found->zone != zone)) found = &subnet;
  }
  if (!found) return std::nullopt;
  return Front{{first_of(*found), network::vpc::GroupSet::kNotDescribed, front_address()}, true};
}

std::optional<Flow> VpcState::flow_between(api::Symbol from, api::Symbol to) const {
  const auto source = end_in(from), target = end_in(to);
  const network::vpc::Protocol tcp = network::vpc::Protocol::kTcp;
  const auto host = std::ranges::find(config_.hosts, to, &VpcConfig::Host::name);
  if (host != config_.hosts.end()) {
    if (!source) return std::nullopt;
    return Flow{*source, {host->address, network::vpc::GroupSet::kNotDescribed, {}}, host->port, tcp, {}};
  }
  if (to == the_internet()) {
    if (!source) return std::nullopt;
    return Flow{*source, {on_the_internet(), network::vpc::GroupSet::kNotDescribed, {}}, kHttps, tcp, {}};
  }
  if (!target) return std::nullopt;
  if (from == the_internet()) {
    const End client{client_address(), network::vpc::GroupSet::kNotDescribed, {}};
    return Flow{client, *target, kNodePort, tcp, balancer_in(to)};
  }
  if (!source || from == to) return std::nullopt;
  return Flow{*source, *target, kPodPort, tcp, {}};
}

std::vector<WayChange> VpcState::look() {
  std::vector<WayChange> changes;
  std::vector<api::Symbol> places = config_.zones;
  places.push_back(the_internet());
  std::vector<api::Symbol> ends = places;
  for (const VpcConfig::Host& host : config_.hosts) ends.push_back(host.name);
  for (const api::Symbol from : places) {
    for (const api::Symbol to : ends) {
      const auto flow = flow_between(from, to);
      if (!flow) continue;
      const bool open = network_.allows(*flow);
      bool& before = open_.try_emplace({from, to}, true).first->second;
      if (std::exchange(before, open) == open) continue;
      WayChange change{from, to, open, {}, JournalId::kNone};
      if (!open) {
        const network::vpc::Hop stop = network_.verdict(*flow).hops.back();
        change.why = fmt::format("{}{} {}: {}", stop.reply ? "for the answer, " : "", to_string(stop.kind),
                                 stop.object.str(), stop.why);
        change.cause = stop.cause;
      }
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

std::vector<NatWay> VpcState::nat_ways() const {
  const auto& gateways = config_.objects->nat_gateways;
  std::vector<NatWay> ways;
  for (const api::Symbol from : config_.zones) {
    for (const VpcConfig::Host& host : config_.hosts) {
      NatWay way{from, host.name, std::nullopt};
      const auto flow = flow_between(from, host.name);
      const auto verdict = flow ? network_.verdict(*flow) : network::vpc::Verdict{false, {}};
      for (const network::vpc::Hop& hop : verdict.hops) {
        const auto at = std::ranges::find(gateways, hop.object, &network::vpc::NatGateway::name);
        if (verdict.allowed && hop.kind == network::vpc::HopKind::kGateway && at != gateways.end())
          way.gateway = static_cast<std::size_t>(at - gateways.begin());
      }
      ways.push_back(way);
    }
  }
  return ways;
}

// ---- Pulls ----

std::vector<End> VpcState::ends_of_pull(const End& node, std::string_view image) const {
  const network::vpc::Objects& objects = *config_.objects;
  const End outside{on_the_internet(), network::vpc::GroupSet::kNotDescribed, {}};
  if (!cloud::matches_pattern("*.dkr.ecr.*.amazonaws.com", cloud::registry_host(image))) return {outside};
  std::vector<End> ends{outside, outside};
  const Subnet* const own = network_.subnet_of(node.address);
  for (const auto& endpoint : objects.endpoints) {
    if (!own || endpoint.vpc != own->vpc) continue;
    if (!endpoint.gateway && endpoint.service.view().ends_with(".ecr.dkr")) {
      const Subnet* there = nullptr;
      for (const Subnet& subnet : objects.subnets) {
        if (contains(endpoint.subnets, subnet.name) && (!there || subnet.zone == own->zone)) there = &subnet;
      }
      if (there) ends[0] = {first_of(*there), endpoint_sets_.at(endpoint.name), {}};
    }
    if (endpoint.gateway && endpoint.service.view().ends_with(".s3")) {
      const auto list =
          std::ranges::find(objects.prefix_lists, endpoint.prefix_list, &network::vpc::PrefixList::name);
      if (list != objects.prefix_lists.end() && !list->cidrs.empty())
        ends[1].address = list->cidrs.front().base;
    }
  }
  return ends;
}

std::optional<cluster::BlockedWay> VpcState::blocked_pull(api::Symbol node, std::string_view image) const {
  const auto from = nodes_.find(node);
  if (from == nodes_.end()) return std::nullopt;
  for (const End& to : ends_of_pull(from->second, image)) {
    const Flow flow{from->second, to, kHttps, network::vpc::Protocol::kTcp, {}};
    if (network_.allows(flow)) continue;
    return cluster::BlockedWay{fmt::format("{}:{}", to.address.str(), kHttps),
                               network_.verdict(flow).hops.back().cause};
  }
  return std::nullopt;
}

// ---- Nodes ----

const VpcConfig::Group* VpcState::group_of(const api::Node& node) const {
  const auto at = std::ranges::find(config_.groups, node.metadata.labels->get(controllers::kNodeGroupLabel),
                                    [](const VpcConfig::Group& group) { return group.name.view(); });
  return at == config_.groups.end() ? nullptr : &*at;
}

// Those of a pool that names none: all that the node groups have in the zone.
std::vector<std::size_t> VpcState::subnets_for(const api::Node& node) const {
  const VpcConfig::Group* const own = group_of(node);
  const std::string_view zone = node.metadata.labels->get("topology.kubernetes.io/zone");
  std::vector<std::size_t> found;
  const auto& subnets = config_.objects->subnets;
  for (std::size_t i = 0; i < subnets.size(); ++i) {
    const bool of_group = std::ranges::any_of(config_.groups, [&](const VpcConfig::Group& group) {
      return (!own || own == &group) && contains(group.subnets, subnets[i].name);
    });
    if (of_group && subnets[i].zone.view() == zone) found.push_back(i);
  }
  return found;
}

std::optional<VpcState::Place> VpcState::take_place(const api::Node& node) {
  std::optional<std::size_t> emptiest;
  for (const std::size_t i : subnets_for(node)) {
    if (!emptiest || addresses_.free(i) > addresses_.free(*emptiest)) emptiest = i;
  }
  const auto address = emptiest ? addresses_.take(*emptiest) : std::nullopt;
  return address ? std::optional(Place{*emptiest, *address}) : std::nullopt;
}

void VpcState::join(Kernel& kernel, const api::Node& node, const std::optional<Place>& place) {
  const api::Symbol name = node.metadata.name;
  const VpcConfig::Group* const group = group_of(node);
  const auto groups = group ? group_sets_.at(group->name) : network::vpc::GroupSet::kNotDescribed;
  if (place) {
    nodes_[name] = {api::IpAddress::v4_of(place->address), groups, {}};
    pods_->add_node(kernel, addresses_, name, node, place->subnet, place->address);
    return;
  }
  const auto subnets = subnets_for(node);
  if (!subnets.empty()) nodes_[name] = {first_of(config_.objects->subnets[subnets.front()]), groups, {}};
}

void VpcState::leave(api::Symbol node) {
  nodes_.erase(node);
  if (pods_ && pods_->has_node(node)) pods_->remove_node(addresses_, node);
}

}  // namespace seatrial::scenario
