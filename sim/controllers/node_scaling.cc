#include "sim/controllers/node_scaling.h"

#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/policy.h"

namespace seatrial::controllers {

using api::Kind;
using cluster::ApiRequest;
using cluster::Verb;
using PodPtr = std::shared_ptr<const api::Pod>;

namespace {

bool is_unschedulable(const api::Pod& pod) {
  if (!pod.node_name.empty() || pod.metadata.deletion_timestamp || is_pod_terminal(pod)) return false;
  const api::Condition* const scheduled = find_condition(pod.status.conditions, "PodScheduled");
  return scheduled && scheduled->status == api::ConditionStatus::kFalse &&
         scheduled->reason == "Unschedulable";
}

// A pod's changes that could change a decision; its probes' and its containers' are none.
bool matters(const api::Pod& before, const api::Pod& now) {
  return before.node_name != now.node_name || is_unschedulable(before) != is_unschedulable(now) ||
         is_pod_terminal(before) != is_pod_terminal(now) ||
         before.metadata.deletion_timestamp != now.metadata.deletion_timestamp ||
         !(before.metadata.labels == now.metadata.labels);
}
bool matters(const api::Node& before, const api::Node& now) {
  const auto ready = [](const api::Node& node) {
    const api::Condition* const condition = find_condition(node.conditions, "Ready");
    return condition && condition->status == api::ConditionStatus::kTrue;
  };
  return ready(before) != ready(now) || before.taints != now.taints ||
         before.unschedulable != now.unschedulable || before.allocatable != now.allocatable ||
         !(before.metadata.labels == now.metadata.labels) ||
         !(before.metadata.annotations == now.metadata.annotations);
}
bool matters(const api::ObjectPtr& before, const cluster::WatchEvent& change) {
  if (!before || change.type != cluster::ChangeType::kModified) return true;
  if (change.object->kind == Kind::kPod)
    return matters(static_cast<const api::Pod&>(*before), static_cast<const api::Pod&>(*change.object));
  if (change.object->kind == Kind::kNode)
    return matters(static_cast<const api::Node&>(*before), static_cast<const api::Node&>(*change.object));
  return true;
}

}  // namespace

bool is_ready(const api::Node& node) {
  const api::Condition* const ready = find_condition(node.conditions, "Ready");
  return ready && ready->status == api::ConditionStatus::kTrue;
}

scheduler::Resources requests_of(const api::Pod& pod) { return scheduler::pod_requests(*pod.spec).requests; }

std::vector<Kind> ClusterView::kinds() {
  return {Kind::kPod,       Kind::kNode, Kind::kReplicaSet,         Kind::kStatefulSet,
          Kind::kDaemonSet, Kind::kJob,  Kind::kPodDisruptionBudget};
}

void ClusterView::on_watch(const cluster::WatchEvent& change) {
  const api::ObjectPtr before = cache_.apply(change);
  if (matters(before, change)) ++version_;
  if (change.object->kind != Kind::kPod) return;
  const bool waits = change.type != cluster::ChangeType::kDeleted &&
                     is_unschedulable(static_cast<const api::Pod&>(*change.object));
  if (waits)
    pending_.try_emplace(change.object->index, change.cause);
  else
    pending_.erase(change.object->index);
}

std::vector<PodPtr> ClusterView::pending() const {
  std::vector<PodPtr> pods;
  for (const auto& [index, cause] : pending_) pods.push_back(cache_.get<api::Pod>({index}));
  return pods;
}

JournalId ClusterView::cause_of(std::uint32_t pod) const {
  const auto at = pending_.find(pod);
  return at == pending_.end() ? JournalId::kNone : at->second;
}

std::shared_ptr<const api::Node> ClusterView::node(api::Symbol name) const {
  return cache_.find<api::Node>({}, name);
}

std::vector<PodPtr> ClusterView::movable_pods(const scheduler::NodeInfo& node) const {
  std::vector<PodPtr> pods;
  for (const scheduler::PodOnNode& on_node : node.pods) {
    auto pod = cache_.get<api::Pod>({on_node.pod});
    if (pod && !goes_with_node(*pod)) pods.push_back(std::move(pod));
  }
  std::ranges::sort(pods, {}, [](const PodPtr& pod) { return pod->index; });
  return pods;
}

PodOnCandidate ClusterView::candidate_of(const api::Pod& pod) const {
  PodOnCandidate candidate{pod};
  if (const api::OwnerReference* const owner = pod.metadata.controller_ref()) {
    const api::KindInfo* const kind = api::find_kind(owner->api_version.view(), owner->kind.view());
    const api::ObjectPtr found =
        kind ? cache_.find(kind->kind, pod.metadata.namespace_, owner->name) : nullptr;
    candidate.controlled = found && found->metadata.uid == owner->uid;
  }
  for (const std::uint32_t index : cache_.in_namespace(Kind::kPodDisruptionBudget, pod.metadata.namespace_)) {
    const auto budget = cache_.get<api::PodDisruptionBudget>({index});
    if (!budget->selects(*pod.metadata.labels)) continue;
    candidate.has_budget = true;
    candidate.budget_allows &= budget->status.disruptions_allowed > 0;
  }
  return candidate;
}

std::string ClusterView::blocking_reason_of(const std::vector<PodPtr>& pods) const {
  for (const PodPtr& pod : pods) {
    if (std::string reason = blocking_reason(candidate_of(*pod)); !reason.empty()) return reason;
  }
  return {};
}

bool place_elsewhere(scheduler::WhatIf& what_if, std::span<const std::uint32_t> slots,
                     const std::vector<PodPtr>& pods) {
  std::vector<std::uint32_t> placed;
  for (const PodPtr& pod : pods) {
    if (pod->metadata.deletion_timestamp) continue;
    const std::uint32_t slot = what_if.first_fit(*pod, slots);
    if (slot == scheduler::kNoSlot) {
      for (const std::uint32_t index : placed) what_if.displace(index);
      return false;
    }
    what_if.place(*pod, slot);
    placed.push_back(pod->index);
  }
  return true;
}

// ---- Taking nodes away ----

std::size_t NodeRemovals::count(bool empty) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(removals_, [&](const auto& entry) { return entry.second.empty == empty; }));
}

