#include "sim/scheduler/arithmetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "sim/scheduler/fit_error.h"
#include "sim/scheduler/preemption.h"
#include "tests/support/case_tables.h"

namespace seatrial::scheduler {
namespace {

using nlohmann::json;
using tests::CaseRow;
using tests::for_each_row;
using Numbers = std::vector<std::int64_t>;

std::int64_t number(const CaseRow& row, const std::string& column) { return row[column].get<std::int64_t>(); }
Numbers numbers(const CaseRow& row, const std::string& column) { return row[column].get<Numbers>(); }
std::string text(const CaseRow& row, const std::string& column) { return row[column].get<std::string>(); }

std::vector<ShapePoint> shape_of(const json& points) {
  std::vector<ShapePoint> shape;
  for (const json& point : points) shape.push_back({point[0], point[1]});
  return shape;
}

TEST(Arithmetic, LeastAllocatedPrefersEmptyNodes) {
  for_each_row("least-allocated", [](const CaseRow& row) {
    const Numbers requested = numbers(row, "requested"), allocatable = numbers(row, "allocatable"),
                  weights = numbers(row, "weights");
    EXPECT_EQ(least_allocated({requested, allocatable, weights}), number(row, "score"));
  });
}

TEST(Arithmetic, MostAllocatedPrefersFullNodes) {
  for_each_row("most-allocated", [](const CaseRow& row) {
    const Numbers requested = numbers(row, "requested"), allocatable = numbers(row, "allocatable"),
                  weights = numbers(row, "weights");
    EXPECT_EQ(most_allocated({requested, allocatable, weights}), number(row, "score"));
  });
}

TEST(Arithmetic, BrokenLinearFollowsItsPoints) {
  for_each_row("broken-linear", [](const CaseRow& row) {
    EXPECT_EQ(broken_linear(shape_of(row["points"]), number(row, "p")), number(row, "value"));
  });
}

TEST(Arithmetic, RequestedToCapacityRatioFollowsItsShape) {
  for_each_row("requested-to-capacity", [](const CaseRow& row) {
    const Numbers requested = numbers(row, "requested"), allocatable = numbers(row, "allocatable"),
                  weights(requested.size(), 1);
    EXPECT_EQ(requested_to_capacity_ratio({requested, allocatable, weights}, shape_of(row["shape"])),
              number(row, "score"));
  });
}

TEST(Arithmetic, BalancedAllocationRatesWhatThePodChanges) {
  for_each_row("balanced-allocation-1.36", [](const CaseRow& row) {
    const Numbers before = numbers(row, "nodeRequestedBefore"), pod = numbers(row, "podRequest"),
                  allocatable = numbers(row, "allocatable");
    Numbers after = before;
    for (std::size_t i = 0; i < after.size(); ++i) after[i] += pod[i];
    const std::int64_t with = balance(after, allocatable), without = balance(before, allocatable);
    EXPECT_EQ(with, number(row, "legacyScore"));
    EXPECT_EQ(balanced_allocation(with, without), number(row, "score"));
  });
}

TEST(Arithmetic, ImageLocalityCountsWhatNeedNotBePulled) {
  for_each_row("image-locality", [](const CaseRow& row) {
    std::int64_t sum = 0;
    for (const json& image : row["imagesOnNode"]) {
      sum += scaled_image_size(image[0].get<std::int64_t>() << 20, image[1].get<std::int64_t>(),
                               number(row, "totalNodes"));
    }
    EXPECT_EQ(image_locality(sum, number(row, "nContainers")), number(row, "score"));
  });
}

TEST(Arithmetic, DefaultNormalizeScoreStretchesToAHundred) {
  for_each_row("default-normalize", [](const CaseRow& row) {
    Numbers scores = numbers(row, "scores");
    default_normalize_score(row["reverse"].get<bool>(), scores);
    EXPECT_EQ(scores, numbers(row, "normalized"));
  });
}

TEST(Arithmetic, TaintsCountAgainstANode) {
  for_each_row("taint-toleration-score", [](const CaseRow& row) {
    Numbers scores = numbers(row, "counts");
    default_normalize_score(true, scores);
    EXPECT_EQ(scores, numbers(row, "scores"));
  });
}

TEST(Arithmetic, FewerNodesAreLookedAtInLargeClusters) {
  for_each_row("num-feasible-nodes", [](const CaseRow& row) {
    const std::int64_t everywhere = number(row, "globalPct");
    const std::int64_t percentage = row["profilePct"].is_null() ? everywhere : number(row, "profilePct");
    EXPECT_EQ(num_feasible_nodes_to_find(percentage, number(row, "nodes")), number(row, "toFind"));
  });
}

TEST(Arithmetic, SpreadPrefersNodesWithFewMatchingPods) {
  for_each_row("topology-spread-score", [](const CaseRow& row) {
    Numbers scores = numbers(row, "counts");
    const double weight = topology_normalizing_weight(number(row, "candidates"));
    for (std::int64_t& score : scores) score = rounded(spread_score(score, number(row, "maxSkew"), weight));
    normalize_spread_scores(scores);
    EXPECT_EQ(scores, numbers(row, "scores"));
  });
}

TEST(Arithmetic, BackoffDoublesUpToItsMaximum) {
  for_each_row("scheduler-backoff", [](const CaseRow& row) {
    const auto seconds = [&](const char* column) { return Duration::seconds(number(row, column)); };
    EXPECT_EQ(backoff_duration(seconds("initial"), seconds("max"), number(row, "unschedulableCount")),
              seconds("backoff"));
  });
  const Duration first = Duration::seconds(1), max = Duration::seconds(10);
  EXPECT_EQ(backoff_duration(first, max, 1), Duration::seconds(1));
  EXPECT_EQ(backoff_duration(first, max, 4), Duration::seconds(8));
  EXPECT_EQ(backoff_duration(first, max, 5), Duration::seconds(10));
}

TEST(Arithmetic, TheFirstMaximumIsFoundInPreorder) {
  const Numbers scores = {1, 3, 7, 7, 2, 7};  // preorder: 0 1 3 4 2 5
  EXPECT_EQ(first_maximum_in_preorder(scores), 3u);
  EXPECT_EQ(first_maximum_in_preorder(Numbers{1, 2, 2, 1}), 1u);
  EXPECT_EQ(first_maximum_in_preorder(Numbers{1, 1, 1, 1, 1, 5}), 5u);
  EXPECT_EQ(first_maximum_in_preorder(Numbers{4}), 0u);
}

TEST(FitError, CountsReasonsInTheOrderOfTheirBytes) {
  for_each_row("fit-error", [](const CaseRow& row) {
    ReasonCounts reasons;
    for (const json& reason : row["reasonPerNode"]) reasons.add(reason.get<std::string>());
    EXPECT_EQ(
        fit_error(number(row, "numNodes"), reasons, text(row, "preFilterMsg"), text(row, "postFilterMsg")),
        text(row, "message"));
  });
}

// Reads "1 node(s) had untolerated taint(s), 2 Insufficient cpu" as what was counted.
ReasonCounts counted(const std::string& reasons) {
  ReasonCounts counts;
  std::istringstream words(reasons);
  for (std::string reason; std::getline(words >> std::ws, reason, ',');) {
    std::size_t digits = 0;
    const int count = std::stoi(reason, &digits);
    counts.add(reason.substr(digits + 1), count);
  }
  return counts;
}

// The situations are prose, so what was counted is taken from the texts: their shape is what is compared.
TEST(FitError, SaysWhyPreemptionDoesNotHelp) {
  static const std::regex shape(
      R"(0/(\d+) nodes are available: (.+?)\. no new claims to deallocate, preemption: 0/\1 nodes are available: (.+)\.)");
  for_each_row("failed-scheduling-samples", [](const CaseRow& row) {
    const std::string message = text(row, "message"), situation = text(row, "situation");
    std::smatch parts;
    ASSERT_TRUE(std::regex_match(message, parts, shape)) << situation << ": " << message;
    const std::int64_t nodes = std::stoi(parts[1]);
    const std::string preemption = fit_error(nodes, counted(parts[3]), {}, {});
    EXPECT_EQ(fit_error(nodes, counted(parts[2]), {}, post_filter_text(preemption)), message);
  });
  // The situation of our row: three nodes, one tainted, two too small.
  ReasonCounts reasons, dry_runs;
  dry_runs.add("Preemption is not helpful for scheduling", 3);
  reasons.add("Insufficient memory", 2);
  reasons.add("node(s) had untolerated taint(s)");
  reasons.add("Insufficient cpu", 2);
  EXPECT_EQ(fit_error(3, reasons, {}, post_filter_text(fit_error(3, dry_runs, {}, {}))),
            "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu, 2 Insufficient "
            "memory. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not "
            "helpful for scheduling.");
}

TEST(Preemption, LooksAtATenthOfTheNodesAndAtAHundred) {
  EXPECT_EQ(num_preemption_candidates(5000, 10, 100), 500);
  EXPECT_EQ(num_preemption_candidates(500, 10, 100), 100);
  EXPECT_EQ(num_preemption_candidates(6, 10, 100), 6);
  EXPECT_EQ(num_preemption_candidates(50, 0, 0), 0);
}

TEST(Preemption, ChoosesTheNodeWhoseVictimsMatterLeast) {
  for_each_row("preemption-pick-node", [](const CaseRow& row) {
    std::vector<PreemptionCandidate> candidates;
    std::vector<std::string> names;
    for (const auto& [name, node] : row["nodes"].items()) {
      names.push_back(name);
      PreemptionCandidate& candidate = candidates.emplace_back();
      candidate.pdb_violations = node.value("pdbViolations", std::int64_t{0});
      for (const json& victim : node["victims"]) {
        candidate.victims.push_back(
            {victim[0], SimTime::at(Duration::seconds(victim[1].get<std::int64_t>()))});
      }
    }
    const std::vector<std::string> valid = row["validChoices"];
    EXPECT_EQ(std::ranges::count(valid, names[pick_one_node_for_preemption(candidates)]), 1);
  });
}

}  // namespace
}  // namespace seatrial::scheduler
