// apps/v1: Deployment, ReplicaSet, StatefulSet, DaemonSet, ControllerRevision. Source:
// k8s.io/api/apps/v1/types.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

enum class DeploymentStrategyType : std::uint8_t { kRollingUpdate, kRecreate };

struct Deployment : Object {
  static constexpr Kind kKind = Kind::kDeployment;
  Deployment() : Object(kKind) {}

  std::int32_t replicas = 1;
  LabelSelector selector;
  Shared<PodTemplateSpec> template_;
  DeploymentStrategyType strategy = DeploymentStrategyType::kRollingUpdate;
  std::optional<IntOrString> max_unavailable, max_surge;  // of rollingUpdate; defaulting sets 25%
  std::int32_t min_ready_seconds = 0;
  std::optional<std::int32_t> revision_history_limit,
      progress_deadline_seconds;  // defaulting sets 10 and 600
  bool paused = false;

  struct Status {
    std::int64_t observed_generation = 0;
    std::int32_t replicas = 0, updated_replicas = 0, ready_replicas = 0, available_replicas = 0,
                 unavailable_replicas = 0;
    std::optional<std::int32_t> terminating_replicas, collision_count;
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;
};

struct ReplicaSet : Object {
  static constexpr Kind kKind = Kind::kReplicaSet;
  ReplicaSet() : Object(kKind) {}

  std::int32_t replicas = 1;
  std::int32_t min_ready_seconds = 0;
  LabelSelector selector;
  Shared<PodTemplateSpec> template_;

  struct Status {
    std::int64_t observed_generation = 0;
    std::int32_t replicas = 0, fully_labeled_replicas = 0, ready_replicas = 0, available_replicas = 0;
    std::optional<std::int32_t> terminating_replicas;
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;
};

enum class PodManagementPolicyType : std::uint8_t { kOrderedReady, kParallel };
// Of StatefulSets and DaemonSets.
enum class UpdateStrategyType : std::uint8_t { kRollingUpdate, kOnDelete };
enum class PersistentVolumeClaimRetentionPolicyType : std::uint8_t { kRetain, kDelete };

struct RollingUpdateStatefulSet {
  std::optional<std::int32_t> partition;  // defaulting sets 0
  std::optional<IntOrString> max_unavailable;
  bool operator==(const RollingUpdateStatefulSet&) const = default;
};

// Feature gate of v1.36: beta, and off. The API server leaves maxUnavailable out of what it stores.
inline constexpr bool kMaxUnavailableStatefulSet = false;

struct StatefulSet : Object {
  static constexpr Kind kKind = Kind::kStatefulSet;
  StatefulSet() : Object(kKind) {}

  std::int32_t replicas = 1;
  LabelSelector selector;
  Shared<PodTemplateSpec> template_;
  Symbol service_name;
  PodManagementPolicyType pod_management_policy = PodManagementPolicyType::kOrderedReady;
  std::optional<UpdateStrategyType> update_strategy;  // defaulting sets RollingUpdate
  std::optional<RollingUpdateStatefulSet> rolling_update;
  std::int32_t min_ready_seconds = 0;
  std::optional<std::int32_t> revision_history_limit;  // defaulting sets 10
  std::optional<std::int32_t> ordinals_start;
  Symbol volume_claim_templates;  // JSON; kept for printing
  PersistentVolumeClaimRetentionPolicyType claims_when_deleted{}, claims_when_scaled{};

  struct Status {
    std::int64_t observed_generation = 0;
    std::int32_t replicas = 0, ready_replicas = 0, available_replicas = 0, current_replicas = 0,
                 updated_replicas = 0;
    Symbol current_revision, update_revision;
    std::optional<std::int32_t> collision_count;
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;
};

struct DaemonSet : Object {
  static constexpr Kind kKind = Kind::kDaemonSet;
  DaemonSet() : Object(kKind) {}

  LabelSelector selector;
  Shared<PodTemplateSpec> template_;
  UpdateStrategyType update_strategy = UpdateStrategyType::kRollingUpdate;
  std::optional<IntOrString> max_unavailable, max_surge;  // of rollingUpdate; defaulting sets 1 and 0
  std::int32_t min_ready_seconds = 0;
  std::optional<std::int32_t> revision_history_limit;  // defaulting sets 10

  struct Status {
    std::int64_t observed_generation = 0;
    std::int32_t current_number_scheduled = 0, number_misscheduled = 0, desired_number_scheduled = 0,
                 number_ready = 0, updated_number_scheduled = 0, number_available = 0, number_unavailable = 0;
    std::optional<std::int32_t> collision_count;
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;
};

// A template that a StatefulSet or DaemonSet had; its `data` is {"spec": {"template": …}}.
struct ControllerRevision : Object {
  static constexpr Kind kKind = Kind::kControllerRevision;
  ControllerRevision() : Object(kKind) {}

  Shared<PodTemplateSpec> template_;
  std::int64_t revision = 0;
};

}  // namespace seatrial::api
