// pods/eviction: a deletion that PodDisruptionBudgets may refuse.
//
// The server takes the disruption off the budget itself and notes the pod there, so that a burst of evictions
// is cut exactly at the budget before the disruption controller has seen any of it. Source:
// pkg/registry/core/pod/storage/eviction.go; reference, part B, §2; observed.md 29, 30.
#include <fmt/format.h>

#include <algorithm>

#include "sim/api/kinds.h"
#include "sim/api/policy.h"
#include "sim/cluster/admission/plugins.h"
#include "sim/cluster/api_server.h"

namespace seatrial::cluster {

using api::Kind;
using api::PodDisruptionBudget;

namespace {

constexpr std::size_t kMostDisruptedPods = 2000;

ApiError too_many_requests(std::string cause, std::int32_t retry_after) {
  return {429,
          "TooManyRequests",
          "Cannot evict pod as it would violate the pod's disruption budget.",
          {std::move(cause)},
          retry_after};
}

// Nothing is disrupted that has ended, has not begun or is being deleted.
bool needs_no_budget(const api::Pod& pod) {
  return is_pod_terminal(pod) || pod.status.phase == api::PodPhase::kPending ||
         pod.metadata.deletion_timestamp;
}

// An unready pod may go without being counted.
bool may_go_unready(const PodDisruptionBudget& budget, const api::Pod& pod) {
  if (is_pod_ready(pod)) return false;
  if (budget.unhealthy_pods == PodDisruptionBudget::UnhealthyPods::kAlwaysAllow) return true;
  return budget.status.current_healthy >= budget.status.desired_healthy && budget.status.desired_healthy > 0;
}

// Numbers of a sync that failed say nothing.
std::string why_none_allowed(const std::string& name, const PodDisruptionBudget::Status& status) {
  const api::Condition* const allowed = find_condition(status.conditions, "DisruptionAllowed");
  const bool told = allowed && allowed->status == api::ConditionStatus::kFalse && !allowed->message.empty();
  if (told && allowed->reason == api::Symbol("SyncFailed"))
    return fmt::format(
        "The disruption budget {} does not allow evicting pods currently because it failed sync: {}", name,
        allowed->message);
  if (status.current_healthy <= status.desired_healthy)
    return fmt::format("The disruption budget {} needs {} healthy pods and has {} currently", name,
                       status.desired_healthy, status.current_healthy);
  return fmt::format("The disruption budget {} does not allow evicting pods currently", name) +
         (told ? fmt::format(" ({}): {}", allowed->reason.str(), allowed->message) : "");
}

// checkAndDecrement, without the decrement.
std::optional<ApiError> refusal_by(const PodDisruptionBudget& budget) {
  const PodDisruptionBudget::Status& status = budget.status;
  const std::string& name = budget.metadata.name.str();
  if (status.observed_generation < budget.metadata.generation)
    return too_many_requests(
        fmt::format("The disruption budget {} is still being processed by the server.", name), 10);
  if (status.disruptions_allowed < 0 || status.disrupted_pods.size() > kMostDisruptedPods) {
    const char* const why = status.disruptions_allowed < 0
                                ? "pdb disruptions allowed is negative"
                                : "DisruptedPods map too big - too many evictions not "
                                  "confirmed by PDB controller";
    return ApiError{403,
                    "Forbidden",
                    fmt::format("poddisruptionbudgets.policy \"{}\" is forbidden: {}", name, why),
                    {},
                    0};
  }
  if (status.disruptions_allowed > 0) return std::nullopt;
  return too_many_requests(why_none_allowed(name, status), 0);
}

}  // namespace

// Charges the pod's budget; the refusal, if there is one.
std::optional<ApiError> ApiServer::charge_budget(Kernel& kernel, const api::Pod& pod,
                                                 const ApiRequest& request) {
  std::shared_ptr<const PodDisruptionBudget> budget;
  for (const api::ObjectPtr& object : store_.list(Kind::kPodDisruptionBudget, pod.metadata.namespace_)) {
    const auto candidate = api::as<PodDisruptionBudget>(object);
    if (!candidate->selects(*pod.metadata.labels)) continue;
    if (budget)
      return ApiError{
          500,
          {},
          "This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
          "support.",
          {},
          0};
    budget = candidate;
  }
  if (!budget || may_go_unready(*budget, pod)) return std::nullopt;
  if (auto refused = refusal_by(*budget)) return refused;
  auto charged = api::clone(*budget);
  --charged->status.disruptions_allowed;
  charged->status.disrupted_pods[pod.metadata.name] = kernel.now().whole_second();
  if (charged->status.disruptions_allowed == 0) {
    for (api::Condition& condition : charged->status.conditions) {
      if (condition.type != api::Symbol("DisruptionAllowed")) continue;
      condition = {condition.type,
                   api::ConditionStatus::kFalse,
                   "InsufficientPods",
                   {},
                   {},
                   kernel.now().whole_second(),
                   {}};
    }
  }
  ApiRequest of_budget;
  of_budget.cause = request.cause;
  const ApiResult stored = store_update(kernel, charged, RecordType::kStatusUpdated, of_budget);
  return stored ? std::nullopt : std::optional(stored.error());
}

ApiResult ApiServer::evict(Kernel& kernel, const ApiRequest& request) {
  const ApiResult found = target(request);
  if (!found) return found;
  const auto pod = api::as<api::Pod>(*found);
  // An eviction is created, so it is refused where nothing may be created any more.
  const auto draft = api::clone(*pod);
  AdmissionRequest creation{Verb::kCreate, kernel.now(), *draft};
  if (auto refused = check_namespace(store_, admission_, creation)) return std::unexpected(*refused);
  if (!needs_no_budget(*pod)) {
    if (auto refused = charge_budget(kernel, *pod, request)) return std::unexpected(*refused);
  }
  ApiRequest mark;
  mark.verb = Verb::kPatchConditions;
  mark.ref = pod->ref();
  mark.cause = request.cause;
  mark.conditions = {{"DisruptionTarget",
                      api::ConditionStatus::kTrue,
                      "EvictionByEvictionAPI",
                      "Eviction API: evicting",
                      {},
                      kernel.now().whole_second(),
                      {}}};
  if (const ApiResult marked = patch_conditions(kernel, mark); !marked) return marked;
  ApiRequest deletion = request;
  deletion.verb = Verb::kDelete;
  return remove(kernel, deletion);
}

}  // namespace seatrial::cluster
