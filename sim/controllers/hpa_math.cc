#include "sim/controllers/hpa_math.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/api/resources.h"

namespace seatrial::controllers {

namespace {

std::int32_t ceil_of(double replicas) {
  constexpr auto kMost = std::numeric_limits<std::int32_t>::max();
  return replicas >= static_cast<double>(kMost) ? kMost : static_cast<std::int32_t>(std::ceil(replicas));
}

double as_double(const api::Quantity& quantity) {
  const api::Quantity::Decimal decimal = quantity.decimal();
  double scale = 1;
  for (int power = decimal.power < 0 ? -decimal.power : decimal.power; power > 0; --power) scale *= 10;
  const auto mantissa = static_cast<double>(decimal.mantissa);
  return decimal.power < 0 ? mantissa / scale : mantissa * scale;
}

// What is left of the pods once the ignored ones are gone, with what each is taken to use.
using Loads = std::vector<PodLoad>;

std::int64_t count(const Loads& pods, PodGroup group) {
  return std::ranges::count(pods, group, &PodLoad::group);
}

// Counted pods, and those that were filled in, are in the metric; the others are not.
struct Sum {
  std::int64_t usage = 0, request = 0, pods = 0;
};
Sum sum_of(const Loads& pods) {
  Sum sum;
  for (const PodLoad& pod : pods) {
    if (pod.group != PodGroup::kCounted) continue;
    sum.usage += pod.usage;
    sum.request += pod.request;
    ++sum.pods;
  }
  return sum;
}

// Pods of a group come into the metric.
template <class Usage>
void fill(Loads& pods, PodGroup group, Usage&& usage) {
  for (PodLoad& pod : pods) {
    if (pod.group == group) pod = {PodGroup::kCounted, usage(pod), pod.request};
  }
}

// What both kinds of per-pod targets share; `ratio_of` gives usage to target, `assumed` what a missing pod
// uses before a scale-down.
template <class Ratio, class Assumed>
std::int32_t replicas_for_pods(std::int32_t current, const Tolerances& tolerances, Loads pods,
                               Ratio&& ratio_of, Assumed&& assumed) {
  const double ratio = ratio_of(sum_of(pods));
  const bool with_unready = count(pods, PodGroup::kUnready) > 0 && ratio > 1.0;
  if (!with_unready && count(pods, PodGroup::kMissing) == 0) {
    if (tolerances.within(ratio)) return current;
    return ceil_of(ratio * static_cast<double>(sum_of(pods).pods));
  }
  const auto nothing = [](const PodLoad&) { return std::int64_t{0}; };
  if (ratio < 1.0) fill(pods, PodGroup::kMissing, assumed);
  if (ratio > 1.0) fill(pods, PodGroup::kMissing, nothing);
  if (with_unready) fill(pods, PodGroup::kUnready, nothing);
  const double filled = ratio_of(sum_of(pods));
  const bool turns = (ratio < 1.0 && filled > 1.0) || (ratio > 1.0 && filled < 1.0);
  if (tolerances.within(filled) || turns) return current;
  const std::int32_t replicas = ceil_of(filled * static_cast<double>(sum_of(pods).pods));
  const bool against = (filled < 1.0 && replicas > current) || (filled > 1.0 && replicas < current);
  return against ? current : replicas;
}

std::expected<Sum, std::string> counted(const Loads& pods) {
  if (pods.empty()) return std::unexpected("no pods returned by selector while calculating replica count");
  const Sum sum = sum_of(pods);
  if (sum.pods == 0)
    return std::unexpected("did not receive metrics for targeted pods (pods might be unready)");
  return sum;
}

}  // namespace

Tolerances tolerances_of(const api::HorizontalPodAutoscaler& hpa) {
  Tolerances tolerances;
  if (!hpa.behavior) return tolerances;
  const auto& [up, down] = *hpa.behavior;
  if (down && down->tolerance) tolerances.down = as_double(*down->tolerance);
  if (up && up->tolerance) tolerances.up = as_double(*up->tolerance);
  return tolerances;
}

PodGroup group_of(const api::Pod& pod, const std::optional<PodMetric>& metric, bool cpu,
                  const HpaReadiness& readiness, SimTime now) {
  if (pod.metadata.deletion_timestamp || is_pod_terminal(pod)) return PodGroup::kIgnored;
  if (pod.status.phase == api::PodPhase::kPending) return PodGroup::kUnready;
  if (!metric) return PodGroup::kMissing;
  if (!cpu) return PodGroup::kCounted;
  const api::Condition* const ready = find_condition(pod.status.conditions, "Ready");
  if (!ready || !pod.status.start_time) return PodGroup::kUnready;
  const bool not_ready = ready->status == api::ConditionStatus::kFalse;
  const SimTime started = *pod.status.start_time, since = ready->last_transition_time;
  const bool starting = started + readiness.cpu_initialization_period > now;
  const bool unready = starting ? not_ready || metric->timestamp < since + metric->window
                                : not_ready && started + readiness.delay_of_initial_readiness_status > since;
  return unready ? PodGroup::kUnready : PodGroup::kCounted;
}

std::expected<std::int64_t, std::string> request_of(const api::Pod& pod, api::Symbol resource,
                                                    api::Symbol container) {
  std::vector<const api::Container*> containers;
  for (const api::Container& c : pod.spec->containers) containers.push_back(&c);
  for (const api::Container& c : pod.spec->init_containers) {
    if (api::is_sidecar(c)) containers.push_back(&c);
  }
  std::int64_t sum = 0;
  bool found = container.empty();
  for (const api::Container* c : containers) {
    if (!container.empty() && c->name != container) continue;
    found = true;
    const auto at = c->resources.requests.find(resource);
    if (at == c->resources.requests.end())
      return std::unexpected(fmt::format("missing request for {} in container {} of Pod {}", resource.str(),
                                         c->name.str(), pod.metadata.name.str()));
    sum += at->second.milli();
  }
  if (!found)
    return std::unexpected(
        fmt::format("container {} not found in Pod {}", container.str(), pod.metadata.name.str()));
  return sum;
}

std::expected<Proposal, std::string> replicas_for_utilization(std::int32_t current, std::int32_t target,
                                                              const Tolerances& tolerances,
                                                              std::span<const PodLoad> given) {
  const Loads pods(given.begin(), given.end());
  const auto sum = counted(pods);
  if (!sum) return std::unexpected(sum.error());
  if (sum->request == 0) return std::unexpected("no metrics returned matched known pods");
  const auto utilization = [](const Sum& s) { return static_cast<std::int32_t>(s.usage * 100 / s.request); };
  const auto ratio = [&](const Sum& s) {
    return static_cast<double>(utilization(s)) / static_cast<double>(target);
  };
  const auto assumed = [&](const PodLoad& pod) { return pod.request * std::max(100, target) / 100; };
  return Proposal{replicas_for_pods(current, tolerances, pods, ratio, assumed), sum->usage / sum->pods,
                  utilization(*sum)};
}

std::expected<Proposal, std::string> replicas_for_average(std::int32_t current, std::int64_t target,
                                                          const Tolerances& tolerances,
                                                          std::span<const PodLoad> given) {
  const Loads pods(given.begin(), given.end());
  const auto sum = counted(pods);
  if (!sum) return std::unexpected(sum.error());
  const auto ratio = [&](const Sum& s) {
    return static_cast<double>(s.usage / s.pods) / static_cast<double>(target);
  };
  const auto assumed = [&](const PodLoad&) { return target; };
  return Proposal{replicas_for_pods(current, tolerances, pods, ratio, assumed), sum->usage / sum->pods, 0};
}

Proposal replicas_for_value(std::int32_t current, std::int64_t value, std::int64_t target,
                            const Tolerances& tolerances, std::int32_t ready_pods) {
  const double ratio = static_cast<double>(value) / static_cast<double>(target);
  if (current == 0) return {ceil_of(ratio), value, 0};
  if (tolerances.within(ratio)) return {current, value, 0};
  return {ceil_of(ratio * static_cast<double>(ready_pods)), value, 0};
}

Proposal replicas_for_share(std::int32_t replicas, std::int64_t value, std::int64_t target_for_each,
                            const Tolerances& tolerances) {
  const auto total = static_cast<double>(value), each = static_cast<double>(target_for_each);
  const bool within = replicas > 0 && tolerances.within(total / (each * static_cast<double>(replicas)));
  const std::int64_t usage =
      replicas == 0 ? 0 : static_cast<std::int64_t>(std::ceil(total / static_cast<double>(replicas)));
  return {within ? replicas : ceil_of(total / each), usage, 0};
}

}  // namespace seatrial::controllers
