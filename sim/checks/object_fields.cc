#include "sim/checks/object_fields.h"

#include <array>

#include "sim/api/apps.h"
#include "sim/api/autoscaling.h"
#include "sim/api/batch.h"
#include "sim/api/core.h"

namespace seatrial::checks {
namespace {

using api::Kind;

template <auto kMember>
std::int64_t of_deployment(const api::Object& object) {
  return static_cast<const api::Deployment&>(object).status.*kMember;
}
template <auto kMember>
std::int64_t of_replica_set(const api::Object& object) {
  return static_cast<const api::ReplicaSet&>(object).status.*kMember;
}
template <auto kMember>
std::int64_t of_stateful_set(const api::Object& object) {
  return static_cast<const api::StatefulSet&>(object).status.*kMember;
}
template <auto kMember>
std::int64_t of_daemon_set(const api::Object& object) {
  return static_cast<const api::DaemonSet&>(object).status.*kMember;
}
template <auto kMember>
std::int64_t of_job(const api::Object& object) {
  return static_cast<const api::Job&>(object).status.*kMember;
}
std::int64_t active_jobs(const api::Object& object) {
  return static_cast<std::int64_t>(static_cast<const api::CronJob&>(object).status.active.size());
}
template <auto kMember>
std::int64_t of_autoscaler(const api::Object& object) {
  return static_cast<const api::HorizontalPodAutoscaler&>(object).status.*kMember;
}
std::int64_t pod_restarts(const api::Object& object) {
  std::int64_t sum = 0;
  for (const api::ContainerStatus& status : static_cast<const api::Pod&>(object).status.container_statuses)
    sum += status.restart_count;
  return sum;
}

using D = api::Deployment::Status;
using R = api::ReplicaSet::Status;
using S = api::StatefulSet::Status;
using N = api::DaemonSet::Status;
using J = api::Job::Status;
using H = api::HorizontalPodAutoscaler::Status;
constexpr auto kFields = std::to_array<FieldInfo>({
    {Kind::kDeployment, "replicas", of_deployment<&D::replicas>},
    {Kind::kDeployment, "updatedReplicas", of_deployment<&D::updated_replicas>},
    {Kind::kDeployment, "readyReplicas", of_deployment<&D::ready_replicas>},
    {Kind::kDeployment, "availableReplicas", of_deployment<&D::available_replicas>},
    {Kind::kDeployment, "unavailableReplicas", of_deployment<&D::unavailable_replicas>},
    {Kind::kReplicaSet, "replicas", of_replica_set<&R::replicas>},
    {Kind::kReplicaSet, "readyReplicas", of_replica_set<&R::ready_replicas>},
    {Kind::kReplicaSet, "availableReplicas", of_replica_set<&R::available_replicas>},
    {Kind::kStatefulSet, "replicas", of_stateful_set<&S::replicas>},
    {Kind::kStatefulSet, "readyReplicas", of_stateful_set<&S::ready_replicas>},
    {Kind::kStatefulSet, "availableReplicas", of_stateful_set<&S::available_replicas>},
    {Kind::kStatefulSet, "updatedReplicas", of_stateful_set<&S::updated_replicas>},
    {Kind::kDaemonSet, "desiredNumberScheduled", of_daemon_set<&N::desired_number_scheduled>},
    {Kind::kDaemonSet, "currentNumberScheduled", of_daemon_set<&N::current_number_scheduled>},
    {Kind::kDaemonSet, "updatedNumberScheduled", of_daemon_set<&N::updated_number_scheduled>},
    {Kind::kDaemonSet, "numberReady", of_daemon_set<&N::number_ready>},
    {Kind::kDaemonSet, "numberAvailable", of_daemon_set<&N::number_available>},
    {Kind::kDaemonSet, "numberUnavailable", of_daemon_set<&N::number_unavailable>},
    {Kind::kJob, "active", of_job<&J::active>},
    {Kind::kJob, "succeeded", of_job<&J::succeeded>},
    {Kind::kJob, "failed", of_job<&J::failed>},
    {Kind::kCronJob, "active", active_jobs},
    {Kind::kHorizontalPodAutoscaler, "currentReplicas", of_autoscaler<&H::current_replicas>},
    {Kind::kHorizontalPodAutoscaler, "desiredReplicas", of_autoscaler<&H::desired_replicas>},
    {Kind::kPod, "restartCount", pod_restarts},
});

}  // namespace

std::vector<FieldInfo> fields_of(Kind kind) {
  std::vector<FieldInfo> found;
  for (const FieldInfo& row : kFields) {
    if (row.kind == kind) found.push_back(row);
  }
  return found;
}

std::optional<std::int64_t> field(const api::Object& object, std::string_view key) {
  for (const FieldInfo& row : kFields) {
    if (row.kind == object.kind && row.key == key) return row.get(object);
  }
  return std::nullopt;
}

const std::vector<api::Condition>* conditions_of(const api::Object& object) {
  switch (object.kind) {
    case Kind::kDeployment:
      return &static_cast<const api::Deployment&>(object).status.conditions;
    case Kind::kReplicaSet:
      return &static_cast<const api::ReplicaSet&>(object).status.conditions;
    case Kind::kStatefulSet:
      return &static_cast<const api::StatefulSet&>(object).status.conditions;
    case Kind::kDaemonSet:
      return &static_cast<const api::DaemonSet&>(object).status.conditions;
    case Kind::kJob:
      return &static_cast<const api::Job&>(object).status.conditions;
    case Kind::kHorizontalPodAutoscaler:
      return &static_cast<const api::HorizontalPodAutoscaler&>(object).status.conditions;
    case Kind::kPod:
      return &static_cast<const api::Pod&>(object).status.conditions;
    case Kind::kNode:
      return &static_cast<const api::Node&>(object).conditions;
    case Kind::kNamespace:
      return &static_cast<const api::Namespace&>(object).conditions;
    default:
      return nullptr;
  }
}

}  // namespace seatrial::checks
