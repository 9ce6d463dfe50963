// autoscaling/v2: HorizontalPodAutoscaler. Source: k8s.io/api/autoscaling/v2/types.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

struct CrossVersionObjectReference {
  Symbol api_version, kind, name;
  bool operator==(const CrossVersionObjectReference&) const = default;
};

struct MetricIdentifier {
  Symbol name;
  std::optional<LabelSelector> selector;
  bool operator==(const MetricIdentifier&) const = default;
};

// What a metric should be, or is: then without a type.
enum class MetricTargetType : std::uint8_t { kUnset, kUtilization, kValue, kAverageValue };
struct MetricValue {
  MetricTargetType type = MetricTargetType::kUnset;
  std::optional<Quantity> value, average_value;
  std::optional<std::int32_t> average_utilization;  // in percent of the request
  bool operator==(const MetricValue&) const = default;
};

enum class MetricSourceType : std::uint8_t {
  kUnset,
  kObject,
  kPods,
  kResource,
  kContainerResource,
  kExternal
};

// Where a metric comes from. Each type uses some of the members: Object described_object and metric, Pods and
// External metric, Resource name, ContainerResource name and container.
struct MetricSource {
  CrossVersionObjectReference described_object;
  MetricIdentifier metric;
  Symbol name, container;
  MetricValue target;   // in a spec
  MetricValue current;  // in a status
  bool operator==(const MetricSource&) const = default;
};

// A MetricSpec or MetricStatus: the member that its type names is set.
struct Metric {
  MetricSourceType type = MetricSourceType::kUnset;
  std::optional<MetricSource> object, pods, resource, container_resource, external;
  const MetricSource* source() const;  // null: it is not set
  bool operator==(const Metric&) const = default;
};

enum class ScalingPolicySelect : std::uint8_t { kUnset, kMax, kMin, kDisabled };
enum class HpaScalingPolicyType : std::uint8_t { kUnset, kPods, kPercent };
struct HpaScalingPolicy {
  HpaScalingPolicyType type = HpaScalingPolicyType::kUnset;
  std::int32_t value = 0, period_seconds = 0;
  bool operator==(const HpaScalingPolicy&) const = default;
};
struct HpaScalingRules {
  std::optional<std::int32_t> stabilization_window_seconds;
  ScalingPolicySelect select_policy = ScalingPolicySelect::kUnset;  // defaulting sets Max
  std::optional<std::vector<HpaScalingPolicy>> policies;            // defaulting sets them
  std::optional<Quantity> tolerance;                                // none: the controller's
  bool operator==(const HpaScalingRules&) const = default;
};
struct HpaBehavior {
  std::optional<HpaScalingRules> scale_up, scale_down;  // defaulting sets both
  bool operator==(const HpaBehavior&) const = default;
};

struct HorizontalPodAutoscaler : Object {
  static constexpr Kind kKind = Kind::kHorizontalPodAutoscaler;
  HorizontalPodAutoscaler() : Object(kKind) {}

  CrossVersionObjectReference scale_target_ref;
  std::optional<std::int32_t> min_replicas;  // defaulting sets 1
  std::int32_t max_replicas = 0;
  std::vector<Metric> metrics;  // defaulting sets cpu at 80 % of the request
  std::optional<HpaBehavior> behavior;

  struct Status {
    std::optional<std::int64_t> observed_generation;
    std::optional<SimTime> last_scale_time;
    std::int32_t current_replicas = 0, desired_replicas = 0;
    std::vector<Metric> current_metrics;  // of each metric; one that could not be had has no type
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;
};

}  // namespace seatrial::api
