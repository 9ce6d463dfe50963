// The disruption controller: keeps the status of PodDisruptionBudgets, on which the eviction API decides.
//
// A budget is looked at again when it or a pod that it selects changes; a change of its pods' scale alone
// wakes nobody. A pod that several budgets select wakes the first of them only. Source:
// pkg/controller/disruption/disruption.go; reference, part B, §2, observed.md 29, 30.

#include <fmt/format.h>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"
#include "sim/api/selector_text.h"
#include "sim/controllers/controllers.h"
#include "sim/controllers/disruption_math.h"

namespace seatrial::controllers {

using api::Kind;
using api::Pod;
using api::PodDisruptionBudget;

namespace {

using BudgetPtr = std::shared_ptr<const PodDisruptionBudget>;

// How long an eviction that was granted counts although its pod is still there.
constexpr Duration kDeletionTimeout = Duration::seconds(120);
// A pod's budgets come in the order in which Go walks a small map: from one of its eight slots on.
constexpr std::uint64_t kSlotsOfMap = 8;

std::vector<BudgetPtr> budgets_of(const Cache& cache, const Pod& pod) {
  std::vector<BudgetPtr> budgets;
  for (const std::uint32_t index : cache.in_namespace(Kind::kPodDisruptionBudget, pod.metadata.namespace_)) {
    auto budget = cache.get<PodDisruptionBudget>({index});
    if (budget->selects(*pod.metadata.labels)) budgets.push_back(std::move(budget));
  }
  return budgets;
}

// ---- Reading ----

// A controller and how many pods it wants.
struct Scale {
  api::Uid controller;
  std::int32_t replicas = 0;
};

// Of the controllers that have a scale; or why it is not known.
std::expected<Scale, std::string> scale_behind(const Cache& cache, const Pod& pod) {
  const auto set = cache.get<api::ReplicaSet>({controller_in(cache, pod, Kind::kReplicaSet).index});
  if (set) {
    const auto deployment = cache.get<api::Deployment>({controller_in(cache, *set, Kind::kDeployment).index});
    if (deployment) return Scale{deployment->metadata.uid, deployment->replicas};
    return Scale{set->metadata.uid, set->replicas};
  }
  const auto stateful = cache.get<api::StatefulSet>({controller_in(cache, pod, Kind::kStatefulSet).index});
  if (stateful) return Scale{stateful->metadata.uid, stateful->replicas};
  for (const Kind kind : {Kind::kJob, Kind::kDaemonSet}) {
    if (controller_in(cache, pod, kind).valid())
      return std::unexpected(api::info(kind).qualified_resource() +
                             " does not implement the scale subresource");
  }
  return std::unexpected(fmt::format("found no controllers for pod \"{}\"", pod.metadata.name.str()));
}

// What a sync knows of the pods that the budget selects.
struct Observed {
  std::int32_t pods = 0, healthy = 0, scale = 0;
  std::string error;  // why the scale is not known
  bool bare = false;  // there are pods without a controller
  std::map<api::Symbol, SimTime> disrupted;
  std::vector<std::shared_ptr<const Pod>> not_deleted;  // although their eviction was granted long ago
  std::optional<SimTime> recheck;
};

void observe_disruption(const PodDisruptionBudget& budget, const std::shared_ptr<const Pod>& pod, SimTime now,
                        Observed& seen) {
  if (pod->metadata.deletion_timestamp) return;
  const auto granted = budget.status.disrupted_pods.find(pod->metadata.name);
  if (granted != budget.status.disrupted_pods.end()) {
    const SimTime until = granted->second + kDeletionTimeout;
    if (until >= now) {
      seen.disrupted.insert(*granted);
      seen.recheck = std::min(seen.recheck.value_or(until), until);
      return;
    }
    seen.not_deleted.push_back(pod);
  }
  seen.healthy += is_pod_ready(*pod);
}

Observed observe(const Cache& cache, const PodDisruptionBudget& budget, SimTime now) {
  Observed seen;
  std::set<api::Uid> counted;
  for (const std::uint32_t index : cache.in_namespace(Kind::kPod, budget.metadata.namespace_)) {
    const auto pod = cache.get<Pod>({index});
    if (!budget.selects(*pod->metadata.labels)) continue;
    ++seen.pods;
    observe_disruption(budget, pod, now, seen);
    if (!counts_scale(budget) || !seen.error.empty()) continue;
    if (!pod->metadata.controller_ref()) {
      seen.bare = true;
      continue;
    }
    const auto scale = scale_behind(cache, *pod);
    if (!scale)
      seen.error = scale.error();
    else if (counted.insert(scale->controller).second)
      seen.scale += scale->replicas;
  }
  return seen;
}

// ---- Status ----

void set_disruption_allowed(PodDisruptionBudget::Status& status, bool allowed, const char* reason,
                            std::string message, SimTime now) {
  const auto value = allowed ? api::ConditionStatus::kTrue : api::ConditionStatus::kFalse;
  const auto at =
      std::ranges::find(status.conditions, api::Symbol("DisruptionAllowed"), &api::Condition::type);
  const bool known = at != status.conditions.end();
  const SimTime since = known && at->status == value ? at->last_transition_time : now.whole_second();
  api::Condition condition{"DisruptionAllowed", value, reason, std::move(message), {}, since, {}};
  if (known)
    *at = std::move(condition);
  else
    status.conditions.push_back(std::move(condition));
}

SyncResult write_status(Sync& sync, const PodDisruptionBudget& budget, PodDisruptionBudget::Status status,
                        Duration again = {}) {
  if (status == budget.status) return SyncResult::done(again);
  const auto written = write<PodDisruptionBudget>(sync, [&] {
    PodDisruptionBudget next = budget;
    next.status = std::move(status);
    return request(Verb::kUpdateStatus, next);
  });
  return written ? SyncResult::done(again) : written.error();
}

// What cannot be worked out allows nothing, until something changes: it is not tried again.
SyncResult fail_safe(Sync& sync, const BudgetPtr& budget, const std::string& error) {
  sync.event({budget,
              true,
              "CalculateExpectedPodCountFailed",
              "Failed to calculate the number of expected pods: " + error,
              {}});
  PodDisruptionBudget::Status status = budget->status;
  status.disruptions_allowed = 0;
  set_disruption_allowed(status, false, "SyncFailed", error, sync.started());
  return write_status(sync, *budget, std::move(status));
}

}  // namespace

void disruption_changed(const Change& change, Enqueue& enqueue) {
  if (change.object->kind == Kind::kPodDisruptionBudget) return enqueue.add(change.object->ref());
  if (change.object->kind != Kind::kPod) return;
  const auto budgets = budgets_of(change.cache, static_cast<const Pod&>(*change.object));
  if (budgets.empty()) return;
  std::size_t chosen = 0;
  if (budgets.size() > 1) {
    chosen = enqueue.random().below(kSlotsOfMap);
    if (chosen >= budgets.size()) chosen = 0;
    const auto pod = change.cache.get(change.object->ref());  // null once it is gone
    enqueue.event(
        {pod,
         true,
         "MultiplePodDisruptionBudgets",
         fmt::format("Pod \"{}\"/\"{}\" matches multiple PodDisruptionBudgets.  Chose \"{}\" arbitrarily.",
                     change.object->metadata.namespace_.str(), change.object->metadata.name.str(),
                     budgets[chosen]->metadata.name.str()),
         {}});
  }
  enqueue.add(budgets[chosen]->ref());
}

SyncResult sync_disruption(Sync& sync) {
  const auto& budget = sync.pin([&] { return api::as<PodDisruptionBudget>(sync.cache().get(sync.key())); });
  if (!budget) return SyncResult::done();
  const SimTime now = sync.started();
  const auto& seen = sync.pin([&] { return observe(sync.cache(), *budget, now); });
  if (seen.pods == 0) sync.event({budget, false, "NoPods", "No matching pods found", {}});
  const auto target = budget_target(*budget, seen.pods, seen.scale);
  if (!seen.error.empty()) return fail_safe(sync, budget, seen.error);
  if (!target) return fail_safe(sync, budget, target.error());
  if (seen.bare) {
    sync.event(
        {budget,
         true,
         "UnmanagedPods",
         fmt::format("Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. "
                     "As a result, the status of the PDB cannot be calculated correctly, which may result in "
                     "undefined behavior. To account for these pods please set \".spec.minAvailable\" "
                     "field of the PDB to an integer value.",
                     api::go_text(budget->selector)),
         {}});
  }
  for (const auto& pod : seen.not_deleted) {
    sync.event({pod,
                true,
                "NotDeleted",
                fmt::format("Pod was expected by PDB {}/{} to be deleted but it wasn't",
                            budget->metadata.namespace_.str(), budget->metadata.name.str()),
                {}});
  }
  PodDisruptionBudget::Status status = budget->status;
  status.observed_generation = budget->metadata.generation;
  status.disrupted_pods = seen.disrupted;
  status.current_healthy = seen.healthy;
  status.desired_healthy = target->desired;
  status.expected_pods = target->expected;
  status.disruptions_allowed = disruptions_allowed(*target, seen.healthy);
  const bool allowed = status.disruptions_allowed > 0;
  set_disruption_allowed(status, allowed, allowed ? "SufficientPods" : "InsufficientPods", {}, now);
  const Duration again = seen.recheck ? *seen.recheck - now + Duration::seconds(1) : Duration();
  return write_status(sync, *budget, std::move(status), again);
}

}  // namespace seatrial::controllers
