#include "sim/cluster/kubelet/eviction_math.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "sim/api/resources.h"
#include "sim/api/tolerations.h"
#include "sim/engine/check.h"

namespace seatrial::cluster {

namespace {

constexpr std::int32_t kSystemCritical = 2'000'000'000;
constexpr std::int32_t kGuaranteedScore = -997, kBestEffortScore = 1000;
constexpr std::int64_t kDefaultMemoryRequest = 200LL << 20;  // as the scheduler counts one that says nothing
constexpr const char* kMemory = "memory";

// A sidecar should not go before the containers that it serves: the least request of all of them counts.
std::int64_t sidecar_request(const api::PodSpec& spec, const api::Container& sidecar) {
  const auto request = [](const api::Container& c) {
    const api::Quantity asked = api::amount(c.resources.requests, kMemory);
    return asked.is_zero() ? kDefaultMemoryRequest : asked.value();
  };
  std::int64_t least = request(sidecar);
  for (const api::Container& c : spec.containers) least = std::min(least, request(c));
  return least;
}

}  // namespace

std::optional<std::int64_t> memory_limit(const api::Container& container) {
  const std::int64_t limit = api::amount(container.resources.limits, kMemory).value();
  return limit > 0 ? std::optional(limit) : std::nullopt;
}

std::optional<std::int64_t> pods_memory(const api::Node& node, std::int64_t threshold) {
  const std::int64_t capacity = api::amount(node.capacity, kMemory).value();
  if (capacity <= 0) return std::nullopt;
  return std::min(capacity, api::amount(node.allocatable, kMemory).value() + threshold);
}

bool is_critical(const api::PodSpec& spec) { return spec.priority.value_or(0) >= kSystemCritical; }

bool admitted_under_memory_pressure(const api::PodSpec& spec) {
  return is_critical(spec) || api::qos_class(spec) != api::QosClass::kBestEffort ||
         api::tolerates(spec.tolerations, {"node.kubernetes.io/memory-pressure", {}, "NoSchedule"});
}

std::vector<std::size_t> rank_for_eviction(std::span<const EvictionCandidate> candidates) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    const EvictionCandidate& c = candidates[i];
    const std::int64_t beyond = c.used - c.requested;
    return c.measured ? std::tuple(true, beyond <= 0, c.priority, -beyond)
                      : std::tuple(false, false, c.priority, std::int64_t{0});
  });
  return order;
}

std::string eviction_message(const api::Quantity& threshold, std::int64_t available,
                             std::span<const ContainerMemory> containers) {
  const auto bytes = [](std::int64_t amount) {
    return api::Quantity::from_value(amount, api::Quantity::Format::kBinarySI).str();
  };
  std::string message =
      fmt::format("The node was low on resource: memory. Threshold quantity: {}, available: {}. ",
                  threshold.str(), bytes(available));
  for (const ContainerMemory& c : containers) {
    if (c.used <= c.request.value()) continue;
    message += fmt::format("Container {} was using {}, request is {}, has larger consumption of memory. ",
                           c.name.str(), bytes(c.used), c.request.str());
  }
  return message;
}

std::int32_t oom_score_adj(const api::PodSpec& spec, const api::Container& container, std::int64_t capacity) {
  if (spec.priority_class_name == "system-node-critical") return kGuaranteedScore;
  switch (api::qos_class(spec)) {
    case api::QosClass::kGuaranteed:
      return kGuaranteedScore;
    case api::QosClass::kBestEffort:
      return kBestEffortScore;
    case api::QosClass::kBurstable:
      break;
  }
  const bool sidecar =
      std::ranges::any_of(spec.init_containers, [&](const api::Container& c) { return &c == &container; }) &&
      api::is_sidecar(container);
  const std::int64_t own = api::amount(container.resources.requests, kMemory).value();
  const std::int64_t request = sidecar ? sidecar_request(spec, container) : own;
  const std::int64_t score = 1000 - 1000 * request / capacity + (sidecar && request <= own ? 1 : 0);
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(score, 1000 + kGuaranteedScore, kBestEffortScore - 1));
}

std::size_t oom_victim(std::span<const OomCandidate> candidates, std::int64_t total) {
  CHECK(!candidates.empty());
  const auto points = [&](const OomCandidate& c) { return c.used + c.score_adj * (total / 1000); };
  std::size_t worst = 0;
  for (std::size_t i = 1; i < candidates.size(); ++i)
    if (points(candidates[i]) >= points(candidates[worst])) worst = i;
  return worst;
}

}  // namespace seatrial::cluster
