#include "sim/cluster/kubelet/admission.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/api/resources.h"
#include "sim/api/tolerations.h"

namespace seatrial::cluster {

namespace {

// Of CPU thousandths, else whole units.
std::int64_t counted(const api::ResourceList& list, api::Symbol resource) {
  const api::Quantity amount = api::amount(list, resource);
  return resource == "cpu" ? amount.milli() : amount.value();
}

PodRejection out_of(api::Symbol resource, std::int64_t requested, std::int64_t used, std::int64_t capacity) {
  return {"OutOf" + resource.str(),
          fmt::format("Node didn't have enough resource: {}, requested: {}, used: {}, capacity: {}",
                      resource.str(), requested, used, capacity)};
}

}  // namespace

std::optional<PodRejection> lacks_resources(const api::Pod& pod, const api::Node& node, const NodeUse& used) {
  const std::int64_t allowed = counted(node.allocatable, "pods");
  if (used.pods + 1 > allowed) return out_of("pods", 1, used.pods, allowed);
  const api::ResourceList requests = api::pod_requests(*pod.spec);
  std::vector<api::Symbol> order{"cpu", "memory"};
  for (const auto& [resource, amount] : requests) {
    if (std::ranges::find(order, resource) == order.end()) order.push_back(resource);
  }
  for (const api::Symbol resource : order) {
    const std::int64_t requested = counted(requests, resource), taken = counted(used.requests, resource),
                       capacity = counted(node.allocatable, resource);
    if (requested > 0 && requested > capacity - taken) return out_of(resource, requested, taken, capacity);
  }
  return {};
}

std::optional<PodRejection> lacks_tolerations(const api::Pod& pod, const api::Node& node) {
  const bool untolerated = std::ranges::any_of(node.taints, [&](const api::Taint& taint) {
    return taint.effect == "NoExecute" && !api::tolerates(pod.spec->tolerations, taint);
  });
  if (!untolerated) return {};
  return PodRejection{"TaintToleration",
                      "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"};
}

}  // namespace seatrial::cluster
