// Which priority a pod gets: that of its PriorityClass, else that of the global default, else 0.
// Source: plugin/pkg/admission/priority/admission.go.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "sim/api/core.h"
#include "sim/api/scheduling.h"
#include "sim/cluster/store.h"

namespace seatrial::cluster {

struct PodPriority {
  api::Symbol class_name;  // empty: there is no default class
  std::int32_t priority = 0;
  api::Symbol preemption_policy;
  bool operator==(const PodPriority&) const = default;
};
// An error is why the pod is forbidden: its class does not exist, or it says otherwise itself.
std::expected<PodPriority, std::string> resolve_priority(const Store& store, const api::PodSpec& spec);

// Why the class may not be stored, if so: another one is the default already. `old`: null at creation.
std::optional<std::string> second_default_class(const Store& store, const api::PriorityClass& wanted,
                                                const api::Object* old);

}  // namespace seatrial::cluster
