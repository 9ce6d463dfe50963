#include "sim/scheduler/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/engine/check.h"
#include "sim/engine/portable_math.h"

namespace seatrial::scheduler {

namespace {

constexpr std::int64_t kMiB = 1 << 20;

template <class Score>
std::int64_t weighted_mean(const Allocation& node, Score&& score) {
  std::int64_t sum = 0, weights = 0;
  for (std::size_t i = 0; i < node.requested.size(); ++i) {
    if (node.allocatable[i] == 0) continue;
    sum += score(node.requested[i], node.allocatable[i]) * node.weights[i];
    weights += node.weights[i];
  }
  return weights == 0 ? 0 : sum / weights;
}

}  // namespace

std::int64_t least_allocated(const Allocation& node) {
  return weighted_mean(node, [](std::int64_t requested, std::int64_t allocatable) {
    return requested > allocatable ? 0 : (allocatable - requested) * kMaxNodeScore / allocatable;
  });
}

std::int64_t most_allocated(const Allocation& node) {
  return weighted_mean(node, [](std::int64_t requested, std::int64_t allocatable) {
    return std::min(requested, allocatable) * kMaxNodeScore / allocatable;
  });
}

std::int64_t broken_linear(std::span<const ShapePoint> shape, std::int64_t utilization) {
  CHECK(!shape.empty());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (utilization > shape[i].utilization) continue;
    if (i == 0) return shape[0].score;
    const ShapePoint &from = shape[i - 1], &to = shape[i];
    const std::int64_t rise = to.score - from.score, run = to.utilization - from.utilization;
    return from.score + rise * (utilization - from.utilization) / run;
  }
  return shape.back().score;
}

std::int64_t requested_to_capacity_ratio(const Allocation& node, std::span<const ShapePoint> shape) {
  std::int64_t sum = 0, weights = 0;
  std::vector<ShapePoint> scaled(shape.begin(), shape.end());
  for (ShapePoint& point : scaled) point.score *= 10;
  for (std::size_t i = 0; i < node.requested.size(); ++i) {
    if (node.allocatable[i] == 0) continue;
    const bool over = node.requested[i] > node.allocatable[i];
    const std::int64_t score =
        broken_linear(scaled, over ? 100 : node.requested[i] * 100 / node.allocatable[i]);
    if (score <= 0) continue;
    sum += score * node.weights[i];
    weights += node.weights[i];
  }
  return weights == 0 ? 0 : rounded(static_cast<double>(sum) / static_cast<double>(weights));
}

std::int64_t balance(std::span<const std::int64_t> requested, std::span<const std::int64_t> allocatable) {
  double sum = 0, first = 0, second = 0;
  std::size_t count = 0;
  const auto share = [&](std::size_t i) {
    return std::min(1.0, static_cast<double>(requested[i]) / static_cast<double>(allocatable[i]));
  };
  for (std::size_t i = 0; i < requested.size(); ++i) {
    if (allocatable[i] == 0) continue;
    const double f = share(i);
    if (count == 0) first = f;
    if (count == 1) second = f;
    sum += f;
    ++count;
  }
  double deviation = 0;
  if (count == 2) {
    deviation = std::max(first, second) / 2 - std::min(first, second) / 2;
  } else if (count > 2) {
    const double mean = sum / static_cast<double>(count);
    double squares = 0;
    for (std::size_t i = 0; i < requested.size(); ++i) {
      if (allocatable[i] != 0) squares += (share(i) - mean) * (share(i) - mean);
    }
    deviation = std::sqrt(squares / static_cast<double>(count));
  }
  return static_cast<std::int64_t>((1 - deviation) * static_cast<double>(kMaxNodeScore));
}

std::int64_t balanced_allocation(std::int64_t with_pod, std::int64_t without_pod) {
  return kMaxNodeScore / 2 + (kMaxNodeScore / 2 + with_pod - without_pod) / 2;
}

std::int64_t scaled_image_size(std::int64_t size, std::int64_t nodes_having_it, std::int64_t nodes) {
  const double spread = static_cast<double>(nodes_having_it) / static_cast<double>(nodes);
  return static_cast<std::int64_t>(static_cast<double>(size) * spread);
}

std::int64_t image_locality(std::int64_t sum, std::int64_t containers) {
  const std::int64_t low = 23 * kMiB, high = 1000 * kMiB * containers;
  return kMaxNodeScore * (std::clamp(sum, low, std::max(low, high)) - low) / (high - low);
}

void default_normalize_score(bool reverse, std::span<std::int64_t> scores) {
  const std::int64_t max = scores.empty() ? 0 : *std::ranges::max_element(scores);
  for (std::int64_t& score : scores) {
    if (max > 0) score = kMaxNodeScore * score / max;
    if (reverse) score = kMaxNodeScore - score;
  }
}

double topology_normalizing_weight(std::int64_t domains) {
  return portable_log(static_cast<double>(domains + 2));
}

std::int64_t rounded(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  return value - static_cast<double>(whole) >= 0.5 ? whole + 1 : whole;
}

void normalize_spread_scores(std::span<std::int64_t> scores) {
  std::int64_t min = std::numeric_limits<std::int64_t>::max(), max = 0;
  for (const std::int64_t score : scores) {
    if (score == kIgnoredNode) continue;
    min = std::min(min, score);
    max = std::max(max, score);
  }
  for (std::int64_t& score : scores) {
    if (score == kIgnoredNode) {
      score = 0;
    } else {
      score = max == 0 ? kMaxNodeScore : kMaxNodeScore * (max + min - score) / max;
    }
  }
}

void normalize_affinity_scores(std::span<std::int64_t> scores) {
  if (scores.empty()) return;
  const auto [low, high] = std::ranges::minmax_element(scores);
  const std::int64_t min = *low, span = *high - *low;
  for (std::int64_t& score : scores) {
    const double share = span == 0 ? 0 : static_cast<double>(score - min) / static_cast<double>(span);
    score = static_cast<std::int64_t>(static_cast<double>(kMaxNodeScore) * share);
  }
}

std::int64_t num_feasible_nodes_to_find(std::int64_t percentage, std::int64_t nodes) {
  constexpr std::int64_t kMinFeasible = 100, kMinPercentage = 5;
  if (nodes < kMinFeasible) return nodes;
  if (percentage == 0) percentage = std::max(kMinPercentage, 50 - nodes / 125);
  return std::max(kMinFeasible, nodes * percentage / 100);
}

Duration backoff_duration(Duration initial, Duration max, std::int64_t count) {
  if (count == 0) return Duration();
  Duration duration = initial;
  for (std::int64_t i = 1; i < count; ++i) {
    if (duration > max - duration) return max;  // doubling would pass the maximum
    duration += duration;
  }
  return std::min(duration, max);
}

std::size_t first_maximum_in_preorder(std::span<const std::int64_t> scores) {
  CHECK(!scores.empty());
  const std::int64_t max = *std::ranges::max_element(scores);
  std::size_t at = 0;
  while (scores[at] != max) {
    if (2 * at + 1 < scores.size()) {
      at = 2 * at + 1;
      continue;
    }
    // Up while coming from the right, then over to the sibling on the right.
    while (at % 2 == 0 || at + 1 >= scores.size()) at = (at - 1) / 2;
    ++at;
  }
  return at;
}

}  // namespace seatrial::scheduler
