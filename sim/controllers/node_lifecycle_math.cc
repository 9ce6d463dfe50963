#include "sim/controllers/node_lifecycle_math.h"

#include <algorithm>
#include <array>

namespace seatrial::controllers {

using api::Condition;
using api::ConditionStatus;
using api::Symbol;
using api::Taint;

namespace {

struct ConditionTaint {
  const char* condition;
  ConditionStatus status;
  const char* key;
};
constexpr std::array<ConditionTaint, 6> kConditionTaints{{
    {"Ready", ConditionStatus::kFalse, "node.kubernetes.io/not-ready"},
    {"Ready", ConditionStatus::kUnknown, "node.kubernetes.io/unreachable"},
    {"MemoryPressure", ConditionStatus::kTrue, "node.kubernetes.io/memory-pressure"},
    {"DiskPressure", ConditionStatus::kTrue, "node.kubernetes.io/disk-pressure"},
    {"PIDPressure", ConditionStatus::kTrue, "node.kubernetes.io/pid-pressure"},
    {"NetworkUnavailable", ConditionStatus::kTrue, "node.kubernetes.io/network-unavailable"},
}};
constexpr const char* kUnschedulable = "node.kubernetes.io/unschedulable";
constexpr const char* kNotReady = "node.kubernetes.io/not-ready";
constexpr const char* kUnreachable = "node.kubernetes.io/unreachable";

bool is_condition_taint(const Taint& taint) {
  if (taint.effect != Symbol("NoSchedule")) return false;
  return taint.key == Symbol(kUnschedulable) ||
         std::ranges::any_of(kConditionTaints,
                             [&](const ConditionTaint& row) { return taint.key == Symbol(row.key); });
}

bool is_no_execute(const Taint& taint) {
  return taint.effect == Symbol("NoExecute") &&
         (taint.key == Symbol(kNotReady) || taint.key == Symbol(kUnreachable));
}

constexpr Duration kInterval = Duration::seconds(10);       // 0.1 a second
constexpr Duration kSlowInterval = Duration::seconds(100);  // 0.01 a second
constexpr std::int32_t kLargeZone = 50;

}  // namespace

SimTime last_round(SimTime at) {
  Duration into = at.since_start() % kMonitorPeriod;
  if (into < Duration()) into += kMonitorPeriod;
  return at - into;
}

SimTime next_round(SimTime at) {
  const SimTime last = last_round(at);
  return last == at ? at : last + kMonitorPeriod;
}

std::vector<Taint> with_condition_taints(const api::Node& node) {
  std::vector<Taint> taints;
  std::ranges::remove_copy_if(node.taints, std::back_inserter(taints), is_condition_taint);
  const auto add = [&](const char* key) {
    Taint taint{key, {}, "NoSchedule", {}};
    const auto there = std::ranges::find_if(
        node.taints, [&](const Taint& t) { return t.key == taint.key && t.effect == taint.effect; });
    taints.push_back(there == node.taints.end() ? taint : *there);
  };
  for (const ConditionTaint& row : kConditionTaints) {
    const Condition* const condition = api::find_condition(node.conditions, row.condition);
    if (condition && condition->status == row.status) add(row.key);
  }
  if (node.unschedulable) add(kUnschedulable);
  const auto same = [&](const Taint& taint) { return std::ranges::count(taints, taint) > 0; };
  const bool unchanged = taints.size() == node.taints.size() && std::ranges::all_of(node.taints, same);
  return unchanged ? node.taints : taints;
}

const Taint* no_execute_taint(const api::Node& node) {
  const auto found = std::ranges::find_if(node.taints, is_no_execute);
  return found == node.taints.end() ? nullptr : &*found;
}

std::vector<Taint> without_no_execute_taint(const api::Node& node) {
  std::vector<Taint> taints = node.taints;
  std::erase_if(taints, is_no_execute);
  return taints;
}

std::vector<Taint> with_no_execute_taint(const api::Node& node, SimTime now) {
  const Condition* const ready = api::find_condition(node.conditions, "Ready");
  const bool unknown = ready && ready->status == ConditionStatus::kUnknown;
  std::vector<Taint> taints = without_no_execute_taint(node);
  taints.push_back({unknown ? kUnreachable : kNotReady, {}, "NoExecute", now.whole_second()});
  return taints;
}

ZoneState zone_state(ZoneCounts counts) {
  const std::int32_t all = counts.ready + counts.not_ready;
  if (counts.ready == 0 && counts.not_ready > 0) return ZoneState::kFull;
  const bool partial = counts.not_ready > 2 && counts.not_ready * 100 >= all * 55;
  return partial ? ZoneState::kPartial : ZoneState::kNormal;
}

Duration taint_interval(ZoneState state, ZoneCounts counts) {
  if (state != ZoneState::kPartial) return kInterval;
  return counts.ready + counts.not_ready > kLargeZone ? kSlowInterval : Duration::max();
}

}  // namespace seatrial::controllers
