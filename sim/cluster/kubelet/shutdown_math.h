// Graceful node shutdown: which pods end together, and how long each may take. Pure.
//
// Pods that are not critical (is_critical()) first, critical ones when those have ended; each group has its
// part of the period, a pod no longer than it asks for itself, and a group without pods takes no time.
// Example, shutdownGracePeriod 60s of which shutdownGracePeriodCriticalPods 20s: 40 s for the others. A pod
// with a grace period of 30 s gets 30 s, one with 120 s gets 40 s.
// Source: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go (migrateConfig, groupByPriority, killPods).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/engine/time.h"

namespace seatrial::cluster {

struct ShutdownPod {
  std::uint32_t pod = 0;
  bool critical = false;
};
struct ShutdownGroup {
  Duration grace;
  std::vector<std::uint32_t> pods;  // never empty
};
// REQUIRES: critical <= period.
std::vector<ShutdownGroup> shutdown_groups(Duration period, Duration critical,
                                           std::span<const ShutdownPod> pods);
// In seconds; `own`: terminationGracePeriodSeconds.
std::int64_t grace_in_shutdown(Duration group, std::optional<std::int64_t> own);

}  // namespace seatrial::cluster
