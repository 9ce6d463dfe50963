#include "sim/scheduler/arithmetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "sim/scheduler/fit_error.h"
#include "sim/scheduler/preemption.h"
#include "tests/scheduler/case_rows.h"

namespace seatrial::scheduler {
namespace {

using nlohmann::json;
using Numbers = std::vector<std::int64_t>;

void for_each_row(const std::string& table, const std::function<void(const json&)>& check) {
  const json rows = case_rows(table);
  if (rows.empty()) GTEST_SKIP() << "no table " << table;
  for (const json& row : rows) {
    SCOPED_TRACE(table + ": " + row.dump());
    check(row);
  }
}

std::vector<ShapePoint> shape_of(const json& points) {
  std::vector<ShapePoint> shape;
  for (const json& point : points) shape.push_back({point[0], point[1]});
  return shape;
}

TEST(Arithmetic, LeastAllocatedPrefersEmptyNodes) {
  for_each_row("least-allocated", [](const json& row) {
    const Numbers requested = row[0], allocatable = row[1], weights = row[2];
    EXPECT_EQ(least_allocated({requested, allocatable, weights}), row[3].get<std::int64_t>());
  });
}

TEST(Arithmetic, MostAllocatedPrefersFullNodes) {
  for_each_row("most-allocated", [](const json& row) {
    const Numbers requested = row[0], allocatable = row[1], weights = row[2];
    EXPECT_EQ(most_allocated({requested, allocatable, weights}), row[3].get<std::int64_t>());
  });
}

TEST(Arithmetic, BrokenLinearFollowsItsPoints) {
  for_each_row("broken-linear", [](const json& row) {
    EXPECT_EQ(broken_linear(shape_of(row[0]), row[1].get<std::int64_t>()), row[2].get<std::int64_t>());
  });
}

TEST(Arithmetic, RequestedToCapacityRatioFollowsItsShape) {
  for_each_row("requested-to-capacity", [](const json& row) {
    const Numbers requested = row[0], allocatable = row[1], weights(requested.size(), 1);
    EXPECT_EQ(requested_to_capacity_ratio({requested, allocatable, weights}, shape_of(row[2])),
              row[3].get<std::int64_t>());
  });
}

TEST(Arithmetic, BalancedAllocationRatesWhatThePodChanges) {
  for_each_row("balanced-allocation-1.36", [](const json& row) {
    const Numbers before = row[0], pod = row[1], allocatable = row[2];
    Numbers after = before;
    for (std::size_t i = 0; i < after.size(); ++i) after[i] += pod[i];
    const std::int64_t with = balance(after, allocatable), without = balance(before, allocatable);
    EXPECT_EQ(with, row[4].get<std::int64_t>());
    EXPECT_EQ(balanced_allocation(with, without), row[3].get<std::int64_t>());
  });
}

TEST(Arithmetic, ImageLocalityCountsWhatNeedNotBePulled) {
  for_each_row("image-locality", [](const json& row) {
    std::int64_t sum = 0;
    for (const json& image : row[1]) {
      sum += scaled_image_size(image[0].get<std::int64_t>() << 20, image[1].get<std::int64_t>(), row[0].get<std::int64_t>());
    }
    EXPECT_EQ(image_locality(sum, row[2].get<std::int64_t>()), row[3].get<std::int64_t>());
  });
}

TEST(Arithmetic, DefaultNormalizeScoreStretchesToAHundred) {
  for_each_row("default-normalize", [](const json& row) {
    Numbers scores = row[1];
    default_normalize_score(row[0].get<bool>(), scores);
    EXPECT_EQ(scores, row[2].get<Numbers>());
  });
}

TEST(Arithmetic, TaintsCountAgainstANode) {
  for_each_row("taint-toleration-score", [](const json& row) {
    Numbers scores = row[0];
    default_normalize_score(true, scores);
    EXPECT_EQ(scores, row[1].get<Numbers>());
  });
}

TEST(Arithmetic, FewerNodesAreLookedAtInLargeClusters) {
  for_each_row("num-feasible-nodes", [](const json& row) {
    const std::int64_t percentage = row[1].is_null() ? row[0].get<std::int64_t>() : row[1].get<std::int64_t>();
    EXPECT_EQ(num_feasible_nodes_to_find(percentage, row[2].get<std::int64_t>()), row[3].get<std::int64_t>());
  });
}

TEST(Arithmetic, SpreadPrefersNodesWithFewMatchingPods) {
  for_each_row("topology-spread-score", [](const json& row) {
    Numbers scores = row[0];
    const double weight = topology_normalizing_weight(row[2].get<std::int64_t>());
    for (std::int64_t& score : scores) score = rounded(spread_score(score, row[1].get<std::int64_t>(), weight));
    normalize_spread_scores(scores);
    EXPECT_EQ(scores, row[3].get<Numbers>());
  });
}

TEST(Arithmetic, BackoffDoublesUpToItsMaximum) {
  for_each_row("scheduler-backoff", [](const json& row) {
    EXPECT_EQ(backoff_duration(Duration::seconds(row[0].get<std::int64_t>()), Duration::seconds(row[1].get<std::int64_t>()),
                               row[2].get<std::int64_t>()),
              Duration::seconds(row[3].get<std::int64_t>()));
  });
  const Duration first = Duration::seconds(1), max = Duration::seconds(10);
  EXPECT_EQ(backoff_duration(first, max, 1), Duration::seconds(1));
  EXPECT_EQ(backoff_duration(first, max, 4), Duration::seconds(8));
  EXPECT_EQ(backoff_duration(first, max, 5), Duration::seconds(10));
}

TEST(Arithmetic, TheFirstMaximumIsFoundInPreorder) {
  const Numbers scores = {1, 3, 7, 7, 2, 7};        // preorder: 0 1 3 4 2 5
  EXPECT_EQ(first_maximum_in_preorder(scores), 3u);
  EXPECT_EQ(first_maximum_in_preorder(Numbers{1, 2, 2, 1}), 1u);
  EXPECT_EQ(first_maximum_in_preorder(Numbers{1, 1, 1, 1, 1, 5}), 5u);
  EXPECT_EQ(first_maximum_in_preorder(Numbers{4}), 0u);
}

TEST(FitError, CountsReasonsInTheOrderOfTheirBytes) {
  for_each_row("fit-error", [](const json& row) {
    ReasonCounts reasons;
    for (const json& reason : row[1]) reasons.add(reason.get<std::string>());
    EXPECT_EQ(fit_error(row[0].get<std::int64_t>(), reasons, row[2].get<std::string>(), row[3].get<std::string>()),
              row[4].get<std::string>());
  });
}

TEST(FitError, SaysWhyPreemptionDoesNotHelp) {
  for_each_row("failed-scheduling-samples", [](const json& row) {
    // The one row there is: three nodes, one tainted, two too small.
    ReasonCounts reasons;
    reasons.add("node(s) had untolerated taint(s)");
    reasons.add("Insufficient cpu", 2);
    reasons.add("Insufficient memory", 2);
    EXPECT_EQ(fit_error(3, reasons, {}, post_filter_text(3, 0)), row[1].get<std::string>());
  });
  EXPECT_EQ(post_filter_text(6, 4), "no new claims to deallocate, preemption: 0/6 nodes are available: "
                                    "2 Preemption is not helpful for scheduling, "
                                    "4 No preemption victims found for incoming pod.");
}

TEST(Preemption, ChoosesTheNodeWhoseVictimsMatterLeast) {
  for_each_row("preemption-pick-node", [](const json& row) {
    std::vector<PreemptionCandidate> candidates;
    std::vector<std::string> names;
    for (const auto& [name, node] : row[0].items()) {
      names.push_back(name);
      PreemptionCandidate& candidate = candidates.emplace_back();
      candidate.pdb_violations = node.value("pdbViolations", std::int64_t{0});
      for (const json& victim : node["victims"]) {
        candidate.victims.push_back({victim[0], SimTime::at(Duration::seconds(victim[1].get<std::int64_t>()))});
      }
    }
    const std::vector<std::string> valid = row[1];
    EXPECT_EQ(std::ranges::count(valid, names[pick_one_node_for_preemption(candidates)]), 1);
  });
}

}  // namespace
}  // namespace seatrial::scheduler
