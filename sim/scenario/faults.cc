#include "sim/scenario/faults.h"

#include <algorithm>
#include <type_traits>

namespace seatrial::scenario {

namespace {

// An injected fault, in the journal: what its victims' records point to.
JournalId record(SimulatedCluster& cluster, std::string_view text, JournalId cause) {
  return cluster::record_words(cluster.kernel(), cluster::RecordType::kFault, text, cause);
}

// Sets what packets between two places meet, either way.
template <class Change>
void change_hops(SimulatedCluster& cluster, api::Symbol from, api::Symbol to, Change&& change) {
  traffic::Hops& hops = cluster.traffic().hops();
  for (const api::Symbol one : cluster.places_on(from)) {
    for (const api::Symbol other : cluster.places_on(to)) {
      const traffic::PlaceId a = cluster.place(one), b = cluster.place(other);
      for (const auto& [here, there] : {std::pair(a, b), std::pair(b, a)}) {
        traffic::Hop hop = hops.get(here, there);
        change(hop);
        hops.set(here, there, hop);
        if (a == b) break;
      }
    }
  }
}

void set_hollow(SimulatedCluster& cluster, api::Symbol node, bool beats) {
  cluster.api().webhooks().set_reachable(node, beats);
  cluster.hollow().set_heartbeat(cluster.kernel(), cluster.api(), node, beats);
}

// `entry` is the timeline's, which brings them back; `stop(name, record)` stops a node with a real kubelet.
template <class Stop>
void take_down(SimulatedCluster& cluster, const NodeChoice& nodes, const char* how, JournalId entry,
               JournalId cause, Stop&& stop) {
  for (const auto& node : chosen_nodes(cluster.store(), nodes)) {
    const api::Symbol name = node->metadata.name;
    const JournalId id = record(cluster, "node " + name.str() + " " + how, cause);
    cluster.nodes_down().begin(entry, name);
    if (cluster.kubelet().has_node(name))
      stop(name, id);
    else
      set_hollow(cluster, name, false);
  }
}
void fail_nodes(SimulatedCluster& cluster, const NodeChoice& nodes, JournalId entry, JournalId cause) {
  SimulatedCluster::PodEvents observer(cluster);
  take_down(cluster, nodes, "fails", entry, cause, [&](api::Symbol name, JournalId id) {
    cluster.kubelet().fail_node(cluster.kernel(), cluster.api(), observer, name, id);
  });
}
void begin(SimulatedCluster& cluster, const FailNodes& fault, JournalId cause) {
  fail_nodes(cluster, fault.nodes, cause, cause);
}
void begin(SimulatedCluster& cluster, const ShutDownNodes& verb, JournalId cause) {
  SimulatedCluster::PodEvents observer(cluster);
  take_down(cluster, verb.nodes, "is shut down", cause, cause, [&](api::Symbol name, JournalId id) {
    cluster.kubelet().shut_down_node(cluster.kernel(), cluster.api(), observer, name, id);
  });
}
void begin(SimulatedCluster& cluster, const FailPods& fault, JournalId cause) {
  SimulatedCluster::PodEvents observer(cluster);
  std::int32_t left = fault.count;
  for (const auto& pod : pods_of(cluster.store(), fault.target)) {
    if (!cluster.kubelet().runs({pod->index})) continue;
    if (left-- == 0) break;
    const JournalId id = record(cluster, "the process in pod " + pod->metadata.name.str() + " ends", cause);
    cluster.kubelet().fail_process(cluster.kernel(), cluster.api(), observer, {pod->index}, fault.exit_code,
                                   id);
  }
}
void begin(SimulatedCluster& cluster, const Partition& fault, JournalId cause) {
  const JournalId id =
      record(cluster, "no packet passes between " + fault.from.str() + " and " + fault.to.str(), cause);
  change_hops(cluster, fault.from, fault.to, [&](traffic::Hop& hop) {
    ++hop.cuts;
    hop.cause = id;
  });
}
void begin(SimulatedCluster& cluster, const Slow& fault, JournalId cause) {
  record(cluster, "packets between " + fault.from.str() + " and " + fault.to.str() + " take longer", cause);
  change_hops(cluster, fault.from, fault.to, [&](traffic::Hop& hop) { hop.one_way += fault.latency; });
}
void begin(SimulatedCluster& cluster, const ReloadIngress& verb, JournalId cause) {
  traffic::Traffic& traffic = cluster.traffic();
  if (const auto proxy = traffic.find_proxy(verb.controller))
    traffic.configuration_changed(cluster.kernel(), *proxy, cause);
}
void begin(SimulatedCluster& cluster, const RestartIngress& verb, JournalId cause) {
  traffic::Traffic& traffic = cluster.traffic();
  if (const auto proxy = traffic.find_proxy(verb.controller))
    traffic.restart_replicas(cluster.kernel(), *proxy, cause);
}
void begin(SimulatedCluster& cluster, const ChangeIssuer& fault, JournalId cause) {
  if (!cluster.certificates()) return;
  if (fault.lasts)
    cluster.certificates()->set_issuer_for(fault.issuer, cause, fault.fails);
  else
    cluster.certificates()->set_issuer(fault.issuer, fault.fails);
}
void begin(SimulatedCluster& cluster, const RenewCertificate& verb, JournalId cause) {
  if (cluster.certificates())
    cluster.certificates()->renew(cluster.kernel(), verb.namespace_, verb.name, cause);
}
void begin(SimulatedCluster& cluster, const LimitCapacity& fault, JournalId cause) {
  record(cluster, fault.of_databases ? "RDS runs short of instances" : "EC2 runs short of instances", cause);
  cloud::CapacityShortage shortage = fault.shortage;
  shortage.from = cluster.kernel().now();
  if (fault.of_databases) return cluster.traffic().database_shortages().push_back(shortage);
  cluster.ec2().add_shortage(shortage);
}
void begin(SimulatedCluster& cluster, const TakeDown& fault, JournalId cause) {
  const std::string what = fault.resource.str() + (fault.silent ? " is lost" : " fails over");
  cluster.traffic().take_down(cluster.kernel(), *cluster.traffic().resource_called(fault.resource),
                              fault.silent, record(cluster, what, cause));
}
void begin(SimulatedCluster& cluster, const SwitchDatabases& verb, JournalId cause) {
  for (const api::Symbol name : verb.resources) {
    const traffic::ResourceIndex index = *cluster.traffic().resource_called(name);
    if (verb.start)
      cluster.traffic().start_resource(cluster.kernel(), index, cause);
    else
      cluster.traffic().stop_resource(cluster.kernel(), index, cause);
  }
}
void associate(SimulatedCluster& cluster, api::Symbol subnet, api::Symbol table, JournalId cause) {
  const std::string to = table.empty() ? "no route table" : "route table " + table.str();
  const JournalId id = record(cluster, "subnet " + subnet.str() + " is associated with " + to, cause);
  cluster.vpc()->network().associate(subnet, table, id);
}
void begin(SimulatedCluster& cluster, const AssociateSubnets& action, JournalId cause) {
  for (const api::Symbol subnet : action.subnets) associate(cluster, subnet, action.route_table, cause);
  cluster.ways_changed(cause);
}
void set_route(SimulatedCluster& cluster, const ChangeRoute& change, api::Symbol via, JournalId cause) {
  const JournalId id = record(cluster,
                              "route table " + change.route_table.str() + ": " + change.to.str() +
                                  (via.empty() ? " has no route" : " goes via " + via.str()),
                              cause);
  cluster.vpc()->network().set_route(change.route_table, change.to, via, id);
  cluster.ways_changed(cause);
}
void begin(SimulatedCluster& cluster, const ChangeRoute& action, JournalId cause) {
  set_route(cluster, action, action.via, cause);
}
std::vector<api::Symbol> places_but(const SimulatedCluster& cluster, api::Symbol zone) {
  std::vector<api::Symbol> places = cluster.zones();
  std::erase(places, zone);
  places.emplace_back("internet");
  return places;
}
void begin(SimulatedCluster& cluster, const LoseZone& fault, JournalId cause) {
  const JournalId id = record(cluster, "zone " + fault.zone.str() + " is lost", cause);
  NodeChoice nodes;
  nodes.zone = fault.zone;
  fail_nodes(cluster, nodes, cause, id);
  if (cluster.vpc()) {
    cluster.vpc()->network().fail_zone(fault.zone, id);
    cluster.ways_changed(id);
  } else {
    for (const api::Symbol place : places_but(cluster, fault.zone))
      begin(cluster, Partition{fault.zone, place, {}}, id);
  }
  cluster.lose_zone(fault.zone, id);
}
void begin(SimulatedCluster& cluster, const LoseNatGateway& fault, JournalId cause) {
  const JournalId id = record(cluster, "NAT gateway " + fault.gateway.str() + " is lost", cause);
  cluster.vpc()->network().fail(fault.gateway, id);
  cluster.ways_changed(id);
}
void begin(SimulatedCluster& cluster, const ChangeWebhook& fault, JournalId cause) {
  record(cluster, "webhook " + fault.webhook.str() + " answers otherwise", cause);
  cluster.api().webhooks().begin_change(fault.webhook, fault.behaviour);
}
void begin(SimulatedCluster& cluster, const ChangeRegistry& fault, JournalId cause) {
  record(cluster, "registry " + fault.change.host + " answers otherwise", cause);
  cluster.kubelet().registries().begin_change(fault.change);
}

void begin(SimulatedCluster& cluster, const LoseSts&, JournalId cause) {
  const JournalId id = record(cluster, "STS cannot be reached", cause);
  cluster.traffic().set_sts(cluster.kernel(), false, id);
}
void begin(SimulatedCluster& cluster, const SetMetric& action, JournalId) {
  cluster::MetricsApi& metrics = cluster.api().metrics();
  const ObjectName& object = action.object;
  const api::ObjectRef ref = cluster.store().find(object.kind, object.namespace_, object.name);
  switch (action.of) {
    case SetMetric::Of::kExternal:
      return metrics.set_external(action.name, action.namespace_, action.milli);
    case SetMetric::Of::kObject:
      if (ref.valid()) metrics.set_object(action.name, ref, action.milli);
      return;
    case SetMetric::Of::kPods:
      if (!ref.valid()) return;
      if (const api::LabelSelector* const selector = selector_of(*cluster.store().get(ref)))
        metrics.set_pods(action.name, object.namespace_, *selector, action.milli);
      return;
  }
}

// Its group has replaced it; only the Node is still there.
bool was_terminated(const SimulatedCluster& cluster, api::Symbol node) {
  const auto instance = cluster.ec2().of_node(node);
  return instance && !cluster.ec2().instance(*instance).alive();
}

void bring_back(SimulatedCluster& cluster, JournalId entry, JournalId cause) {
  for (const api::Symbol name : cluster.nodes_down().end(entry)) {
    if (!cluster.store().find<api::Node>({}, name) || was_terminated(cluster, name)) continue;
    if (cluster.kubelet().has_node(name) && !cluster.kubelet().node_failed(name)) continue;
    const JournalId id = record(cluster, "node " + name.str() + " is back", cause);
    if (cluster.kubelet().has_node(name))
      cluster.kubelet().restore_node(cluster.kernel(), cluster.api(), name, id, cluster.node_network());
    else
      set_hollow(cluster, name, true);
    cluster.traffic().node_booted(name);
  }
}
void end(SimulatedCluster& cluster, const FailNodes&, JournalId cause) { bring_back(cluster, cause, cause); }
void end(SimulatedCluster& cluster, const ShutDownNodes&, JournalId cause) {
  bring_back(cluster, cause, cause);
}
void end(SimulatedCluster&, const FailPods&, JournalId) {}
void end(SimulatedCluster&, const SetMetric&, JournalId) {}
void end(SimulatedCluster&, const TakeDown&, JournalId) {}
void end(SimulatedCluster&, const SwitchDatabases&, JournalId) {}
void end(SimulatedCluster&, const ReloadIngress&, JournalId) {}
void end(SimulatedCluster&, const RestartIngress&, JournalId) {}
void end(SimulatedCluster&, const RenewCertificate&, JournalId) {}
void end(SimulatedCluster& cluster, const ChangeIssuer& fault, JournalId cause) {
  if (!cluster.certificates() || !cluster.certificates()->end_issuer(fault.issuer, cause)) return;
  const std::string& fails = cluster.certificates()->issuer(fault.issuer);
  record(cluster,
         "issuer " + fault.issuer.str() +
             (fails.empty() ? " issues certificates again" : " fails as before (" + fails + ")"),
         cause);
}
void end(SimulatedCluster& cluster, const Partition& fault, JournalId) {
  change_hops(cluster, fault.from, fault.to, [](traffic::Hop& hop) {
    if (--hop.cuts == 0) hop.cause = JournalId::kNone;
  });
}
void end(SimulatedCluster& cluster, const Slow& fault, JournalId) {
  change_hops(cluster, fault.from, fault.to, [&](traffic::Hop& hop) { hop.one_way -= fault.latency; });
}
void end(SimulatedCluster& cluster, const ChangeRegistry& fault, JournalId) {
  cluster.kubelet().registries().end_change(fault.change);
}
void end(SimulatedCluster& cluster, const LimitCapacity& fault, JournalId cause) {
  record(cluster, fault.of_databases ? "RDS has instances again" : "EC2 has instances again", cause);
  if (fault.of_databases)
    return cloud::end_shortage(cluster.traffic().database_shortages(), fault.shortage.zone,
                               fault.shortage.instance_type, cluster.kernel().now());
  cluster.ec2().end_shortage(fault.shortage.zone, fault.shortage.instance_type, cluster.kernel().now());
}
// As the platform file has it.
void end(SimulatedCluster& cluster, const AssociateSubnets& action, JournalId cause) {
  for (const network::vpc::Subnet& subnet : cluster.vpc()->objects().subnets) {
    if (std::ranges::find(action.subnets, subnet.name) != action.subnets.end())
      associate(cluster, subnet.name, subnet.route_table, cause);
  }
  cluster.ways_changed(cause);
}
void end(SimulatedCluster& cluster, const ChangeRoute& action, JournalId cause) {
  api::Symbol via;
  const auto& tables = cluster.vpc()->objects().route_tables;
  const auto table = std::ranges::find(tables, action.route_table, &network::vpc::RouteTable::name);
  for (const network::vpc::Route& route : table->routes) {
    for (const api::Cidr& to : route.to)
      if (to.length == action.to.length && to.contains(action.to.base)) via = route.via;
  }
  set_route(cluster, action, via, cause);
}
void end(SimulatedCluster& cluster, const LoseZone& fault, JournalId cause) {
  const JournalId id = record(cluster, "zone " + fault.zone.str() + " is back", cause);
  cluster.restore_zone(fault.zone);
  if (cluster.vpc()) {
    cluster.vpc()->network().restore_zone(fault.zone);
    cluster.ways_changed(id);
  } else {
    for (const api::Symbol place : places_but(cluster, fault.zone))
      end(cluster, Partition{fault.zone, place, {}}, id);
  }
  bring_back(cluster, cause, id);
}
void end(SimulatedCluster& cluster, const LoseNatGateway& fault, JournalId cause) {
  const JournalId id = record(cluster, "NAT gateway " + fault.gateway.str() + " is back", cause);
  cluster.vpc()->network().restore(fault.gateway);
  cluster.ways_changed(id);
}
void end(SimulatedCluster& cluster, const LoseSts&, JournalId cause) {
  const JournalId id = record(cluster, "STS can be reached again", cause);
  cluster.traffic().set_sts(cluster.kernel(), true, id);
}
void end(SimulatedCluster& cluster, const ChangeWebhook& fault, JournalId) {
  cluster.api().webhooks().end_change(fault.webhook);
}

template <class Verb>
concept Fault =
    requires(SimulatedCluster& cluster, const Verb& verb) { begin(cluster, verb, JournalId::kNone); };

}  // namespace

bool is_fault(const Action& action) {
  return std::visit(
      []<class Verb>(const Verb&) { return Fault<Verb> || std::is_same_v<Verb, DeleteRecords>; }, action);
}

std::optional<Duration> duration_of(const Action& action) {
  return std::visit(
      [](const auto& verb) -> std::optional<Duration> {
        if constexpr (requires { verb.lasts; }) return verb.lasts;
        return {};
      },
      action);
}

void begin_fault(SimulatedCluster& cluster, const Action& action, JournalId cause) {
  std::visit(
      [&]<class Verb>(const Verb& verb) {
        if constexpr (Fault<Verb>) begin(cluster, verb, cause);
      },
      action);
}

void end_fault(SimulatedCluster& cluster, const Action& action, JournalId cause) {
  std::visit(
      [&]<class Verb>(const Verb& verb) {
        if constexpr (Fault<Verb>) end(cluster, verb, cause);
      },
      action);
}

}  // namespace seatrial::scenario
