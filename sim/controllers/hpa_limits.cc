#include "sim/controllers/hpa_limits.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace seatrial::controllers {

namespace {

using api::HpaScalingPolicy;
using api::HpaScalingRules;
using api::ScalingPolicySelect;

constexpr double kScaleUpFactor = 2;
constexpr std::int32_t kScaleUpMinimum = 4;

Limited within_range(std::int32_t replicas) {
  return {replicas, "DesiredWithinRange", "the desired count is within the acceptable range"};
}
Limited too_fast_up(std::int32_t replicas) {
  return {replicas, "ScaleUpLimit",
          "the desired replica count is increasing faster than the maximum scale rate"};
}
Limited too_fast_down(std::int32_t replicas) {
  return {replicas, "ScaleDownLimit",
          "the desired replica count is decreasing faster than the maximum scale rate"};
}
Limited too_many(std::int32_t replicas) {
  return {replicas, "TooManyReplicas", "the desired replica count is more than the maximum replica count"};
}
Limited too_few(std::int32_t replicas) {
  return {replicas, "TooFewReplicas", "the desired replica count is less than the minimum replica count"};
}

// The last old one makes room.
template <class Entry>
void put(std::vector<Entry>& entries, Entry entry, Duration longest) {
  const SimTime cutoff = entry.at - longest;
  const auto old =
      std::find_if(entries.rbegin(), entries.rend(), [&](const Entry& e) { return e.at < cutoff; });
  if (old == entries.rend())
    entries.push_back(entry);
  else
    *old = entry;
}

std::int32_t change_within(const std::vector<ScaleEvent>& events, std::int32_t period_seconds, SimTime now) {
  const SimTime cutoff = now - Duration::seconds(period_seconds);
  std::int32_t change = 0;
  for (const ScaleEvent& event : events) change += event.at > cutoff ? event.change : 0;
  return change;
}

std::int32_t start_of_period(std::int32_t current, const ScaleHistory& history,
                             const HpaScalingPolicy& policy, SimTime now) {
  return current - change_within(history.up, policy.period_seconds, now) +
         change_within(history.down, policy.period_seconds, now);
}

// Of the sizes that the policies allow, the one that selectPolicy says; `larger`: whether a larger size is
// the larger change.
std::int32_t select(const HpaScalingRules& rules, std::span<const std::int32_t> sizes, bool larger) {
  const bool greatest = (rules.select_policy == ScalingPolicySelect::kMin) != larger;
  return greatest ? std::ranges::max(sizes) : std::ranges::min(sizes);
}

template <class Size>
std::int32_t limit(std::int32_t current, const ScaleHistory& history, const HpaScalingRules& rules,
                   SimTime now, bool up, Size&& size) {
  if (rules.select_policy == ScalingPolicySelect::kDisabled) return current;
  std::vector<std::int32_t> sizes;
  for (const HpaScalingPolicy& policy : *rules.policies)
    sizes.push_back(size(start_of_period(current, history, policy, now), policy));
  return select(rules, sizes, up);
}

}  // namespace

std::int32_t highest_recent(const std::vector<Recommendation>& recommendations, std::int32_t desired,
                            Duration window, SimTime now) {
  std::int32_t highest = desired;
  for (const Recommendation& r : recommendations) {
    if (r.at >= now - window) highest = std::max(highest, r.replicas);
  }
  return highest;
}

std::int32_t stabilized(const std::vector<Recommendation>& recommendations, std::int32_t current,
                        std::int32_t desired, Duration up_window, Duration down_window, SimTime now) {
  std::int32_t lowest = desired, highest = desired;
  for (const Recommendation& r : recommendations) {
    if (r.at > now - up_window) lowest = std::min(lowest, r.replicas);
    if (r.at > now - down_window) highest = std::max(highest, r.replicas);
  }
  return std::min(std::max(current, lowest), highest);
}

void remember(std::vector<Recommendation>& recommendations, std::int32_t desired, Duration longest_window,
              SimTime now) {
  put(recommendations, {desired, now}, longest_window);
}

void remember(std::vector<ScaleEvent>& events, std::int32_t change, const HpaScalingRules& rules,
              SimTime now) {
  std::int32_t longest = 0;
  for (const HpaScalingPolicy& policy : *rules.policies) longest = std::max(longest, policy.period_seconds);
  put(events, {change, now}, Duration::seconds(longest));
}

Limited limit_by_rules_of_old(std::int32_t current, std::int32_t desired, std::int32_t min,
                              std::int32_t max) {
  const double fast = std::max(kScaleUpFactor * current, static_cast<double>(kScaleUpMinimum));
  const std::int32_t most = static_cast<double>(max) > fast ? static_cast<std::int32_t>(fast) : max;
  if (desired < min) return too_few(min);
  if (desired <= most) return within_range(desired);
  return most < max ? too_fast_up(most) : too_many(most);
}

std::int32_t scale_up_limit(std::int32_t current, const ScaleHistory& history, const HpaScalingRules& rules,
                            SimTime now) {
  return limit(current, history, rules, now, true, [](std::int32_t start, const HpaScalingPolicy& policy) {
    if (policy.type == api::HpaScalingPolicyType::kPods) return start + policy.value;
    // In Kubernetes' own order of operations: 10 replicas and 10 % are ceil(10 * 1.1) = 12, not 11.
    const double share = 1 + static_cast<double>(policy.value) / 100;
    return static_cast<std::int32_t>(std::ceil(static_cast<double>(start) * share));
  });
}

std::int32_t scale_down_limit(std::int32_t current, const ScaleHistory& history, const HpaScalingRules& rules,
                              SimTime now) {
  return limit(current, history, rules, now, false, [](std::int32_t start, const HpaScalingPolicy& policy) {
    if (policy.type == api::HpaScalingPolicyType::kPods) return start - policy.value;
    const double share = 1 - static_cast<double>(policy.value) / 100;
    return static_cast<std::int32_t>(static_cast<double>(start) * share);
  });
}

Limited limit_by_behavior(std::int32_t current, std::int32_t desired, std::int32_t min, std::int32_t max,
                          const api::HpaBehavior& behavior, const ScaleHistory& history, SimTime now) {
  if (desired > current) {
    const std::int32_t fast = std::max(current, scale_up_limit(current, history, *behavior.scale_up, now));
    const std::int32_t most = std::min(max, fast);
    if (desired > most) return max > fast ? too_fast_up(most) : too_many(most);
  } else if (desired < current) {
    const std::int32_t fast =
        std::min(current, scale_down_limit(current, history, *behavior.scale_down, now));
    const std::int32_t least = std::max(min, fast);
    if (desired < least) return min < fast ? too_fast_down(least) : too_few(least);
  }
  return within_range(desired);
}

}  // namespace seatrial::controllers
