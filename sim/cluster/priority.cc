#include "sim/cluster/priority.h"

#include <fmt/format.h>

#include <algorithm>

namespace seatrial::cluster {

using api::PriorityClass;
using api::Symbol;

namespace {

PodPriority of_class(const PriorityClass& found) {
  return {found.metadata.name, found.value, found.preemption_policy};
}

std::optional<PodPriority> named_class(const Store& store, Symbol name) {
  const auto system =
      std::ranges::find(api::kSystemPriorityClasses, name.view(), &api::SystemPriorityClass::name);
  if (system != api::kSystemPriorityClasses.end())
    return PodPriority{name, system->value, "PreemptLowerPriority"};
  const auto* const found = store.find<PriorityClass>({}, name);
  return found ? std::optional(of_class(*found)) : std::nullopt;
}

// Of several (they were stored at once) the one of the lowest value.
const PriorityClass* default_priority_class(const Store& store) {
  const PriorityClass* lowest = nullptr;
  for (const api::ObjectPtr& object : store.all(api::Kind::kPriorityClass)) {
    if (!object) continue;
    const auto& found = static_cast<const PriorityClass&>(*object);
    if (found.global_default && (!lowest || found.value < lowest->value)) lowest = &found;
  }
  return lowest;
}

}  // namespace

std::expected<PodPriority, std::string> resolve_priority(const Store& store, const api::PodSpec& spec) {
  PodPriority result{{}, 0, "PreemptLowerPriority"};
  if (const Symbol name = spec.priority_class_name; !name.empty()) {
    const auto found = named_class(store, name);
    if (!found) return std::unexpected(fmt::format("no PriorityClass with name {} was found", name.str()));
    result = *found;
  } else if (const PriorityClass* const by_default = default_priority_class(store)) {
    result = of_class(*by_default);
  }
  if (spec.priority && *spec.priority != result.priority) {
    return std::unexpected(
        fmt::format("the integer value of priority ({}) must not be provided in pod spec; priority admission "
                    "controller computed {} from the given PriorityClass name",
                    *spec.priority, result.priority));
  }
  if (!spec.preemption_policy.empty() && spec.preemption_policy != result.preemption_policy) {
    return std::unexpected(
        fmt::format("the string value of PreemptionPolicy ({}) must not be provided in pod spec; priority "
                    "admission controller computed {} from the given PriorityClass name",
                    spec.preemption_policy.str(), result.preemption_policy.str()));
  }
  return result;
}

std::optional<std::string> second_default_class(const Store& store, const PriorityClass& wanted,
                                                const api::Object* old) {
  if (!wanted.global_default) return std::nullopt;
  const PriorityClass* const first = default_priority_class(store);
  if (!first || (old && first->metadata.name == wanted.metadata.name)) return std::nullopt;
  return fmt::format("PriorityClass {} is already marked as default. Only one default can exist",
                     first->metadata.name.str());
}

}  // namespace seatrial::cluster
