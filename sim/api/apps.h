// apps/v1: Deployment and ReplicaSet. Source: k8s.io/api/apps/v1/types.go.
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

}  // namespace seatrial::api
