#include "sim/network/vpc/network.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/reverse_graph.hpp>

#include "sim/engine/check.h"

namespace seatrial::network::vpc {

class Network::Graph {
 public:
  struct Link {
    bool local = false;  // between a subnet and its VPC's router
  };
  using Edges =
      boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, boost::no_property, Link>;
  explicit Graph(std::size_t points) : edges(points) {}
  void link(PointId from, PointId to, bool local = false) { add_edge(from, to, Link{local}, edges); }

  Edges edges;
};

namespace {

template <class Objects>
std::size_t index_of(const Objects& objects, api::Symbol name) {
  using Object = typename Objects::value_type;
  const auto at = std::ranges::find(objects, name, &Object::name);
  CHECK(at != objects.end());
  return static_cast<std::size_t>(at - objects.begin());
}

}  // namespace

std::string_view to_string(HopKind kind) {
  constexpr std::array<std::string_view, 7> kNames{
      "security group (egress)", "network ACL (egress)",     "route",     "gateway",
      "network ACL (ingress)",   "security group (ingress)", "link-local"};
  return kNames[static_cast<std::size_t>(kind)];
}

Network::Network(std::shared_ptr<const Objects> objects) : objects_(std::move(objects)) {
  add_points();
  add_tables();
  for (std::size_t i = 0; i < objects_->subnets.size(); ++i) {
    const Subnet& subnet = objects_->subnets[i];
    subnets_.add(subnet.cidr, static_cast<std::int32_t>(i));
    associations_.emplace_back();
    if (!subnet.route_table.empty())
      associations_.back().table = index_of(objects_->route_tables, subnet.route_table);
  }
  draw_graph();
}

Network::PointId Network::add_point(Kind kind, std::size_t index, const Named& named) {
  points_.push_back({kind, index, named.name, named.source, {}});
  if (kind == Kind::kSubnet)
    subnets_by_name_.emplace(named.name, index);
  else
    points_by_name_.emplace(named.name, points_.size() - 1);
  return points_.size() - 1;
}

void Network::add_points() {
  const auto add = [this](Kind kind, const auto& objects) {
    for (std::size_t i = 0; i < objects.size(); ++i) add_point(kind, i, objects[i]);
  };
  add_point(Kind::kInternet, 0, {"internet", {}});
  add(Kind::kVpc, objects_->vpcs);
  for (std::size_t i = 0; i < objects_->subnets.size(); ++i)
    subnet_points_.push_back(add_point(Kind::kSubnet, i, objects_->subnets[i]));
  add(Kind::kInternetGateway, objects_->internet_gateways);
  add(Kind::kNatGateway, objects_->nat_gateways);
  add(Kind::kTransitGateway, objects_->transit_gateways);
  add(Kind::kPeering, objects_->peerings);
  add(Kind::kEndpoint, objects_->endpoints);
  for (const TransitGateway& gateway : objects_->transit_gateways) {
    for (const TransitGateway::To& to : gateway.routes)
      if (!points_by_name_.contains(to.network)) add_point(Kind::kNetwork, 0, {to.network, to.source});
  }
}

void Network::add_route(Table& table, const Route& route) {
  std::vector<api::Cidr> to = route.to;
  for (const PrefixList& list : objects_->prefix_lists)
    if (list.name == route.prefix_list) to.insert(to.end(), list.cidrs.begin(), list.cidrs.end());
  for (const api::Cidr& cidr : to) {
    table.by_destination.add(cidr, static_cast<std::int32_t>(table.entries.size()));
    table.entries.push_back({cidr, point(route.via), route.source});
  }
}

// The local routes come first: nothing as specific may replace them here.
void Network::add_tables() {
  for (const RouteTable& described : objects_->route_tables) {
    Table& table = tables_.emplace_back();
    const Vpc& vpc = objects_->vpcs[index_of(objects_->vpcs, described.vpc)];
    add_route(table, {vpc.cidrs, {}, vpc.name, described.source});
    for (const Route& route : described.routes) add_route(table, route);
    for (const ServiceEndpoint& endpoint : objects_->endpoints) {
      if (std::ranges::find(endpoint.route_tables, described.name) != endpoint.route_tables.end())
        add_route(table, {{}, endpoint.prefix_list, endpoint.name, endpoint.source});
    }
  }
}

void Network::draw_graph() {
  Graph graph(points_.size());
  for (std::size_t i = 0; i < objects_->subnets.size(); ++i) {
    for (const Entry& entry : table_of(i).entries)
      graph.link(subnet_points_[i], entry.via, points_[entry.via].kind == Kind::kVpc);
    graph.link(point(objects_->subnets[i].vpc), subnet_points_[i], true);
  }
  draw_attachments(graph);
  graph_ = std::make_shared<const Graph>(std::move(graph));
}

void Network::draw_attachments(Graph& graph) const {
  const PointId internet = point("internet");
  for (const InternetGateway& gateway : objects_->internet_gateways)
    graph.link(point(gateway.name), internet);
  for (const NatGateway& gateway : objects_->nat_gateways)
    graph.link(point(gateway.name), subnet_points_[subnet_index(gateway.subnet)]);
  for (const TransitGateway& gateway : objects_->transit_gateways) {
    for (const TransitGateway::To& to : gateway.routes) graph.link(point(gateway.name), point(to.network));
    for (const TransitGateway::Attachment& attachment : gateway.attachments)
      graph.link(point(gateway.name), point(attachment.vpc), true);
  }
  for (const Peering& peering : objects_->peerings) {
    if (peering.other_vpc.empty()) continue;
    graph.link(point(peering.name), point(peering.vpc), true);
    graph.link(point(peering.name), point(peering.other_vpc), true);
  }
}

std::vector<api::Symbol> Network::subnets_through(api::Symbol object) const {
  const auto& edges = graph_->edges;
  const auto by_route = [&edges](Graph::Edges::edge_descriptor edge) { return !edges[edge].local; };
  const boost::filtered_graph routes(edges, std::function<bool(Graph::Edges::edge_descriptor)>(by_route));
  const auto backwards = boost::make_reverse_graph(routes);
  std::vector<boost::default_color_type> colours(points_.size());
  boost::queue<PointId> queue;
  boost::breadth_first_visit(
      backwards, point(object), queue, boost::default_bfs_visitor(),
      boost::make_iterator_property_map(colours.begin(), get(boost::vertex_index, edges)));
  std::vector<api::Symbol> found;
  for (std::size_t i = 0; i < subnet_points_.size(); ++i) {
    if (colours[subnet_points_[i]] != boost::default_color_type::white_color)
      found.push_back(objects_->subnets[i].name);
  }
  return found;
}

std::size_t Network::main_table(api::Symbol vpc) const {
  const auto is_main = [vpc](const RouteTable& table) { return table.main && table.vpc == vpc; };
  const auto at = std::ranges::find_if(objects_->route_tables, is_main);
  CHECK(at != objects_->route_tables.end());
  return static_cast<std::size_t>(at - objects_->route_tables.begin());
}

const Network::Table& Network::table_of(std::size_t subnet) const {
  const std::optional<std::size_t> table = associations_[subnet].table;
  return tables_[table ? *table : main_table(objects_->subnets[subnet].vpc)];
}

std::optional<std::size_t> Network::subnet_index(const api::IpAddress& address) const {
  const auto found = subnets_.longest_match(address);
  return found ? std::optional(static_cast<std::size_t>(*found)) : std::nullopt;
}

const Subnet* Network::subnet_of(const api::IpAddress& address) const {
  const auto index = subnet_index(address);
  return index ? &objects_->subnets[*index] : nullptr;
}

const NetworkAcl* Network::acl_of(std::size_t subnet) const {
  const Subnet& of = objects_->subnets[subnet];
  const auto at = std::ranges::find_if(objects_->network_acls, [&of](const NetworkAcl& acl) {
    return of.network_acl.empty() ? acl.is_default && acl.vpc == of.vpc : acl.name == of.network_acl;
  });
  return at == objects_->network_acls.end() ? nullptr : &*at;
}

GroupSet Network::group_set(std::vector<api::Symbol> names) {
  std::vector<GroupId> ids;
  for (const api::Symbol name : names)
    ids.push_back(static_cast<GroupId>(index_of(objects_->security_groups, name)));
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.empty()) return GroupSet::kNotDescribed;
  auto at = std::ranges::find(group_sets_, ids, &Groups::ids);
  if (at == group_sets_.end()) {
    group_sets_.push_back(
        {ids, RuleTable(*objects_, ids, Way::kIngress), RuleTable(*objects_, ids, Way::kEgress)});
    at = std::prev(group_sets_.end());
  }
  return static_cast<GroupSet>(at - group_sets_.begin() + 1);
}

