#include "sim/controllers/disruption_math.h"

#include "tests/controllers/cases.h"

namespace seatrial::controllers {
namespace {

TEST(DisruptionMath, CountsABudgetAsKubernetesDoes) {
  for_each_row("pdb-status", [](const CaseRow& row) {
    api::PodDisruptionBudget budget;
    const Json spec = row["spec"];
    if (spec.contains("minAvailable")) budget.min_available = int_or_string(spec["minAvailable"]);
    if (spec.contains("maxUnavailable")) budget.max_unavailable = int_or_string(spec["maxUnavailable"]);
    for (const auto& [field, value] : spec.items())
      EXPECT_TRUE(field == "minAvailable" || field == "maxUnavailable") << field;
    std::int32_t scale = 0;
    for (const Json& one : row["controllerScales"]) scale += one.get<std::int32_t>();
    const auto target = budget_target(budget, number(row, "matchingPods"), scale);
    ASSERT_TRUE(target);
    EXPECT_EQ(*target, (BudgetTarget{number(row, "expectedPods"), number(row, "desiredHealthy")}));
    EXPECT_EQ(number(row, "readyPods"), number(row, "currentHealthy"));
    EXPECT_EQ(disruptions_allowed(*target, number(row, "readyPods")), number(row, "disruptionsAllowed"));
  });
}

}  // namespace
}  // namespace seatrial::controllers
