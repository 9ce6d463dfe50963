#include "sim/cluster/node_status.h"

#include <algorithm>
#include <array>

namespace seatrial::cluster {

namespace {

struct NodeConditionText {
  const char *type, *reason, *message;
  api::ConditionStatus status;
  const char* event;
};
constexpr NodeConditionText kSufficientMemory{"MemoryPressure", "KubeletHasSufficientMemory",
                                              "kubelet has sufficient memory available",
                                              api::ConditionStatus::kFalse, "NodeHasSufficientMemory"};
constexpr NodeConditionText kInsufficientMemory{"MemoryPressure", "KubeletHasInsufficientMemory",
                                                "kubelet has insufficient memory available",
                                                api::ConditionStatus::kTrue, "NodeHasInsufficientMemory"};
constexpr NodeConditionText kNoDiskPressure{"DiskPressure", "KubeletHasNoDiskPressure",
                                            "kubelet has no disk pressure", api::ConditionStatus::kFalse,
                                            "NodeHasNoDiskPressure"};
constexpr NodeConditionText kSufficientPid{"PIDPressure", "KubeletHasSufficientPID",
                                           "kubelet has sufficient PID available",
                                           api::ConditionStatus::kFalse, "NodeHasSufficientPID"};
constexpr NodeConditionText kNodeReady{"Ready", "KubeletReady", "kubelet is posting ready status",
                                       api::ConditionStatus::kTrue, "NodeReady"};
constexpr NodeConditionText kNodeShuttingDown{"Ready", "KubeletNotReady", "node is shutting down",
                                              api::ConditionStatus::kFalse, "NodeNotReady"};

std::array<NodeConditionText, 4> texts_of(const NodeHealth& health) {
  return {health.memory_pressure ? kInsufficientMemory : kSufficientMemory, kNoDiskPressure, kSufficientPid,
          health.shutting_down ? kNodeShuttingDown : kNodeReady};
}

api::Condition made_condition(const NodeConditionText& text, SimTime now) {
  return {text.type, text.status, text.reason, text.message, {}, now.whole_second(), {}};
}

}  // namespace

std::vector<api::Condition> conditions_of(const NodeHealth& health, SimTime now) {
  std::vector<api::Condition> conditions;
  for (const NodeConditionText& text : texts_of(health)) conditions.push_back(made_condition(text, now));
  return conditions;
}

std::vector<std::string_view> report_conditions(api::Node& node, const NodeHealth& health, SimTime now) {
  std::vector<std::string_view> events;
  for (const NodeConditionText& text : texts_of(health)) {
    const auto at = std::ranges::find(node.conditions, api::Symbol(text.type), &api::Condition::type);
    if (at == node.conditions.end()) {
      node.conditions.push_back(made_condition(text, now));
    } else if (at->status != text.status) {
      *at = made_condition(text, now);
      events.emplace_back(text.event);
    }
  }
  return events;
}

}  // namespace seatrial::cluster
