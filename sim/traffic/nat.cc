#include "sim/traffic/nat.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

namespace {

constexpr Duration kBetweenLooks = Duration::seconds(1);
constexpr std::size_t kClosed = 0;  // the one class of ports that linger

}  // namespace

bool Nat::is_short(JournalId record, SimTime now) const {
  if (record == JournalId::kNone) return false;
  return std::ranges::any_of(gateways, [&](const NatGateway& gateway) {
    return std::ranges::any_of(gateway.destinations,
                               [&](const auto& to) { return to.second.ports.is_short(record, now); });
  });
}

NatIndex Traffic::add_nat_gateway(NatGatewayConfig config) {
  CHECK(calls_.nat.gateways.size() < kNoNat);
  calls_.nat.gateways.push_back({std::move(config), {}});
  return static_cast<NatIndex>(calls_.nat.gateways.size() - 1);
}

void Traffic::route_by_nat(PlaceId from, ResourceIndex resource, NatIndex gateway, JournalId cause) {
  std::vector<NatRoute>& ways = calls_.resources[resource].nat;
  const auto place = static_cast<std::size_t>(from);
  if (place >= ways.size()) ways.resize(place + 1);
  if (ways[place].gateway != gateway) ways[place] = {gateway, cause};
}

NatRoute Traffic::nat_between(api::PodKey pod, const Resource& resource) const {
  const auto place = static_cast<std::size_t>(servers_[pod.index].place);
  return place < resource.nat.size() ? resource.nat[place] : NatRoute();
}

NatDestination& Traffic::nat_destination(NatIndex gateway, const Resource& resource) {
  NatGateway& of = calls_.nat.gateways[gateway];
  const auto found = of.destinations.find(resource.destination);
  if (found != of.destinations.end()) return found->second;
  const cloud::ManagedConfig& config = calls_.resources[resource.destination].state.config;
  NatDestination made{
      {TableKind::kNatPorts,
       network::FlowTable(nat_ports(of.config.rules, of.config.addresses), {of.config.rules.closed_hold}),
       {}},
      fmt::format("{} ({}:{})", config.name.view(), config.address->str(), config.port),
      SimTime::at(-Duration::max())};
  return of.destinations.emplace(resource.destination, std::move(made)).first->second;
}

// What the pod is by now that had most of the entries when the table became too small.
JournalId Traffic::record_of_most(const network::FlowTable& table) const {
  const std::uint32_t most = table.shortages().back().most;
  return most == network::FlowTable::kNobody ? JournalId::kNone : servers_[most].record;
}

// For the connection that is being opened: an entry on the pod's node, and a port of the NAT gateway. Says so
// if there is none.
bool Traffic::take_port(Kernel& kernel, Dial& dial) {
  if (conntrack_ && !dial.connection.tracked) [[unlikely]] {
    const JournalId full = enter_table(kernel, conntrack_->node_of(dial.pod), dial.pod.index, false);
    if (full != JournalId::kNone)
      note_trouble(kernel, dial.pod, dial.call, full, "what is sent to it is dropped on the pod's node");
    if (full != JournalId::kNone) return false;
    dial.connection.tracked = true;
  }
  const Resource& resource = resource_of(calls_.pods[dial.pod.index], dial.call);
  const NatIndex gateway = nat_between(dial.pod, resource).gateway;
  if (gateway == kNoNat) return true;
  NatDestination& to = nat_destination(gateway, resource);
  const std::string_view name = calls_.nat.gateways[gateway].config.name.view();
  const SimTime now = kernel.now();
  network::FlowTable& ports = to.ports.flows;
  if (ports.recovers(now))
    to.ports.tell_end(kernel, fmt::format("NAT gateway {} has ports for {}", name, to.name), "SYNs got none");
  if (ports.is_full(now)) forget_idle(gateway, resource.destination, now);
  const bool was_short = ports.is_short(now);
  if (ports.open(dial.pod.index, now)) {
    dial.connection.nat = gateway;
    return true;
  }
  if (!was_short)
    to.ports.tell_begin(kernel,
                        fmt::format("NAT gateway {} has no port left for {}: all {} are in use", name,
                                    to.name, ports.limit()),
                        record_of_most(ports));
  note_trouble(kernel, dial.pod, dial.call, to.ports.records.back(),
               "its connection gets no port of the NAT gateway");
  return false;
}

void Traffic::give_port(const Kernel& kernel, api::PodKey pod, std::uint32_t index,
                        const Connection& connection) {
  if (connection.tracked) [[unlikely]]
    conntrack_->close(conntrack_->node_of(pod), pod.index, kernel.now());
  if (connection.nat == kNoNat || connection.forgotten) return;
  const Resource& resource = resource_of(calls_.pods[pod.index], index);
  nat_destination(connection.nat, resource).ports.flows.close(pod.index, kClosed, kernel.now());
}

// Whether the gateway that is on the way now does not know the connection, and says so: it has been idle for
// too long, or was opened by another one.
bool Traffic::is_forgotten(Kernel& kernel, api::PodKey pod, std::uint32_t index, Connection& connection) {
  const Resource& resource = resource_of(calls_.pods[pod.index], index);
  const NatRoute route = nat_between(pod, resource);
  if (route.gateway != connection.nat) {
    note_trouble(kernel, pod, index, route.cause,
                 "its connection was reset: the way there leads elsewhere now");
    return true;
  }
  if (connection.nat == kNoNat) return false;
  const Duration idle = kernel.now() - connection.used;
  if (idle <= network::vpc::kNatIdleTimeout && !connection.forgotten) return false;
  if (!std::exchange(connection.forgotten, true))
    nat_destination(connection.nat, resource).ports.flows.drop(pod.index);
  note_trouble(
      kernel, pod, index, JournalId::kNone,
      fmt::format("its connection was reset: it was idle for {}, and NAT gateway {} knows it no more",
                  to_string(truncated(idle, Duration::seconds(1))),
                  calls_.nat.gateways[connection.nat].config.name.view()));
  return true;
}

// Connections that have been idle for too long give their ports back.
void Traffic::forget_idle(NatIndex gateway, ResourceIndex destination, SimTime now) {
  NatDestination& to = calls_.nat.gateways[gateway].destinations.at(destination);
  if (now < to.next_look) return;
  to.next_look = now + kBetweenLooks;
  for (std::uint32_t pod = 0; pod < calls_.pods.size(); ++pod) {
    PodCalls& mine = calls_.pods[pod];
    for (std::uint32_t call = 0; call < mine.pools.size(); ++call) {
      if (calls_.plans[mine.plan].to_service[call]) continue;
      if (resource_of(mine, call).destination != destination) continue;
      for (Connection& idle : mine.pools[call].idle) {
        if (idle.nat != gateway || idle.forgotten || now - idle.used <= network::vpc::kNatIdleTimeout)
          continue;
        to.ports.flows.drop(pod);
        idle.forgotten = true;
      }
    }
  }
}

}  // namespace seatrial::traffic