void Network::associate(api::Symbol subnet, api::Symbol route_table, JournalId cause) {
  Association& association = associations_[subnet_index(subnet)];
  association.table.reset();
  if (!route_table.empty()) association.table = index_of(objects_->route_tables, route_table);
  association.cause = cause;
  draw_graph();
}

void Network::set_route(api::Symbol route_table, const api::Cidr& to, api::Symbol via, JournalId cause) {
  Table& table = tables_[index_of(objects_->route_tables, route_table)];
  const auto same = [&to](const Entry& entry) {
    return entry.to.length == to.length && entry.to.contains(to.base);
  };
  const auto at = std::ranges::find_if(table.entries, same);
  if (via.empty()) {
    if (at != table.entries.end()) table.entries.erase(at);
  } else if (at != table.entries.end()) {
    at->via = point(via);
  } else {
    table.entries.push_back({to, point(via), points_[point(via)].source});
  }
  table.by_destination = {};
  for (std::size_t i = 0; i < table.entries.size(); ++i)
    table.by_destination.add(table.entries[i].to, static_cast<std::int32_t>(i));
  table.cause = cause;
  draw_graph();
}

void Network::fail(api::Symbol object, JournalId cause) {
  Failing& failing = points_[point(object)].failing;
  ++failing.failures;
  failing.cause = cause;
}
void Network::restore(api::Symbol object) {
  Failing& failing = points_[point(object)].failing;
  CHECK(failing.failures > 0);
  --failing.failures;
}
void Network::fail_zone(api::Symbol zone, JournalId cause) {
  Failing& failing = zones_[zone];
  ++failing.failures;
  failing.cause = cause;
}
void Network::restore_zone(api::Symbol zone) {
  Failing& failing = zones_.at(zone);
  CHECK(failing.failures > 0);
  --failing.failures;
}

}  // namespace seatrial::network::vpc
