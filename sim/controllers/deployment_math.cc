#include "sim/controllers/deployment_math.h"

#include <algorithm>
#include <numeric>

namespace seatrial::controllers {

using api::DeploymentStrategyType;

std::expected<Fenceposts, std::string> resolve_fenceposts(
    const std::optional<api::IntOrString>& max_surge, const std::optional<api::IntOrString>& max_unavailable,
    std::int32_t desired) {
  const auto surge = api::scaled_value(max_surge.value_or(api::IntOrString()), desired, true);
  if (!surge) return std::unexpected(surge.error());
  const auto unavailable = api::scaled_value(max_unavailable.value_or(api::IntOrString()), desired, false);
  if (!unavailable) return std::unexpected(unavailable.error());
  if (*surge == 0 && *unavailable == 0) return Fenceposts{0, 1};
  return Fenceposts{*surge, *unavailable};
}

std::int32_t max_surge(const api::Deployment& d) {
  if (d.strategy != DeploymentStrategyType::kRollingUpdate) return 0;
  return resolve_fenceposts(d.max_surge, d.max_unavailable, d.replicas).value_or(Fenceposts()).surge;
}

std::int32_t max_unavailable(const api::Deployment& d) {
  if (d.strategy != DeploymentStrategyType::kRollingUpdate || d.replicas == 0) return 0;
  const Fenceposts posts =
      resolve_fenceposts(d.max_surge, d.max_unavailable, d.replicas).value_or(Fenceposts());
  return std::min(posts.unavailable, d.replicas);
}

std::int32_t new_rs_new_replicas(DeploymentStrategyType strategy, std::int32_t desired, std::int32_t surge,
                                 std::int32_t all_spec, std::int32_t new_spec) {
  if (strategy == DeploymentStrategyType::kRecreate) return desired;
  const std::int32_t max_total = desired + surge;
  if (all_spec >= max_total) return new_spec;
  return new_spec + std::min(max_total - all_spec, desired - new_spec);
}

std::int32_t reconcile_new(DeploymentStrategyType strategy, std::int32_t desired, std::int32_t surge,
                           std::int32_t all_spec, std::int32_t new_spec) {
  if (new_spec >= desired) return desired;
  return new_rs_new_replicas(strategy, desired, surge, all_spec, new_spec);
}

std::int32_t max_scaled_down(std::int32_t all_spec, std::int32_t min_available, const SetSize& new_set) {
  return all_spec - min_available - (new_set.spec - new_set.available);
}

std::vector<Resize> cleanup_unhealthy(std::span<const SetSize> old_sets, std::int32_t limit) {
  std::vector<Resize> plan;
  for (std::size_t i = 0; i < old_sets.size() && limit > 0; ++i) {
    const std::int32_t take = std::min(limit, old_sets[i].spec - old_sets[i].available);
    if (old_sets[i].spec == 0 || take <= 0) continue;
    plan.push_back({i, old_sets[i].spec, old_sets[i].spec - take});
    limit -= take;
  }
  return plan;
}

std::vector<Resize> scale_down_old(std::span<const SetSize> old_sets, std::int32_t available,
                                   std::int32_t min_available) {
  std::vector<Resize> plan;
  std::int32_t left = available - min_available;
  for (std::size_t i = 0; i < old_sets.size() && left > 0; ++i) {
    const std::int32_t take = std::min(left, old_sets[i].spec);
    if (take == 0) continue;
    plan.push_back({i, old_sets[i].spec, old_sets[i].spec - take});
    left -= take;
  }
  return plan;
}

namespace {

// Half away from zero, of a quotient of integers: 5/2 -> 3, -5/2 -> -3.
std::int64_t rounded_quotient(std::int64_t a, std::int64_t b) {
  const std::int64_t twice = 2 * (a < 0 ? -a : a) + b;
  const std::int64_t magnitude = twice / (2 * b);
  return a < 0 ? -magnitude : magnitude;
}

// At most one active set: that one gets everything; if none is active, the new one or else the newest.
std::optional<std::size_t> active_or_latest(std::span<const ScaledSet> sets) {
  std::optional<std::size_t> active, newest;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].size.spec > 0) {
      if (active) return std::nullopt;
      active = i;
    }
    if (!newest || !sets[*newest].is_new) newest = i;
  }
  return active ? active : newest;
}

bool is_saturated(const Scaling& scaling, const ScaledSet& set) {
  return set.is_new && set.size.spec == scaling.desired && set.desired_annotation == scaling.desired &&
         set.size.available == scaling.desired;
}

std::vector<ScaleStep> proportional(const Scaling& scaling, std::span<const ScaledSet> sets) {
  std::vector<std::size_t> order;
  std::int32_t total = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    total += sets[i].size.spec;
    if (sets[i].size.spec > 0) order.push_back(i);
  }
  const std::int32_t allowed = scaling.desired > 0 ? scaling.desired + scaling.surge : 0;
  const std::int32_t to_add = allowed - total;
  // The larger first; of equals the newer first when adding, the older first when removing.
  if (to_add > 0) std::ranges::reverse(order);
  if (to_add != 0) {
    std::ranges::stable_sort(
        order, [&](std::size_t a, std::size_t b) { return sets[a].size.spec > sets[b].size.spec; });
  }
  std::vector<ScaleStep> plan;
  std::int32_t added = 0;
  for (const std::size_t i : order) {
    std::int32_t share = 0;
    if (to_add != added) {
      const std::int32_t fraction = replica_set_fraction(scaling, sets[i].size.spec, sets[i].max_annotation);
      share = to_add > 0 ? std::min(fraction, to_add - added) : std::max(fraction, to_add - added);
    }
    plan.push_back({i, sets[i].size.spec + share, true});
    added += share;
  }
  if (!plan.empty() && to_add != 0) plan.front().to = std::max(0, plan.front().to + to_add - added);
  return plan;
}

}  // namespace

std::int32_t replica_set_fraction(const Scaling& scaling, std::int32_t spec,
                                  std::optional<std::int32_t> max_annotation) {
  if (scaling.desired == 0) return -spec;
  std::int32_t before = max_annotation.value_or(0);
  if (before == 0) before = scaling.status_replicas;
  if (before == 0) return 0;
  const std::int64_t after = scaling.desired + scaling.surge;
  return static_cast<std::int32_t>(rounded_quotient(spec * after, before)) - spec;
}

std::vector<ScaleStep> scale_plan(const Scaling& scaling, std::span<const ScaledSet> sets) {
  if (sets.empty()) return {};
  if (const auto only = active_or_latest(sets)) return {{*only, scaling.desired, false}};
  if (std::ranges::any_of(sets, [&](const ScaledSet& set) { return is_saturated(scaling, set); })) {
    std::vector<ScaleStep> plan;
    for (std::size_t i = sets.size(); i-- > 0;) {
      if (!sets[i].is_new && sets[i].size.spec > 0) plan.push_back({i, 0, false});
    }
    return plan;
  }
  if (!scaling.rolling_update) return {};
  return proportional(scaling, sets);
}

}  // namespace seatrial::controllers
