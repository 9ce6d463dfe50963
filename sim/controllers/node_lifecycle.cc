// The node lifecycle controller: notices nodes that have gone silent, marks them and their pods, and taints
// them.
//
// A node is looked at when it or its Lease changes, and when its last heartbeat runs out: a healthy one costs
// nothing (sim/cluster/node_lease.h). A node without a Lease is not watched: nobody runs it. Source:
// pkg/controller/nodelifecycle/node_lifecycle_controller.go; reference, part B, §3; observed.md 21-23.
#include <fmt/format.h>

#include "sim/controllers/controllers.h"
#include "sim/controllers/node_lifecycle_math.h"

namespace seatrial::controllers {

using api::Condition;
using api::ConditionStatus;
using api::Kind;
using api::Node;
using api::Pod;

namespace {

using NodePtr = std::shared_ptr<const Node>;

ConditionStatus ready_status(const Node& node) {
  const Condition* const ready = api::find_condition(node.conditions, "Ready");
  return ready ? ready->status : ConditionStatus::kUnknown;
}
bool posts_ready(const Node& node) { return ready_status(node) == ConditionStatus::kTrue; }

// When the node's last heartbeat runs out; none: its kubelet goes on, or there is none. A kubelet that says
// that it is ready is heard as well, though the news of its Lease may still be under way.
std::optional<SimTime> runs_out_at(const Cache& cache, const Node& node) {
  const auto lease = cache.find<api::Lease>("kube-node-lease", node.metadata.name);
  if (!lease || lease->kept_up) return {};
  const Condition* const ready = api::find_condition(node.conditions, "Ready");
  const bool said = ready && ready->status == ConditionStatus::kTrue;
  return given_up_at(said ? std::max(lease->renew_time, ready->last_transition_time) : lease->renew_time);
}

// ---- Health ----

Node marked_unknown(const Node& node, SimTime now) {
  Node next = node;
  for (const char* const type : {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"}) {
    for (Condition& condition : next.conditions) {
      if (condition.type != api::Symbol(type) || condition.status == ConditionStatus::kUnknown) continue;
      condition.status = ConditionStatus::kUnknown;
      condition.reason = "NodeStatusUnknown";
      condition.message = "Kubelet stopped posting node status.";
      condition.last_transition_time = now.whole_second();
    }
  }
  return next;
}

std::vector<std::shared_ptr<const Pod>> ready_pods_on(const Cache& cache, const Node& node) {
  std::vector<std::shared_ptr<const Pod>> pods;
  for (const api::ObjectPtr& object : cache.all(Kind::kPod)) {
    auto pod = api::as<Pod>(object);
    if (pod && pod->node_name == node.metadata.name && is_pod_ready(*pod)) pods.push_back(std::move(pod));
  }
  return pods;
}

// The node's pods are not ready any more, so that they leave the endpoints at once.
Step<Done> mark_pods(Sync& sync, const Node& node) {
  const auto& pods = sync.pin([&] { return ready_pods_on(sync.cache(), node); });
  if (pods.empty()) return Done();
  for (const auto& pod : pods) sync.event({pod, true, "NodeNotReady", "Node is not ready", {}});
  const auto* const results = sync.write_all([&] {
    std::vector<Write> writes;
    for (const auto& pod : pods) {
      ApiRequest mark;
      mark.verb = Verb::kPatchConditions;
      mark.ref = pod->ref();
      mark.conditions = {{"Ready", ConditionStatus::kFalse, {}, {}, {}, sync.now().whole_second(), {}}};
      writes.push_back({std::move(mark), {}, {}});
    }
    return writes;
  });
  if (!results) return pending();
  for (const ApiResult& result : *results)
    if (!result && !is_not_found(result.error())) return failed(result.error());
  return Done();
}

Step<NodePtr> mark_node(Sync& sync, const NodePtr& node) {
  const SimTime now = sync.started();
  auto marked = write<Node>(sync, [&] { return request(Verb::kUpdateStatus, marked_unknown(*node, now)); });
  if (!marked) return marked;
  sync.event({node,
              false,
              "NodeNotReady",
              fmt::format("Node {} status is now: NodeNotReady", node->metadata.name.str()),
              {}});
  return marked;
}

// ---- Taints ----

Step<NodePtr> write_taints(Sync& sync, const NodePtr& node, std::vector<api::Taint> taints) {
  return write<Node>(sync, [&] {
    Node next = *node;
    next.taints = std::move(taints);
    return request(Verb::kUpdate, next);
  });
}

std::string_view zone_of(const Node& node) {
  return node.metadata.labels->get("topology.kubernetes.io/zone");
}

using Zones = std::map<std::string_view, ZoneCounts>;
Zones zones_of(const Cache& cache) {
  Zones zones;
  for (const api::ObjectPtr& object : cache.all(Kind::kNode)) {
    if (!object) continue;
    const auto& other = static_cast<const Node&>(*object);
    if (other.metadata.labels->find("node.kubernetes.io/exclude-disruption")) continue;
    ZoneCounts& counts = zones[zone_of(other)];
    ++(posts_ready(other) ? counts.ready : counts.not_ready);
  }
  return zones;
}

// No zone has a ready node: rather than the nodes, it is the control plane that is cut off.
bool all_full(const Zones& zones) {
  return std::ranges::all_of(zones,
                             [](const auto& zone) { return zone_state(zone.second) == ZoneState::kFull; });
}

// When each zone's limiter was used last.
std::map<api::Symbol, SimTime>& paces(Sync& sync) { return sync.memory<std::map<api::Symbol, SimTime>>(); }

// When a node that is not ready may get its NoExecute taint; SimTime::max(): not as things are.
SimTime may_taint_at(Sync& sync, const Zones& zones, const Node& node) {
  const auto own = zones.find(zone_of(node));
  const ZoneCounts counts = own == zones.end() ? ZoneCounts() : own->second;
  const Duration interval = taint_interval(zone_state(counts), counts);
  if (interval == Duration::max()) return SimTime::max();
  const auto last = paces(sync).find(zone_of(node));
  return last == paces(sync).end() ? sync.started() : std::max(sync.started(), last->second + interval);
}

Step<Duration> without_taint(Sync& sync, const NodePtr& node, Duration again) {
  const auto written = write_taints(sync, node, without_no_execute_taint(*node));
  return written ? Step<Duration>(again) : std::unexpected(written.error());
}

// The NoExecute taint comes by the zone's rate, and goes in a round of the monitor, or when all zones are
// down. Answers when to look again.
Step<Duration> settle_no_execute(Sync& sync, const NodePtr& node) {
  const SimTime now = sync.started();
  const api::Taint* const taint = no_execute_taint(*node);
  if (posts_ready(*node)) {
    if (!taint) return Duration();
    const Condition* const ready = api::find_condition(node->conditions, "Ready");
    if (last_round(now) < ready->last_transition_time) return next_round(now) - now;
    return without_taint(sync, node, Duration());
  }
  const auto& zones = sync.pin([&] { return zones_of(sync.cache()); });
  if (all_full(zones)) return taint ? without_taint(sync, node, kMonitorPeriod) : kMonitorPeriod;
  std::vector<api::Taint> wanted = with_no_execute_taint(*node, now);
  if (taint && taint->key == wanted.back().key) return Duration();
  const SimTime at = sync.pin([&] { return taint ? now : may_taint_at(sync, zones, *node); });
  if (at == SimTime::max()) return kMonitorPeriod;
  if (at > now) return at - now;
  sync.once([&] { paces(sync)[zone_of(*node)] = now; });
  const auto written = write_taints(sync, node, std::move(wanted));
  return written ? Step<Duration>(Duration()) : std::unexpected(written.error());
}

// A node that comes back or goes decides what may happen to the others that are not ready.
void watched_node_changed(const Change& change, Enqueue& enqueue) {
  const auto& node = static_cast<const Node&>(*change.object);
  if (change.type != ChangeType::kDeleted) enqueue.add(node.ref());
  if (!change.old || posts_ready(static_cast<const Node&>(*change.old)) == posts_ready(node)) return;
  for (const api::ObjectPtr& object : change.cache.all(Kind::kNode)) {
    const auto other = api::as<Node>(object);
    if (other && !posts_ready(*other)) enqueue.add(other->ref());
  }
}

}  // namespace

void node_lifecycle_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kNode) return watched_node_changed(change, enqueue);
  if (change.object->kind != Kind::kLease || change.type == ChangeType::kDeleted) return;
  const auto node = change.cache.find<Node>({}, change.object->metadata.name);
  if (node) enqueue.add(node->ref());
}

