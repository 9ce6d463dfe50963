// What the watch tells the scheduler: nodes, pods on nodes, pods that wait, and the objects behind default
// spreading.
#include <algorithm>

#include "sim/api/apps.h"
#include "sim/scheduler/scheduler.h"

namespace seatrial::scheduler {

using api::Kind;
using api::ObjectPtr;
using api::Symbol;
using cluster::ChangeType;
using cluster::WatchEvent;

namespace {

constexpr std::size_t kDefaultSelectors = 4096;

std::uint32_t node_changes(const api::Node& before, const api::Node& after) {
  std::uint32_t kinds = 0;
  if (before.allocatable != after.allocatable) kinds |= kNodeAllocatable;
  if (before.metadata.labels != after.metadata.labels) kinds |= kNodeLabel;
  if (before.taints != after.taints || before.unschedulable != after.unschedulable) kinds |= kNodeTaint;
  return kinds;
}

bool is_ready_to_try(const api::Pod& pod) { return pod.spec->scheduling_gates.empty(); }

bool same_selector(const ObjectPtr& before, const api::Object& after) {
  if (!before) return false;
  if (after.kind == Kind::kService) {
    return static_cast<const api::Service&>(*before).selector ==
           static_cast<const api::Service&>(after).selector;
  }
  if (after.kind == Kind::kStatefulSet) {
    return static_cast<const api::StatefulSet&>(*before).selector ==
           static_cast<const api::StatefulSet&>(after).selector;
  }
  return static_cast<const api::ReplicaSet&>(*before).selector ==
         static_cast<const api::ReplicaSet&>(after).selector;
}

}  // namespace

ClusterEvent Scheduler::take_in(const WatchEvent& change, SimTime now) {
  switch (change.object->kind) {
    case Kind::kNode:
      return take_in_node(change);
    case Kind::kPod:
      return take_in_pod(change, now);
    case Kind::kStorageClass:
    case Kind::kCsiNode:
    case Kind::kPersistentVolume:
    case Kind::kPersistentVolumeClaim:
      return take_in_storage(change);
    default:
      take_in_other(change);
      return {};
  }
}

ClusterEvent Scheduler::take_in_node(const WatchEvent& change) {
  const auto node = api::as<api::Node>(change.object);
  const std::uint32_t slot = cluster_.find(node->metadata.name);
  const std::shared_ptr<const api::Node> before = slot == kNoSlot ? nullptr : cluster_.at(slot).node;
  if (change.type == ChangeType::kDeleted) {
    if (!before || before->index != node->index) return {};
    cluster_.remove_node(node->metadata.name);
    return {kNodeDelete, before, nullptr};
  }
  cluster_.set_node(node);
  if (!before) return {kNodeAdd, nullptr, node};
  return {node_changes(*before, *node), before, node};
}

ClusterEvent Scheduler::take_in_storage(const WatchEvent& change) {
  const ObjectPtr before = cluster_.volumes().apply(change);
  if (change.type == ChangeType::kDeleted) return {};
  const bool is_new = !before;
  switch (change.object->kind) {
    case Kind::kStorageClass:
      return {is_new ? kClassAdd : kClassUpdate, before, change.object};
    case Kind::kCsiNode:
      return {is_new ? kCsiNodeAdd : kCsiNodeUpdate, before, change.object};
    case Kind::kPersistentVolume:
      return {is_new ? kVolumeAdd : kVolumeUpdate, before, change.object};
    default:
      return {is_new ? kClaimAdd : kClaimUpdate, before, change.object};
  }
}

void Scheduler::take_in_other(const WatchEvent& change) {
  const api::Object& object = *change.object;
  if (object.kind == Kind::kNamespace) {
    if (change.type == ChangeType::kDeleted) {
      cluster_.remove_namespace(object.metadata.name);
    } else {
      cluster_.set_namespace(object.metadata.name, object.metadata.labels);
    }
    return;
  }
  const ObjectPtr before = objects_.apply(change);
  if (object.kind == Kind::kPodDisruptionBudget) return;
  if (change.type == ChangeType::kDeleted || !same_selector(before, object)) default_spread_->clear();
}

ClusterEvent Scheduler::take_in_pod(const WatchEvent& change, SimTime now) {
  const auto pod = api::as<api::Pod>(change.object);
  if (pods_.size() <= pod->index) pods_.resize(pod->index + 1);
  PodRecord& record = pods_[pod->index];
  const ObjectPtr before = record.pod;
  record.cause = change.cause;
  // The scheduler's watch leaves finished pods out: they look deleted.
  if (change.type == ChangeType::kDeleted || api::is_pod_terminal(*pod))
    return forget_pod(record, pod->index);
  record.pod = pod;
  if (!pod->node_name.empty()) return take_in_assigned(record, before, pod->index);
  return take_in_pending(record, before, pod->index, now);
}

ClusterEvent Scheduler::forget_pod(PodRecord& record, std::uint32_t index) {
  const std::shared_ptr<const api::Pod> before = record.pod;
  queue_.remove(index);
  cluster_.remove_nomination(index);
  const bool counted = record.slot != kNoSlot;
  if (counted) displace(record, index);
  record = {};
  if (counted) return {kAssignedPodDelete, before, nullptr};
  if (!before || before->status.nominated_node_name.empty()) return {};
  // The room that was kept for it is free for those that had to leave it.
  return {kAssignedPodDelete, before, nullptr, before->spec->priority.value_or(0)};
}

ClusterEvent Scheduler::take_in_assigned(PodRecord& record, const ObjectPtr& before, std::uint32_t index) {
  queue_.remove(index);
  cluster_.remove_nomination(index);
  const bool was_assigned = record.slot != kNoSlot && !record.assumed;
  const std::uint32_t slot = cluster_.slot_of(record.pod->node_name);
  const PodInfoPtr info = infos_.get(*record.pod);
  const bool terminates_now =
      record.pod->metadata.deletion_timestamp && !(before && before->metadata.deletion_timestamp);
  if (record.slot != slot || record.info != info || terminates_now) {
    if (record.slot != kNoSlot) displace(record, index);
    record.info = info;
    place(record, index, cluster_.slot_of(record.pod->node_name));
  }
  record.assumed = false;
  if (!was_assigned) return {kAssignedPodAdd, nullptr, record.pod};
  const bool relabelled = before && before->metadata.labels != record.pod->metadata.labels;
  return {relabelled ? kPodLabel : 0u, before, record.pod};
}

ClusterEvent Scheduler::take_in_pending(PodRecord& record, const ObjectPtr& before, std::uint32_t index,
                                        SimTime now) {
  const api::Pod& pod = *record.pod;
  const auto profile =
      std::ranges::find(config_.profiles, pod.spec->scheduler_name, &Profile::scheduler_name);
  if (profile == config_.profiles.end()) return {};
  record.profile = static_cast<std::uint32_t>(profile - config_.profiles.begin());
  if (record.slot != kNoSlot || (under_way_ && under_way_->queued.pod == index)) return {};  // on its way
  take_in_nomination(record, before, index);
  if (queue_.contains(index)) {
    if (queue_.get(index).gated && is_ready_to_try(pod)) queue_.requeue(index, now, record.cause);
    if (!before || !queue_.is_unschedulable(index)) return {};
    const auto& old = static_cast<const api::Pod&>(*before);
    std::uint32_t kinds = 0;
    if (old.metadata.labels != pod.metadata.labels) kinds |= kPodLabel;
    if (old.spec->tolerations != pod.spec->tolerations) kinds |= kPodToleration;
    // What changes in a pod without a node concerns that pod only.
    const PluginSet refused_by = queue_.get(index).refused_by;
    if (is_worth_requeuing(index, refused_by, {kinds, before, record.pod}) && !waits_for_victims(index))
      queue_.requeue(index, now, record.cause);
    return {};
  }
  if (pod.metadata.deletion_timestamp) return {};
  record.info = infos_.get(pod);
  QueuedPod queued;
  queued.pod = index;
  queued.priority = record.info->priority;
  queued.timestamp = now;
  queued.gated = !is_ready_to_try(pod);
  queued.cause = record.cause;
  queue_.add(std::move(queued));
  return {};
}

// A nomination that the API does not show yet is kept.
void Scheduler::take_in_nomination(const PodRecord& record, const ObjectPtr& before, std::uint32_t index) {
  const Symbol now = record.pod->status.nominated_node_name;
  const bool was_shown = before && !static_cast<const api::Pod&>(*before).status.nominated_node_name.empty();
  if (!now.empty()) {
    cluster_.nominate(now, {record.info ? record.info : infos_.get(*record.pod), index, false});
  } else if (was_shown) {
    cluster_.remove_nomination(index);
  }
}

void Scheduler::place(PodRecord& record, std::uint32_t index, std::uint32_t slot) {
  record.slot = slot;
  cluster_.add_pod(slot, {record.info, index, record.pod->metadata.deletion_timestamp.has_value()});
}

void Scheduler::displace(PodRecord& record, std::uint32_t index) {
  cluster_.remove_pod(record.slot, index);
  record.slot = kNoSlot;
  record.assumed = false;
}

namespace {

// The profile's, or the system's: softly by host and by zone.
void add_constraints(DefaultConstraints& constraints, const PluginConfig& config, SpreadConstraint common) {
  static const Symbol kHostname("kubernetes.io/hostname"), kZone("topology.kubernetes.io/zone");
  static const std::vector<SpreadDefault> kSystem = {{3, kHostname, false}, {5, kZone, false}};
  for (const SpreadDefault& wanted : config.default_constraints ? *config.default_constraints : kSystem) {
    common.topology_key = wanted.topology_key;
    common.max_skew = wanted.max_skew;
    (wanted.hard ? constraints.hard : constraints.soft).push_back(common);
  }
}

}  // namespace

// With the selector of the pod's Services and controller; none where it has neither. Worked out once for all
// pods of a template and an owner.
const DefaultConstraints& Scheduler::default_constraints(const PodRecord& record) {
  const api::OwnerReference* owner = record.pod->metadata.controller_ref();
  const api::Uid uid = owner ? owner->uid : api::Uid();
  const PluginConfig& config = profile_of(record).config;
  if (default_spread_->size() >= kDefaultSelectors) default_spread_->clear();
  const auto [at, is_new] = default_spread_->try_emplace(record.info.get());
  DefaultSpread& known = at->second;
  if (!is_new && known.owner == uid) return known.constraints;
  known = {record.info, uid, {{}, {}, !config.default_constraints}};
  SpreadConstraint constraint;
  constraint.who = {{default_spread_selector(*record.pod, objects_), false}, {record.info->namespace_}, {}};
  if (!constraint.who.pods.selector.empty())
    add_constraints(known.constraints, config, std::move(constraint));
  return known.constraints;
}

api::LabelSelector default_spread_selector(const api::Pod& pod, const cluster::Cache& objects) {
  static const Symbol kReplicaSet("ReplicaSet"), kStatefulSet("StatefulSet");
  using Op = api::LabelSelectorRequirement::Operator;
  api::LabelSelector result;
  const Symbol ns = pod.metadata.namespace_;
  for (const std::uint32_t index : objects.in_namespace(Kind::kService, ns)) {
    const auto service = objects.get<api::Service>(api::ServiceKey{index});
    if (service->selector.empty()) continue;
    if (!api::LabelSelector{service->selector, {}}.matches(*pod.metadata.labels)) continue;
    for (const auto& [key, value] : service->selector) result.match_labels.set(key, value);
  }
  const api::OwnerReference* owner = pod.metadata.controller_ref();
  const api::LabelSelector* selector = nullptr;
  if (owner && owner->kind == kReplicaSet) {
    if (const auto set = objects.find<api::ReplicaSet>(ns, owner->name)) selector = &set->selector;
  } else if (owner && owner->kind == kStatefulSet) {
    if (const auto set = objects.find<api::StatefulSet>(ns, owner->name)) selector = &set->selector;
  }
  if (!selector) return result;
  for (const auto& [key, value] : selector->match_labels) {
    if (const Symbol* known = result.match_labels.find(key); known && *known != value) {
      result.match_expressions.push_back({key, Op::kIn, {value}});
    } else {
      result.match_labels.set(key, value);
    }
  }
  const auto& expressions = selector->match_expressions;
  result.match_expressions.insert(result.match_expressions.end(), expressions.begin(), expressions.end());
  return result;
}

}  // namespace seatrial::scheduler
