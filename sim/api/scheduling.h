// scheduling.k8s.io/v1: PriorityClass. Source: k8s.io/api/scheduling/v1/types.go,
// pkg/apis/scheduling/types.go.
#pragma once

#include <array>
#include <utility>

#include "sim/api/meta.h"

namespace seatrial::api {

struct PriorityClass : Object {
  static constexpr Kind kKind = Kind::kPriorityClass;
  PriorityClass() : Object(kKind) {}

  std::int32_t value = 0;
  bool global_default = false;
  std::string description;
  Symbol preemption_policy;  // PreemptLowerPriority, Never
};

inline constexpr std::int32_t kHighestUserDefinablePriority = 1'000'000'000;

// The two classes that every cluster has.
struct SystemPriorityClass {
  std::string_view name;
  std::int32_t value;
};
inline constexpr std::array<SystemPriorityClass, 2> kSystemPriorityClasses{
    {{"system-cluster-critical", 2'000'000'000}, {"system-node-critical", 2'000'001'000}}};

}  // namespace seatrial::api
