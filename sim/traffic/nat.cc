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

JournalId tell_table(Kernel& kernel, TableKind kind, std::string_view words, bool full, JournalId cause) {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kTableFull);
  record.cause = cause;
  record.value = full ? 0 : 1;
  record.other = static_cast<std::uint32_t>(kind);
  record.text = kernel.journal().text(words);
  return kernel.record(record);
}

bool Nat::is_short(JournalId record, SimTime now) const {
  if (record == JournalId::kNone) return false;
  return std::ranges::any_of(gateways, [&](const NatGateway& gateway) {
    return std::ranges::any_of(gateway.destinations, [&](const auto& to) {
      const NatDestination& destination = to.second;
      return destination.ports.is_short(now) && destination.records.back() == record;
    });
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
      network::FlowTable(nat_ports(of.config.rules, of.config.addresses), {of.config.rules.closed_hold}),
      fmt::format("{} ({}:{})", config.name.view(), config.address->str(), config.port),
      {},
      SimTime::at(-Duration::max())};
  return of.destinations.emplace(resource.destination, std::move(made)).first->second;
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
  if (to.ports.recovers(now))
    tell_table(kernel, TableKind::kNatPorts,
               fmt::format(
                   "NAT gateway {} has ports for {} again; {} SYNs got none, the last at {}", name, to.name,
                   to.ports.shortages().back().refused,
                   to_string(truncated(to.ports.shortages().back().last.since_start(), Duration::millis(1)))),
               false, to.records.back());
  if (to.ports.is_full(now)) forget_idle(gateway, resource.destination, now);
  const bool was_short = to.ports.is_short(now);
  if (to.ports.open(dial.pod.index, now)) {
    dial.connection.nat = gateway;
    return true;
  }
  if (!was_short) {
    const network::Shortage& begins = to.ports.shortages().back();
    const JournalId cause =
        begins.most == network::FlowTable::kNobody ? JournalId::kNone : servers_[begins.most].record;
    to.records.push_back(tell_table(kernel, TableKind::kNatPorts,
                                    fmt::format("NAT gateway {} has no port left for {}: all {} are in use",
                                                name, to.name, to.ports.limit()),
                                    true, cause));
  }
  note_trouble(kernel, dial.pod, dial.call, to.records.back(),
               "its connection gets no port of the NAT gateway");
  return false;
}

void Traffic::give_port(const Kernel& kernel, api::PodKey pod, std::uint32_t index,
                        const Connection& connection) {
  if (connection.tracked) [[unlikely]]
    conntrack_->close(conntrack_->node_of(pod), pod.index, kernel.now());
  if (connection.nat == kNoNat || connection.forgotten) return;
  const Resource& resource = resource_of(calls_.pods[pod.index], index);
  nat_destination(connection.nat, resource).ports.close(pod.index, kClosed, kernel.now());
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
    nat_destination(connection.nat, resource).ports.drop(pod.index);
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
        to.ports.drop(pod);
        idle.forgotten = true;
      }
    }
  }
}

}  // namespace seatrial::traffic
