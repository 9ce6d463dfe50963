#include "sim/checks/invariants.h"

#include <algorithm>
#include <map>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/api/resources.h"

namespace seatrial::checks {
namespace {

using cluster::ChangeType;
using cluster::Store;
using cluster::WatchEvent;
using Memory = Invariants::Memory;

// One commit, as a rule sees it; `before` is the pod's version seen last, for pods.
struct Commit {
  SimTime now;
  const Store& store;
  const WatchEvent& change;
  const api::Pod* before = nullptr;
  const api::Pod* after = nullptr;  // null once it is gone
};
using Broken = std::vector<std::string>;

std::string shown_name(const api::Object& object) {
  const std::string space = object.metadata.namespace_.str();
  return std::string(api::kind_name(object)) + " " + (space.empty() ? "" : space + "/") +
         object.metadata.name.str();
}

void time_rule(Memory& memory, const Commit& commit, Broken& broken) {
  if (commit.now < memory.last_commit) broken.push_back("a commit lies before the one before it");
  memory.last_commit = commit.now;
  const std::uint64_t version = commit.change.object->metadata.resource_version;
  if (version <= memory.resource_version) {
    broken.push_back(shown_name(*commit.change.object) + ": resourceVersion " + std::to_string(version) +
                     " is not above " + std::to_string(memory.resource_version));
  }
  memory.resource_version = std::max(memory.resource_version, version);
}

// A pod that names its node by itself does so once the kubelet has accepted it.
bool takes_room(const api::Pod* pod) {
  static const api::Symbol kPodScheduled("PodScheduled");
  if (!pod || pod->node_name.empty() || api::is_pod_terminal(*pod)) return false;
  const api::Condition* const scheduled = api::find_condition(pod->status.conditions, kPodScheduled);
  return scheduled && scheduled->status == api::ConditionStatus::kTrue;
}

void add_requests(Invariants::NodeLoad& load, const api::Pod& pod, bool add) {
  for (const auto& [resource, quantity] : api::pod_requests(*pod.spec)) {
    api::Quantity& sum = load.requested[resource];
    sum = add ? sum + quantity : sum - quantity;
  }
  load.pods += add ? 1 : -1;
}

void node_capacity_rule(Memory& memory, const Commit& commit, Broken& broken) {
  if (commit.change.object->kind != api::Kind::kPod) return;
  const bool before = takes_room(commit.before), after = takes_room(commit.after);
  if (before && !after) add_requests(memory.node(commit.before->node_name), *commit.before, false);
  if (before || !after) return;
  Invariants::NodeLoad& load = memory.node(commit.after->node_name);
  add_requests(load, *commit.after, true);
  const auto* const node = commit.store.find<api::Node>({}, commit.after->node_name);
  if (!node) return;
  for (const auto& [resource, allocatable] : node->allocatable) {
    const auto requested = load.requested.find(resource);
    if (requested == load.requested.end() || requested->second <= allocatable) continue;
    broken.push_back("node " + node->metadata.name.str() + ": " + requested->second.str() + " of " +
                     resource.str() + " requested, " + allocatable.str() + " allocatable");
  }
  const api::Quantity pods = api::amount(node->allocatable, "pods");
  if (!pods.is_zero() && load.pods > pods.value()) {
    broken.push_back("node " + node->metadata.name.str() + ": " + std::to_string(load.pods) + " pods, " +
                     pods.str() + " allocatable");
  }
}

void bound_once_rule(Memory&, const Commit& commit, Broken& broken) {
  if (!commit.before || !commit.after || commit.before->node_name.empty()) return;
  if (commit.before->node_name == commit.after->node_name) return;
  broken.push_back(shown_name(*commit.after) + " moved from " + commit.before->node_name.str() + " to " +
                   commit.after->node_name.str());
}

void deletion_rule(Memory&, const Commit& commit, Broken& broken) {
  if (!commit.before || !commit.after) return;
  if (commit.before->metadata.deletion_timestamp && !commit.after->metadata.deletion_timestamp) {
    broken.push_back(shown_name(*commit.after) + ": its deletion was taken back");
  }
}

void at_most(const api::Object& object, const char* less, std::int32_t a, const char* more, std::int32_t b,
             Broken& broken) {
  if (a <= b && a >= 0) return;
  broken.push_back(shown_name(object) + ": " + less + " " + std::to_string(a) + ", " + more + " " +
                   std::to_string(b));
}

void counts_rule(Memory&, const Commit& commit, Broken& broken) {
  const api::Object& object = *commit.change.object;
  if (object.kind == api::Kind::kDeployment) {
    const auto& status = static_cast<const api::Deployment&>(object).status;
    at_most(object, "updatedReplicas", status.updated_replicas, "replicas", status.replicas, broken);
    at_most(object, "readyReplicas", status.ready_replicas, "replicas", status.replicas, broken);
    at_most(object, "availableReplicas", status.available_replicas, "readyReplicas", status.ready_replicas,
            broken);
  } else if (object.kind == api::Kind::kReplicaSet) {
    const auto& status = static_cast<const api::ReplicaSet&>(object).status;
    at_most(object, "readyReplicas", status.ready_replicas, "replicas", status.replicas, broken);
    at_most(object, "availableReplicas", status.available_replicas, "readyReplicas", status.ready_replicas,
            broken);
  }
}

// Remembers when each ReplicaSet was last touched, for ready_count_rule.
void touch_rule(Memory& memory, const Commit& commit, Broken&) {
  const api::Object& object = *commit.change.object;
  if (object.kind == api::Kind::kReplicaSet) memory.touched(object.index) = commit.now;
  if (object.kind != api::Kind::kPod) return;
  const api::OwnerReference* const owner = object.metadata.controller_ref();
  if (!owner) return;
  const api::ObjectRef ref =
      commit.store.find(api::Kind::kReplicaSet, object.metadata.namespace_, owner->name);
  if (ref.valid()) memory.touched(ref.index) = commit.now;
}

struct CommitRule {
  std::string_view name;
  void (*check)(Memory& memory, const Commit& commit, Broken& broken);
};
constexpr std::array<CommitRule, 6> kCommitRules{{{"time", time_rule},
                                                  {"node-capacity", node_capacity_rule},
                                                  {"bound-once", bound_once_rule},
                                                  {"deletion", deletion_rule},
                                                  {"counts", counts_rule},
                                                  {"ready-count", touch_rule}}};

constexpr Duration kLeftAlone = Duration::seconds(30);

void ready_count_rule(Memory& memory, SimTime now, const Store& store, const traffic::Traffic&,
                      Broken& broken) {
  std::map<api::Uid, std::int32_t> ready;  // by owner
  for (const api::ObjectPtr& object : store.all(api::Kind::kPod)) {
    if (!object) continue;
    const auto& pod = static_cast<const api::Pod&>(*object);
    const api::OwnerReference* const owner = pod.metadata.controller_ref();
    if (owner && api::is_pod_active(pod) && api::is_pod_ready(pod)) ++ready[owner->uid];
  }
  for (const api::ObjectPtr& stored : store.list(api::Kind::kReplicaSet)) {
    const auto& set = static_cast<const api::ReplicaSet&>(*stored);
    const std::int32_t counted = ready[set.metadata.uid];
    if (now - memory.touched(set.index) < kLeftAlone || counted == set.status.ready_replicas) continue;
    broken.push_back(shown_name(set) + ": readyReplicas " + std::to_string(set.status.ready_replicas) +
                     ", but " + std::to_string(counted) + " of its pods are Ready");
  }
}

void requests_rule(Memory&, SimTime, const Store&, const traffic::Traffic& traffic, Broken& broken) {
  std::uint64_t sent = 0, ended = 0;
  for (std::size_t i = 0; i < traffic.load_count(); ++i) {
    const traffic::LoadTotals totals = traffic.accounts().totals(static_cast<traffic::LoadIndex>(i));
    sent += totals.sent;
    ended += totals.ended;
  }
  if (sent == traffic.sent() && ended == traffic.ended() && ended <= sent) return;
  broken.push_back(std::to_string(traffic.sent()) + " requests sent (" + std::to_string(sent) +
                   " accounted), " + std::to_string(traffic.ended()) + " ended (" + std::to_string(ended) +
                   " accounted)");
}

struct FinalRule {
  std::string_view name;
  void (*check)(Memory& memory, SimTime now, const Store& store, const traffic::Traffic& traffic,
                Broken& broken);
};
constexpr std::array<FinalRule, 2> kFinalRules{
    {{"ready-count", ready_count_rule}, {"requests", requests_rule}}};

void keep(std::vector<Violation>& violations, SimTime at, std::string_view rule, Broken& broken) {
  for (std::string& what : broken) {
    if (violations.size() < Invariants::kKept) violations.push_back({at, rule, std::move(what)});
  }
  broken.clear();
}

}  // namespace

Invariants::NodeLoad& Memory::node(api::Symbol name) {
  const auto at = std::ranges::lower_bound(nodes, name, {}, &std::pair<api::Symbol, NodeLoad>::first);
  if (at != nodes.end() && at->first == name) return at->second;
  return nodes.insert(at, {name, {}})->second;
}

SimTime& Memory::touched(std::uint32_t replica_set) {
  if (replica_set >= replica_set_touched.size()) replica_set_touched.resize(replica_set + 1);
  return replica_set_touched[replica_set];
}

void Invariants::on_commit(const Kernel& kernel, const Store& store, const WatchEvent& change) {
  Commit commit{kernel.now(), store, change};
  api::ObjectPtr before;
  const bool pod = change.object->kind == api::Kind::kPod;
  if (pod) {
    if (change.object->index >= memory_.pods.size()) memory_.pods.resize(change.object->index + 1);
    before = std::move(memory_.pods[change.object->index]);
    memory_.pods[change.object->index] = change.type == ChangeType::kDeleted ? nullptr : change.object;
    commit.before = static_cast<const api::Pod*>(before.get());
    commit.after = static_cast<const api::Pod*>(memory_.pods[change.object->index].get());
  }
  Broken broken;
  for (const CommitRule& rule : kCommitRules) {
    rule.check(memory_, commit, broken);
    if (!broken.empty()) keep(violations_, kernel.now(), rule.name, broken);
  }
}

void Invariants::finish(const Kernel& kernel, const Store& store, const traffic::Traffic& traffic) {
  Broken broken;
  for (const FinalRule& rule : kFinalRules) {
    rule.check(memory_, kernel.now(), store, traffic, broken);
    keep(violations_, kernel.now(), rule.name, broken);
  }
}

}  // namespace seatrial::checks
