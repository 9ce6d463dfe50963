// The scores' arithmetic and the other calculations of the scheduler that are functions of numbers only.
//
// Scores run from 0 to 100; integer divisions truncate as Go's do; no libm: sqrt is IEEE's, ln the engine's
// own. Sources: pkg/scheduler/framework/plugins/{noderesources,imagelocality,podtopologyspread,helper},
// pkg/scheduler/ schedule_one.go, backend/queue/backoff_queue.go; reference §5. Rows:
// reference/cases/workloads.json.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/engine/time.h"

namespace seatrial::scheduler {

inline constexpr std::int64_t kMaxNodeScore = 100;

// Resources of a node, one entry each; `requested` includes the pod. An allocatable of 0 leaves the mean.
// REQUIRES: spans of equal size.
struct Allocation {
  std::span<const std::int64_t> requested, allocatable, weights;
};
// Emptier is better. 3000 of 6000m and 5000 of 10000: (50 + 50) / 2 = 50.
std::int64_t least_allocated(const Allocation& node);
// Fuller is better.
std::int64_t most_allocated(const Allocation& node);

struct ShapePoint {
  std::int64_t utilization = 0, score = 0;
};
// Piecewise linear, flat outside: points (10,1) (90,9) at 20 give 1 + (9-1)·(20-10)/(90-10) = 2.
std::int64_t broken_linear(std::span<const ShapePoint> shape, std::int64_t utilization);
// `shape` as users write it, with scores from 0 to 10. Resources that score 0 leave the mean; rounded.
std::int64_t requested_to_capacity_ratio(const Allocation& node, std::span<const ShapePoint> shape);

// How evenly the resources are used: (1 − standard deviation of the used shares)·100, truncated.
// 3000/4000 and 5000/10000: shares 0.75 and 0.5, deviation 0.125: 87.
std::int64_t balance(std::span<const std::int64_t> requested, std::span<const std::int64_t> allocatable);
// v1.36: what the pod changes. Before 0, 0 (100), with the pod 87: 50 + (50 + 87 − 100)/2 = 68.
std::int64_t balanced_allocation(std::int64_t with_pod, std::int64_t without_pod);

// `sum` of the sizes of the pod's images that the node has, each × (share of nodes that have it).
// 100·(sum − 23 MiB)/(1000 MiB·containers − 23 MiB), held within 0 and 100.
std::int64_t scaled_image_size(std::int64_t size, std::int64_t nodes_having_it, std::int64_t nodes);
std::int64_t image_locality(std::int64_t sum, std::int64_t containers);

// In place: ×100/max, from the other end where `reverse` (all zero: 100).
void default_normalize_score(bool reverse, std::span<std::int64_t> scores);

// Weight of a topology key with that many domains: ln(domains + 2).
double topology_normalizing_weight(std::int64_t domains);
inline double spread_score(std::int64_t count, std::int64_t max_skew, double weight) {
  return static_cast<double>(count) * weight + static_cast<double>(max_skew - 1);
}
// Half away from zero. REQUIRES: not negative.
std::int64_t rounded(double value);
// In place: 100·(max + min − score)/max; kIgnoredNode becomes 0; all 0 become 100.
inline constexpr std::int64_t kIgnoredNode = -1;
void normalize_spread_scores(std::span<std::int64_t> scores);

// (score − min)·100/(max − min); all equal: 0.
void normalize_affinity_scores(std::span<std::int64_t> scores);

// How many feasible nodes end the search. `percentage` 0: adaptive, max(5, 50 − nodes/125); never below 100
// nodes. 1000 nodes: 42 %, 420.
std::int64_t num_feasible_nodes_to_find(std::int64_t percentage, std::int64_t nodes);

// initial·2^(count−1), at most `max`; 0 for count 0.
Duration backoff_duration(Duration initial, Duration max, std::int64_t count);

// The winner where several have the highest score, as the Go heap of v1.36 yields it for a feasible list in
// list order: the first maximum in preorder of the implicit binary tree (0, 1, 3, 7, …). REQUIRES: not empty.
std::size_t first_maximum_in_preorder(std::span<const std::int64_t> scores);

}  // namespace seatrial::scheduler