SyncResult sync_node_lifecycle(Sync& sync) {
  const auto& found = sync.pin([&] { return api::as<Node>(sync.cache().get(sync.key())); });
  if (!found || found->metadata.deletion_timestamp) return SyncResult::done();
  if (!api::find_condition(found->conditions, "Ready"))
    return SyncResult::done();  // no kubelet has said hello
  NodePtr node = found;
  const SimTime now = sync.started();
  const auto& given_up = sync.pin([&] { return runs_out_at(sync.cache(), *found); });
  const bool silent = given_up && *given_up <= now;
  if (silent && ready_status(*node) != ConditionStatus::kUnknown) {
    const auto marked = mark_node(sync, node);
    if (!marked) return marked.error();
    node = *marked;
    if (const auto done = mark_pods(sync, *node); !done) return done.error();
  }
  std::vector<api::Taint> taints = with_condition_taints(*node);
  if (taints != node->taints) {
    const auto tainted = write_taints(sync, node, std::move(taints));
    if (!tainted) return tainted.error();
    node = *tainted;
  }
  const auto again = settle_no_execute(sync, node);
  if (!again) return again.error();
  if (*again > Duration()) return SyncResult::done(*again);
  return given_up && !silent ? SyncResult::done(*given_up - now) : SyncResult::done();
}

}  // namespace seatrial::controllers