void NodeRemovals::begin(Kernel& kernel, cluster::ApiServer& api, const ClusterView& view, api::Symbol node,
                         bool empty, JournalId cause) {
  const auto [at, is_new] = removals_.try_emplace(node);
  if (!is_new) return;
  at->second.empty = empty;
  at->second.begun = kernel.now();
  at->second.cause = cause;
  set_taint(kernel, api, view, node, true, cause);
  schedule_tick(kernel);
}

void NodeRemovals::schedule_tick(Kernel& kernel) {
  if (std::exchange(ticking_, true)) return;
  Event event;
  event.component = component_;
  event.type = tick_event_;
  kernel.after(config_.poll, event);
}

void NodeRemovals::set_taint(Kernel& kernel, cluster::ApiServer& api, const ClusterView& view,
                             api::Symbol name, bool on, JournalId cause) {
  const auto node = view.node(name);
  if (!node) return;
  auto next = api::clone(*node);
  std::erase_if(next->taints, [&](const api::Taint& t) { return t.key == config_.taint.key; });
  if (on) next->taints.push_back(config_.taint);
  next->metadata.resource_version = 0;
  ApiRequest request;
  request.verb = Verb::kUpdate;
  request.object = std::move(next);
  request.cause = cause;
  api.submit(kernel, client_, std::move(request), {component_, answer_event_, 0xffffffff, 0});
}

// False once no pod is left that must go.
bool NodeRemovals::evict_rest(Kernel& kernel, cluster::ApiServer& api, const ClusterView& view,
                              api::Symbol name, Removal& removal) {
  bool left = false;
  for (const api::ObjectPtr& object : view.cache().all(Kind::kPod)) {
    if (!object) continue;
    const auto& pod = static_cast<const api::Pod&>(*object);
    if (pod.node_name != name || goes_with_node(pod)) continue;
    left = true;
    if (pod.metadata.deletion_timestamp) continue;
    Retry& retry = removal.evictions[pod.index];
    if (retry.under_way || kernel.now() < retry.at) continue;
    retry.under_way = true;
    ApiRequest request;
    request.verb = Verb::kEvict;
    request.ref = pod.ref();
    request.cause = removal.cause;
    api.submit(kernel, client_, std::move(request), {component_, answer_event_, pod.index, 0});
  }
  return left;
}

void NodeRemovals::answered(Kernel& kernel, cluster::ApiServer& api, const Event& event) {
  const cluster::ApiResult result = api.take_reply({static_cast<std::uint32_t>(event.payload)});
  for (auto& [name, removal] : removals_) {
    const auto at = removal.evictions.find(event.subject);
    if (at == removal.evictions.end()) continue;
    Retry& retry = at->second;
    retry.under_way = false;
    if (result) continue;  // the watch will show it deleted
    retry.wait =
        retry.wait == Duration() ? config_.retry_first : std::min(retry.wait * 2, config_.retry_most);
    retry.at = kernel.now() + retry.wait;
  }
}

std::vector<api::Symbol> NodeRemovals::tick(Kernel& kernel, cluster::ApiServer& api, cloud::Ec2& ec2,
                                            const ClusterView& view) {
  ticking_ = false;
  std::vector<api::Symbol> given_up;
  for (auto& [name, removal] : removals_) {
    if (removal.terminating) continue;
    if (!evict_rest(kernel, api, view, name, removal)) {
      removal.terminating = true;
      if (const auto instance = ec2.of_node(name)) ec2.terminate(kernel, *instance, removal.cause);
      continue;
    }
    const bool refused = std::ranges::any_of(removal.evictions, [&](const auto& entry) {
      const auto pod = view.cache().get<api::Pod>({entry.first});
      return pod && !pod->metadata.deletion_timestamp;
    });
    if (config_.evict_for && refused && kernel.now() - removal.begun >= *config_.evict_for)
      given_up.push_back(name);
  }
  for (const api::Symbol name : given_up) {
    set_taint(kernel, api, view, name, false, removals_.at(name).cause);
    removals_.erase(name);
  }
  const bool more =
      std::ranges::any_of(removals_, [](const auto& entry) { return !entry.second.terminating; });
  if (more) schedule_tick(kernel);
  return given_up;
}

}  // namespace seatrial::controllers
