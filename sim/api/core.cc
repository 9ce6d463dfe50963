#include "sim/api/core.h"

#include <algorithm>

#include <tuple>

namespace seatrial::api {
namespace {

auto compared(const Container& c) {
  return std::tie(c.name, c.image, c.command, c.args, c.ports, c.env, c.env_from_secrets,
                  c.env_from_config_maps, c.resources, c.liveness_probe, c.readiness_probe, c.startup_probe,
                  c.lifecycle, c.image_pull_policy, c.restart_policy);
}

auto compared(const PodSpec& s) {
  return std::tie(s.init_containers, s.containers, s.restart_policy, s.termination_grace_period_seconds,
                  s.active_deadline_seconds, s.service_account_name, s.scheduler_name, s.priority_class_name,
                  s.preemption_policy, s.hostname, s.subdomain, s.runtime_class_name, s.priority,
                  s.node_selector, s.affinity, s.tolerations, s.topology_spread_constraints,
                  s.readiness_gates, s.scheduling_gates, s.image_pull_secrets, s.volume_secrets,
                  s.volume_config_maps, s.volume_claims, s.overhead, s.resources, s.host_network,
                  s.automount_service_account_token, s.node_name, s.other);
}

}  // namespace

bool Container::operator==(const Container& o) const { return compared(*this) == compared(o); }
bool PodSpec::operator==(const PodSpec& o) const { return compared(*this) == compared(o); }

std::string_view to_string(PodPhase phase) {
  switch (phase) {
    case PodPhase::kPending:
      return "Pending";
    case PodPhase::kRunning:
      return "Running";
    case PodPhase::kSucceeded:
      return "Succeeded";
    case PodPhase::kFailed:
      return "Failed";
    case PodPhase::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

bool is_pod_ready(const Pod& pod) {
  static const Symbol ready("Ready");
  const Condition* const condition = find_condition(pod.status.conditions, ready);
  return condition && condition->status == ConditionStatus::kTrue;
}

bool is_pod_terminal(const Pod& pod) {
  return pod.status.phase == PodPhase::kSucceeded || pod.status.phase == PodPhase::kFailed;
}

bool is_pod_active(const Pod& pod) { return !is_pod_terminal(pod) && !pod.metadata.deletion_timestamp; }

bool selects(const Service& service, const LabelMap& labels) {
  return std::ranges::all_of(service.selector, [&](const LabelMap::Entry& wanted) {
    const Symbol* value = labels.find(wanted.first);
    return value && *value == wanted.second;
  });
}

}  // namespace seatrial::api
