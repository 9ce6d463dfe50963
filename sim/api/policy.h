// policy/v1: PodDisruptionBudget. Source: k8s.io/api/policy/v1/types.go.
#pragma once

#include <map>

#include "sim/api/int_or_string.h"
#include "sim/api/meta.h"

namespace seatrial::api {

struct PodDisruptionBudget : Object {
  static constexpr Kind kKind = Kind::kPodDisruptionBudget;
  PodDisruptionBudget() : Object(kKind) {}

  std::optional<IntOrString> min_available, max_unavailable;  // one of them
  std::optional<LabelSelector> selector;                      // none: no pods; empty: all of the namespace
  enum class UnhealthyPods : std::uint8_t { kUnset, kIfHealthyBudget, kAlwaysAllow } unhealthy_pods{};

  struct Status {
    std::int64_t observed_generation = 0;
    // Pods whose eviction the API server has granted and whose deletion the controller has not yet seen, by
    // name.
    std::map<Symbol, SimTime> disrupted_pods;
    std::int32_t disruptions_allowed = 0, current_healthy = 0, desired_healthy = 0, expected_pods = 0;
    std::vector<Condition> conditions;
    bool operator==(const Status&) const = default;
  } status;

  bool selects(const LabelMap& labels) const { return selector && selector->matches(labels); }
};

}  // namespace seatrial::api
