// What one metric of a HorizontalPodAutoscaler asks for: its samples are fetched, its pods grouped, and the
// result put into the words of status and Events. Source: pkg/controller/podautoscaler/{horizontal.go,
// metrics/client.go}; reference, part B, §1.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "sim/cluster/cache.h"
#include "sim/cluster/metrics_api.h"
#include "sim/controllers/hpa_math.h"

namespace seatrial::controllers {

// What an evaluation looks at: the scale that was read, and its pods.
struct ScaledPods {
  const api::HorizontalPodAutoscaler& hpa;
  std::int32_t spec_replicas = 0, status_replicas = 0;
  std::vector<std::shared_ptr<const api::Pod>> pods;  // those that its selector matches
  SimTime now;
};

struct MetricResult {
  std::int32_t replicas = 0;
  std::string name;    // "cpu resource utilization (percentage of request)"
  api::Metric status;  // for status.currentMetrics
};
struct MetricFailure {
  const char* reason;  // FailedGetResourceMetric
  std::string error;   // the Event, and the condition's message
  std::string whole;   // as FailedComputeMetricsReplicas quotes it
};

std::expected<MetricResult, MetricFailure> evaluate_metric(const api::Metric& metric,
                                                           const ScaledPods& scaled,
                                                           const cluster::MetricsApi& metrics,
                                                           const cluster::Cache& cache);

}  // namespace seatrial::controllers
