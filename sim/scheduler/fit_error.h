// Why a pod fits no node, in the words of the FailedScheduling event and of the condition PodScheduled.
// Source: pkg/scheduler/framework/types.go (FitError), framework/preemption/preemption.go; reference §5.4;
// observed.md 25-26.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/api/symbol.h"

namespace seatrial::scheduler {

// How many nodes were refused for each reason; a node counts once for each of its reasons.
class ReasonCounts {
 public:
  void add(api::Symbol reason, std::int64_t nodes = 1);
  void clear() { counts_.clear(); }
  bool empty() const { return counts_.empty(); }
  // "count reason" strings in the order of their bytes (so "1 …", "10 …", "2 …"), joined by ", ".
  std::string text() const;

 private:
  std::vector<std::pair<api::Symbol, std::int64_t>> counts_;
};

// "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. <post_filter>"; the words of a
// PreFilter plugin that refused all nodes stand instead of the counts.
std::string fit_error(std::int64_t nodes, const ReasonCounts& reasons, const std::string& pre_filter,
                      const std::string& post_filter);

// What the PostFilter plugins say where preemption does not help, for the reason that it gives; empty: the
// profile has no preemption. `devices`: it has DynamicResources.
std::string post_filter_text(const std::string& preemption, bool devices = true);

}  // namespace seatrial::scheduler
