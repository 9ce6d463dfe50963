#include "sim/traffic/conntrack.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/journal_types.h"
#include "sim/traffic/traffic.h"

namespace seatrial::traffic {

namespace {

std::string full_text(Conntrack::Node& node, SimTime now) {
  network::FlowTable& table = node.table.flows;
  return fmt::format(
      "the conntrack table of {} is full: of {} entries {} are of open connections, {} of closed ones, {} of "
      "DNS queries",
      node.name.view(), table.limit(), table.open_now(), table.lingering(Conntrack::kClosed, now),
      table.lingering(Conntrack::kQuery, now));
}

}  // namespace

bool Conntrack::is_short(JournalId record, SimTime now) const {
  return std::ranges::any_of(nodes, [&](const Node& node) { return node.table.is_short(record, now); });
}

// --- Set up

void Traffic::track_connections(network::ConntrackRules rules) {
  conntrack_.emplace();
  conntrack_->rules = rules;
}

void Traffic::track_node(api::Symbol name, std::int64_t cores) {
  if (!conntrack_) return;
  const network::ConntrackRules& rules = conntrack_->rules;
  CHECK(conntrack_->nodes.size() < Conntrack::kNoNode);
  conntrack_->by_name[name] = static_cast<Conntrack::NodeIndex>(conntrack_->nodes.size());
  conntrack_->nodes.push_back({name,
                               {TableKind::kConntrack,
                                network::FlowTable(conntrack_max(rules, cores), {rules.closed, rules.udp}),
                                {}}});
}

void Traffic::node_booted(api::Symbol name) {
  if (!conntrack_) return;
  const auto known = conntrack_->by_name.find(name);
  if (known != conntrack_->by_name.end()) conntrack_->nodes[known->second].table.flows.forget_closed();
}

void Traffic::set_node(api::PodKey pod, api::Symbol node) {
  const auto known = conntrack_->by_name.find(node);
  if (known == conntrack_->by_name.end()) return;
  std::vector<Conntrack::NodeIndex>& nodes = conntrack_->of_pod;
  if (pod.index >= nodes.size()) nodes.resize(pod.index + std::size_t{1}, Conntrack::kNoNode);
  nodes[pod.index] = known->second;
}

// --- Entries

// The record of the shortage if there is no room; `query`: it is no connection.
JournalId Traffic::enter_table(Kernel& kernel, Conntrack::NodeIndex index, std::uint32_t user, bool query) {
  if (index == Conntrack::kNoNode) return JournalId::kNone;
  Conntrack::Node& node = conntrack_->nodes[index];
  const SimTime now = kernel.now();
  network::FlowTable& table = node.table.flows;
  if (table.recovers(now))
    node.table.tell_end(kernel, fmt::format("the conntrack table of {} has room", node.name.view()),
                        "packets were dropped");
  const bool was_short = table.is_short(now);
  if (query ? table.pass(user, Conntrack::kQuery, now) : table.open(user, now)) return JournalId::kNone;
  if (!was_short) node.table.tell_begin(kernel, full_text(node, now), record_of_most(table));
  return node.table.records.back();
}

// Whose packets they are: a pod's, or of nobody who is on a node.
api::PodKey Traffic::sender_of(Slot slot) const {
  return sent_by_pod(requests_[slot]) && slot < senders_.size() ? senders_[slot] : api::PodKey();
}

// A request's new connection. False: its SYN is dropped.
bool Traffic::track(Kernel& kernel, Slot slot) {
  Request& r = requests_[slot];
  const api::PodKey sender = sender_of(slot);
  Conntrack::Tracked& mine = conntrack_->of(slot);
  mine = {};
  mine.user = sender.valid() ? sender.index : r.pod.index;
  const Conntrack::NodeIndex from = conntrack_->node_of(sender), to = conntrack_->node_of(r.pod);
  r.blocked = enter_table(kernel, from, mine.user, false);
  if (r.blocked != JournalId::kNone) return false;
  mine.from = from;
  if (from == to) return true;
  r.blocked = enter_table(kernel, to, mine.user, false);
  if (r.blocked != JournalId::kNone) return false;
  mine.to = to;
  return true;
}

// It goes over a connection that was kept: an entry already, if it is still open.
void Traffic::track_again(Slot slot) {
  const api::PodKey pod = requests_[slot].pod;
  Conntrack::Tracked& mine = conntrack_->of(slot);
  mine = {};
  if (servers_[pod.index].closed == SimTime::max())
    mine = {Conntrack::kNoNode, conntrack_->node_of(pod), pod.index};
}

// Its connection is closed, or `kept` by who sent it.
void Traffic::untrack(const Kernel& kernel, Slot slot, bool kept) {
  if (slot >= conntrack_->of_slot.size()) return;
  const Conntrack::Tracked tracked = std::exchange(conntrack_->of_slot[slot], {});
  if (kept) return;
  conntrack_->close(tracked.from, tracked.user, kernel.now());
  conntrack_->close(tracked.to, tracked.user, kernel.now());
}

// Connections that proxies keep to the pod (one replica, or all of them) are closed. REQUIRES: it has closed
// none yet.
void Traffic::untrack_kept(const Kernel& kernel, const Proxy& proxy, std::uint16_t replica, api::PodKey pod) {
  const Conntrack::NodeIndex node = conntrack_->node_of(pod);
  for (std::uint16_t n = proxy.connections_kept(replica, pod); n > 0; --n)
    conntrack_->close(node, pod.index, kernel.now());
}

// To resources: that is open, or being opened, with the pod and the call.
template <class Visit>
void Traffic::visit_connections(Visit&& visit) const {
  for (std::uint32_t pod = 0; pod < calls_.pods.size(); ++pod) {
    const std::vector<Pool>& pools = calls_.pods[pod].pools;
    for (std::uint32_t call = 0; call < pools.size(); ++call)
      for (const Connection& idle : pools[call].idle) visit(idle, api::PodKey{pod}, call);
  }
  for (Slot slot = 0; slot < calls_.progress.size(); ++slot) {
    const CallProgress& progress = calls_.progress[slot];
    const Request& r = requests_[slot];
    if (progress.phase == CallPhase::kQuerying && r.state == RequestState::kServing)
      visit(progress.connection, r.pod, progress.call);
  }
  for (const Dial& dial : calls_.dials)
    if (!dial.abandoned) visit(dial.connection, dial.pod, dial.call);
}

void Traffic::check_tables() const {
  std::vector<std::int64_t> entries(conntrack_ ? conntrack_->nodes.size() : 0);
  const auto enter = [&](Conntrack::NodeIndex node, std::int64_t n) {
    if (node != Conntrack::kNoNode) entries[node] += n;
  };
  std::map<std::pair<NatIndex, ResourceIndex>, std::int64_t> ports;
  visit_connections([&](const Connection& connection, api::PodKey pod, std::uint32_t call) {
    if (connection.tracked) enter(conntrack_->node_of(pod), 1);
    if (connection.nat == kNoNat || connection.forgotten) return;
    const CallPlan& plan = calls_.plans[calls_.pods[pod.index].plan];
    ++ports[{connection.nat, calls_.resources[plan.targets[call]].destination}];
  });
  for (NatIndex gateway = 0; gateway < calls_.nat.gateways.size(); ++gateway)
    for (const auto& [destination, to] : calls_.nat.gateways[gateway].destinations)
      CHECK(to.ports.flows.open_now() == (ports[{gateway, destination}]));
  if (!conntrack_) return;
  for (const Conntrack::Tracked& tracked : conntrack_->of_slot)
    for (const Conntrack::NodeIndex node : {tracked.from, tracked.to}) enter(node, 1);
  for (std::uint32_t pod = 0; pod < servers_.size(); ++pod)
    for (const Proxy& proxy : proxies_)
      for (std::uint16_t r = 0; r < proxy.config().replicas && servers_[pod].closed == SimTime::max(); ++r)
        enter(conntrack_->node_of({pod}), proxy.connections_kept(r, {pod}));
  for (std::size_t node = 0; node < entries.size(); ++node)
    CHECK(conntrack_->nodes[node].table.flows.open_now() == entries[node]);
}

void Traffic::release(const Kernel& kernel, Slot slot) {
  if (conntrack_) [[unlikely]]
    untrack(kernel, slot, false);
  requests_.release(slot);
}

}  // namespace seatrial::traffic
