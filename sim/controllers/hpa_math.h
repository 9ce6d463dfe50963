// The arithmetic of the HorizontalPodAutoscaler: how many replicas a metric asks for. Pure. How that is
// steadied and limited is in hpa_limits.h.
//
// Amounts are in thousandths. Ratios are doubles, as in Kubernetes: only + - * / and ceil, so the same bits
// everywhere. Sources: pkg/controller/podautoscaler/{replica_calculator.go,metrics/utilization.go};
// reference, part B, §1.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>

#include "sim/api/autoscaling.h"

namespace seatrial::controllers {

// By how much the ratio of usage to target may miss 1 without anything being done.
struct Tolerances {
  double down = 0.1, up = 0.1;
  bool within(double ratio) const { return 1.0 - down <= ratio && ratio <= 1.0 + up; }
};
// Those of spec.behavior, where it has them.
Tolerances tolerances_of(const api::HorizontalPodAutoscaler& hpa);

// A pod's sample of one metric.
struct PodMetric {
  SimTime timestamp;
  Duration window;
  std::int64_t value = 0;
};

// How a pod counts.
enum class PodGroup : std::uint8_t {
  kCounted,
  kUnready,  // pending; for cpu also: it is starting, so its sample says little
  kMissing,  // no sample
  kIgnored   // being deleted, or finished
};
struct HpaReadiness {  // options of the controller manager
  Duration cpu_initialization_period = Duration::seconds(300);
  Duration delay_of_initial_readiness_status = Duration::seconds(30);
};
// For cpu: in its first 5 minutes a pod counts once it has been ready for a whole window of the metric; later
// unless it has never been ready.
PodGroup group_of(const api::Pod& pod, const std::optional<PodMetric>& metric, bool cpu,
                  const HpaReadiness& readiness, SimTime now);

// What counts of a pod: its usage where it is counted, and its request.
struct PodLoad {
  PodGroup group = PodGroup::kCounted;
  std::int64_t usage = 0, request = 0;
};

// The pod's request of a resource, or of one of its containers; what is missing, where one has none.
std::expected<std::int64_t, std::string> request_of(const api::Pod& pod, api::Symbol resource,
                                                    api::Symbol container);

struct Proposal {
  std::int32_t replicas = 0;
  std::int64_t usage = 0;        // as the status reports it
  std::int32_t utilization = 0;  // in percent of the requests
};

// For a target in percent of the requests. 3 pods that request 2000 and use 600, 1000 and 1400 are at 50 %;
// with a target of 30 % that asks for ceil(50 / 30 * 3) = 5. Unready pods count as idle before a scale-up;
// missing ones as idle before a scale-up, as at their request before a scale-down; what would then turn round
// changes nothing.
std::expected<Proposal, std::string> replicas_for_utilization(std::int32_t current, std::int32_t target,
                                                              const Tolerances& tolerances,
                                                              std::span<const PodLoad> pods);
// For a target of so much for each pod. Missing pods count as at the target before a scale-down.
std::expected<Proposal, std::string> replicas_for_average(std::int32_t current, std::int64_t target,
                                                          const Tolerances& tolerances,
                                                          std::span<const PodLoad> pods);
// For one value (of an object, or from outside): the ratio times the ready pods. With no replicas: the ratio.
Proposal replicas_for_value(std::int32_t current, std::int64_t value, std::int64_t target,
                            const Tolerances& tolerances, std::int32_t ready_pods);
// For one value that is to be shared out; `replicas`: status.replicas.
Proposal replicas_for_share(std::int32_t replicas, std::int64_t value, std::int64_t target_for_each,
                            const Tolerances& tolerances);

}  // namespace seatrial::controllers
