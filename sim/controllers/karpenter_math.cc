#include "sim/controllers/karpenter_math.h"

#include <algorithm>

namespace seatrial::controllers {

namespace {

constexpr double kDeletionCostScale = 134'217'728;  // 2^27
constexpr double kPriorityScale = 33'554'432;       // 2^25

bool holds(const InstanceOffer& offer, const scheduler::Resources& requests, std::int64_t pods) {
  if (pods > offer.pods || requests.milli_cpu > offer.allocatable.milli_cpu ||
      requests.memory > offer.allocatable.memory ||
      (requests.ephemeral_storage > 0 && requests.ephemeral_storage > offer.allocatable.ephemeral_storage))
    return false;
  return std::ranges::all_of(requests.scalar, [&](const auto& scalar) {
    return scalar.second <= offer.allocatable.scalar_amount(scalar.first);
  });
}

// A whole number_in, as annotations have it; 0 for anything else.
double number_in(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  double value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

double eviction_cost(const api::Pod& pod) {
  const std::string_view cost = pod.metadata.annotations->get("controller.kubernetes.io/pod-deletion-cost");
  const double priority = static_cast<double>(pod.spec->priority.value_or(0));
  return std::clamp(1.0 + number_in(cost) / kDeletionCostScale + priority / kPriorityScale, -10.0, 10.0);
}

}  // namespace

const InstanceOffer* cheapest(std::span<const InstanceOffer> offers, const scheduler::Resources& requests,
                              std::int64_t pods) {
  const InstanceOffer* best = nullptr;
  for (const InstanceOffer& offer : offers) {
    if (holds(offer, requests, pods) && (!best || offer.price < best->price)) best = &offer;
  }
  return best;
}

std::int64_t disruptions_allowed(const api::IntOrString& budget, std::int64_t nodes, std::int64_t disrupted) {
  const auto most = api::scaled_value(budget, static_cast<std::int32_t>(nodes), true);
  return std::max<std::int64_t>(0, most.value_or(0) - disrupted);
}

double disruption_cost(std::span<const std::shared_ptr<const api::Pod>> pods, Duration age,
                       std::optional<Duration> expire_after) {
  double cost = 0;
  for (const auto& pod : pods) cost += eviction_cost(*pod);
  if (!expire_after || *expire_after <= Duration()) return cost;
  const double left = 1.0 - static_cast<double>(age.count()) / static_cast<double>(expire_after->count());
  return cost * std::clamp(left, 0.0, 1.0);
}

}  // namespace seatrial::controllers
