#include "sim/report/rollout_status.h"

#include <fmt/format.h>

#include "sim/api/apps.h"
#include "sim/api/kinds.h"

namespace seatrial::report {
namespace {

using Status = std::expected<RolloutStatus, std::string>;

RolloutStatus waiting(std::string text) { return {std::move(text), false}; }
RolloutStatus done(std::string text) { return {std::move(text), true}; }

Status of_deployment(const api::Deployment& d) {
  const std::string& name = d.metadata.name.str();
  const api::Deployment::Status& status = d.status;
  if (d.metadata.generation > status.observed_generation)
    return waiting("Waiting for deployment spec update to be observed...");
  const api::Condition* const progressing = api::find_condition(status.conditions, "Progressing");
  if (progressing && progressing->reason == api::Symbol("ProgressDeadlineExceeded"))
    return std::unexpected(fmt::format("deployment \"{}\" exceeded its progress deadline", name));
  const std::string prefix = fmt::format("Waiting for deployment \"{}\" rollout to finish: ", name);
  if (status.updated_replicas < d.replicas)
    return waiting(fmt::format("{}{} out of {} new replicas have been updated...", prefix,
                               status.updated_replicas, d.replicas));
  if (status.replicas > status.updated_replicas)
    return waiting(fmt::format("{}{} old replicas are pending termination...", prefix,
                               status.replicas - status.updated_replicas));
  if (status.available_replicas < status.updated_replicas)
    return waiting(fmt::format("{}{} of {} updated replicas are available...", prefix,
                               status.available_replicas, status.updated_replicas));
  return done(fmt::format("deployment \"{}\" successfully rolled out", name));
}

constexpr const char* kRollingOnly = "rollout status is only available for RollingUpdate strategy type";

Status of_daemon_set(const api::DaemonSet& set) {
  const api::DaemonSet::Status& status = set.status;
  if (set.update_strategy != api::UpdateStrategyType::kRollingUpdate) return std::unexpected(kRollingOnly);
  if (set.metadata.generation > status.observed_generation)
    return waiting("Waiting for daemon set spec update to be observed...");
  const std::string prefix =
      fmt::format("Waiting for daemon set \"{}\" rollout to finish: ", set.metadata.name.str());
  if (status.updated_number_scheduled < status.desired_number_scheduled)
    return waiting(fmt::format("{}{} out of {} new pods have been updated...", prefix,
                               status.updated_number_scheduled, status.desired_number_scheduled));
  if (status.number_available < status.desired_number_scheduled)
    return waiting(fmt::format("{}{} of {} updated pods are available...", prefix, status.number_available,
                               status.desired_number_scheduled));
  return done(fmt::format("daemon set \"{}\" successfully rolled out", set.metadata.name.str()));
}

Status of_stateful_set(const api::StatefulSet& set) {
  const api::StatefulSet::Status& status = set.status;
  if (set.update_strategy != api::UpdateStrategyType::kRollingUpdate) return std::unexpected(kRollingOnly);
  if (status.observed_generation == 0 || set.metadata.generation > status.observed_generation)
    return waiting("Waiting for statefulset spec update to be observed...");
  if (status.ready_replicas < set.replicas)
    return waiting(fmt::format("Waiting for {} pods to be ready...", set.replicas - status.ready_replicas));
  if (set.rolling_update) {
    const auto partition = set.rolling_update->partition;
    if (partition && status.updated_replicas < set.replicas - *partition)
      return waiting(fmt::format(
          "Waiting for partitioned roll out to finish: {} out of {} new pods have been updated...",
          status.updated_replicas, set.replicas - *partition));
    return done(fmt::format("partitioned roll out complete: {} new pods have been updated...",
                            status.updated_replicas));
  }
  if (status.update_revision != status.current_revision)
    return waiting(fmt::format("waiting for statefulset rolling update to complete {} pods at revision {}...",
                               status.updated_replicas, status.update_revision.str()));
  return done(fmt::format("statefulset rolling update complete {} pods at revision {}...",
                          status.current_replicas, status.current_revision.str()));
}

}  // namespace

std::expected<RolloutStatus, std::string> rollout_status(const api::Object& object) {
  switch (object.kind) {
    case api::Kind::kDeployment:
      return of_deployment(static_cast<const api::Deployment&>(object));
    case api::Kind::kDaemonSet:
      return of_daemon_set(static_cast<const api::DaemonSet&>(object));
    case api::Kind::kStatefulSet:
      return of_stateful_set(static_cast<const api::StatefulSet&>(object));
    default:
      return std::unexpected(
          fmt::format("no status viewer has been implemented for {}", api::kind_name(object)));
  }
}

}  // namespace seatrial::report
