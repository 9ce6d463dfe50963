#include "sim/api/resources.h"

#include <algorithm>

namespace seatrial::api {
namespace {

void add(ResourceList& sum, const ResourceList& more) {
  for (const auto& [name, quantity] : more) {
    const auto [at, inserted] = sum.emplace(name, quantity);
    if (!inserted) at->second = at->second + quantity;
  }
}

void raise(ResourceList& peak, const ResourceList& other) {
  for (const auto& [name, quantity] : other) {
    const auto [at, inserted] = peak.emplace(name, quantity);
    if (!inserted) at->second = std::max(at->second, quantity);
  }
}

// `part` picks requests or limits.
ResourceList combined(const PodSpec& spec, ResourceList ResourceRequirements::* part) {
  ResourceList sum, peak, sidecars;
  for (const Container& c : spec.containers) add(sum, c.resources.*part);
  for (const Container& c : spec.init_containers) {
    ResourceList here = c.resources.*part;
    if (is_sidecar(c)) {
      add(sum, here);
      add(sidecars, here);
      here = sidecars;
    } else {
      add(here, sidecars);
    }
    raise(peak, here);
  }
  raise(sum, peak);
  return sum;
}

void put_pod_level(ResourceList& sum, const ResourceList& of_pod) {
  for (const auto& [name, quantity] : of_pod) {
    if (is_pod_level_resource(name)) sum.insert_or_assign(name, quantity);
  }
}

// What one container says about cpu and memory, of which only positive amounts count.
struct Compute {
  ResourceList requests, limits;
};

void note(ResourceList& sum, const ResourceList& list) {
  static const Symbol cpu("cpu"), memory("memory");
  for (const Symbol name : {cpu, memory}) {
    const Quantity quantity = amount(list, name);
    if (quantity > Quantity()) add(sum, {{name, quantity}});
  }
}

}  // namespace

bool is_sidecar(const Container& init_container) {
  return init_container.restart_policy == RestartPolicy::kAlways;
}

bool is_pod_level_resource(Symbol name) {
  static const Symbol cpu("cpu"), memory("memory");
  return name == cpu || name == memory || name.view().starts_with("hugepages-");
}

ResourceList container_requests(const PodSpec& spec) {
  return combined(spec, &ResourceRequirements::requests);
}

ResourceList pod_requests(const PodSpec& spec) {
  ResourceList result = container_requests(spec);
  put_pod_level(result, spec.resources.requests);
  add(result, spec.overhead);
  return result;
}

ResourceList pod_limits(const PodSpec& spec) {
  ResourceList result = combined(spec, &ResourceRequirements::limits);
  put_pod_level(result, spec.resources.limits);
  for (const auto& [name, quantity] : spec.overhead) {
    if (const auto at = result.find(name); at != result.end()) at->second = at->second + quantity;
  }
  return result;
}

QosClass qos_class(const PodSpec& spec) {
  if (!spec.resources.requests.empty() || !spec.resources.limits.empty()) {
    Compute whole;
    note(whole.requests, spec.resources.requests);
    note(whole.limits, spec.resources.limits);
    return whole.limits.size() == 2 && whole.requests == whole.limits ? QosClass::kGuaranteed
                                                                      : QosClass::kBurstable;
  }
  Compute total;
  bool limited = true;  // every container limits both
  for (const auto* const containers : {&spec.containers, &spec.init_containers}) {
    for (const Container& c : *containers) {
      ResourceList limits;
      note(total.requests, c.resources.requests);
      note(limits, c.resources.limits);
      limited &= limits.size() == 2;
      add(total.limits, limits);
    }
  }
  if (total.requests.empty() && total.limits.empty()) return QosClass::kBestEffort;
  return limited && total.requests == total.limits ? QosClass::kGuaranteed : QosClass::kBurstable;
}

Quantity amount(const ResourceList& list, Symbol resource) {
  const auto found = list.find(resource);
  return found == list.end() ? Quantity() : found->second;
}

}  // namespace seatrial::api
