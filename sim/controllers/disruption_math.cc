#include "sim/controllers/disruption_math.h"

#include <algorithm>

namespace seatrial::controllers {

bool counts_scale(const api::PodDisruptionBudget& budget) {
  return budget.max_unavailable || (budget.min_available && budget.min_available->is_string());
}

std::expected<BudgetTarget, std::string> budget_target(const api::PodDisruptionBudget& budget,
                                                       std::int32_t pods, std::int32_t scale) {
  if (budget.max_unavailable) {
    const auto most = scaled_value(*budget.max_unavailable, scale, true);
    if (!most) return std::unexpected(most.error());
    return BudgetTarget{scale, std::max(0, scale - *most)};
  }
  if (!budget.min_available) return BudgetTarget();
  if (!counts_scale(budget)) return BudgetTarget{pods, budget.min_available->number};
  const auto least = scaled_value(*budget.min_available, scale, true);
  if (!least) return std::unexpected(least.error());
  return BudgetTarget{scale, *least};
}

}  // namespace seatrial::controllers
