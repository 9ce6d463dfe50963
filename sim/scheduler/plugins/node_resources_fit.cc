// NodeResourcesFit: refuses nodes without room for the pod's requests; scores how full they would be.
// Source: pkg/scheduler/framework/plugins/noderesources/{fit,resource_allocation}.go.
#include <algorithm>
#include <array>

#include "sim/scheduler/plugins/allocation.h"

namespace seatrial::scheduler {

namespace {

const api::Symbol kCpu("cpu"), kMemory("memory");

// The default, and so the fast way.
bool is_cpu_and_memory(const std::vector<ResourceWeight>& resources) {
  return resources.size() == 2 && resources[0].name == kCpu && resources[1].name == kMemory;
}

struct Shortage {
  bool found = false, above_allocatable = false;
};

void check(Shortage& shortage, std::int64_t request, std::int64_t allocatable, std::int64_t used) {
  if (request <= 0 || request <= allocatable - used) return;
  shortage.found = true;
  if (request > allocatable) shortage.above_allocatable = true;
}

void report(const Shortage& shortage, api::Symbol reason, Code& code, std::vector<api::Symbol>& reasons) {
  if (!shortage.found) return;
  reasons.push_back(reason);
  code =
      shortage.above_allocatable || code == Code::kUnresolvable ? Code::kUnresolvable : Code::kUnschedulable;
}

bool is_ignored(const PluginConfig& config, api::Symbol resource) {
  if (std::ranges::count(config.ignored_resources, resource) > 0) return true;
  const std::string_view name = resource.view();
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos &&
         std::ranges::count(config.ignored_resource_groups, api::Symbol(name.substr(0, slash))) > 0;
}

Code refuse(const PluginConfig& config, const Resources& wanted, const NodeInfo& node,
            std::vector<api::Symbol>& reasons) {
  static const api::Symbol kNoCpu("Insufficient cpu"), kNoMemory("Insufficient memory"),
      kNoStorage("Insufficient ephemeral-storage"), kNoPods("Too many pods");
  Code code = Code::kSuccess;
  report({static_cast<std::int64_t>(node.pods.size()) + 1 > node.allowed_pods, false}, kNoPods, code,
         reasons);
  Shortage cpu, memory, storage;
  check(cpu, wanted.milli_cpu, node.allocatable.milli_cpu, node.requested.milli_cpu);
  check(memory, wanted.memory, node.allocatable.memory, node.requested.memory);
  check(storage, wanted.ephemeral_storage, node.allocatable.ephemeral_storage,
        node.requested.ephemeral_storage);
  report(cpu, kNoCpu, code, reasons);
  report(memory, kNoMemory, code, reasons);
  report(storage, kNoStorage, code, reasons);
  for (const auto& [name, amount] : wanted.scalar) {
    if (is_ignored(config, name)) continue;
    Shortage shortage;
    check(shortage, amount, node.allocatable.scalar_amount(name), node.requested.scalar_amount(name));
    if (shortage.found) report(shortage, "Insufficient " + name.str(), code, reasons);
  }
  return code;
}

Code filter(const Cycle& cycle, std::uint32_t slot, std::vector<api::Symbol>& reasons) {
  return refuse(cycle.config, cycle.info.requests.requests, cycle.cluster.at(slot), reasons);
}

std::int64_t score(const Cycle& cycle, std::uint32_t slot) {
  AllocationBuffer buffer;
  const Allocation node = allocation_of(cycle, cycle.cluster.at(slot), cycle.config.fit_resources,
                                        Counting::kNonZeroWithPod, buffer);
  switch (cycle.config.strategy) {
    case ScoringStrategy::kLeastAllocated:
      return least_allocated(node);
    case ScoringStrategy::kMostAllocated:
      return most_allocated(node);
    case ScoringStrategy::kRequestedToCapacityRatio:
      return requested_to_capacity_ratio(node, cycle.config.shape);
  }
  return 0;
}

std::int64_t allowed_pods(const api::Node& node) {
  static const api::Symbol kPods("pods");
  const auto pods = node.allocatable.find(kPods);
  return pods == node.allocatable.end() ? 0 : pods->second.value();
}

bool fits_empty(const PluginConfig& config, const PodInfo& info, const api::Node& node) {
  NodeInfo empty;
  empty.allocatable = Resources::of(node.allocatable);
  empty.allowed_pods = allowed_pods(node);
  std::vector<api::Symbol> reasons;
  return refuse(config, info.requests.requests, empty, reasons) == Code::kSuccess;
}

bool any_requested_grew(const PodInfo& info, const api::Node& before, const api::Node& after) {
  const Resources was = Resources::of(before.allocatable), is = Resources::of(after.allocatable),
                  &wanted = info.requests.requests;
  if (allowed_pods(after) > allowed_pods(before)) return true;
  if (wanted.milli_cpu > 0 && is.milli_cpu > was.milli_cpu) return true;
  if (wanted.memory > 0 && is.memory > was.memory) return true;
  if (wanted.ephemeral_storage > 0 && is.ephemeral_storage > was.ephemeral_storage) return true;
  for (const auto& [name, amount] : wanted.scalar) {
    if (is.scalar_amount(name) > was.scalar_amount(name)) return true;
  }
  return false;
}

bool hint(const HintContext& context, const ClusterEvent& event) {
  if (event.kinds & kAssignedPodDelete) return true;
  if (!fits_empty(context.config, context.info, *event.node_after())) return false;
  return !event.before || any_requested_grew(context.info, *event.node_before(), *event.node_after());
}

}  // namespace

Allocation allocation_of(const Cycle& cycle, const NodeInfo& node,
                         const std::vector<ResourceWeight>& resources, Counting counting,
                         AllocationBuffer& buffer) {
  const PodRequests& pod = cycle.info.requests;
  if (is_cpu_and_memory(resources)) {
    const bool non_zero = counting == Counting::kNonZeroWithPod, without = counting == Counting::kWithoutPod;
    buffer.requested[0] = non_zero ? node.non_zero_milli_cpu + pod.non_zero_milli_cpu
                                   : node.requested.milli_cpu + (without ? 0 : pod.requests.milli_cpu);
    buffer.requested[1] = non_zero ? node.non_zero_memory + pod.non_zero_memory
                                   : node.requested.memory + (without ? 0 : pod.requests.memory);
    buffer.allocatable[0] = node.allocatable.milli_cpu;
    buffer.allocatable[1] = node.allocatable.memory;
    buffer.weights[0] = resources[0].weight;
    buffer.weights[1] = resources[1].weight;
    return {std::span(buffer.requested).first(2), std::span(buffer.allocatable).first(2),
            std::span(buffer.weights).first(2)};
  }
  std::size_t used = 0;
  for (const ResourceWeight& resource : resources) {
    if (used == buffer.requested.size()) break;
    const bool cpu = resource.name == kCpu, memory = resource.name == kMemory;
    std::int64_t has = node.requested.amount(resource.name), wants = pod.requests.amount(resource.name);
    // Extended resources that the pod does not ask for do not count.
    const std::int64_t allocatable =
        wants == 0 && is_scalar(resource.name) ? 0 : node.allocatable.amount(resource.name);
    if (counting == Counting::kNonZeroWithPod && (cpu || memory)) {
      has = cpu ? node.non_zero_milli_cpu : node.non_zero_memory;
      wants = cpu ? pod.non_zero_milli_cpu : pod.non_zero_memory;
    }
    buffer.requested[used] = has + (counting == Counting::kWithoutPod ? 0 : wants);
    buffer.allocatable[used] = allocatable;
    buffer.weights[used] = resource.weight;
    ++used;
  }
  return {std::span(buffer.requested).first(used), std::span(buffer.allocatable).first(used),
          std::span(buffer.weights).first(used)};
}

bool is_scalar(api::Symbol resource) {
  static const std::array<api::Symbol, 4> kNative = {"cpu", "memory", "ephemeral-storage", "pods"};
  return std::ranges::find(kNative, resource) == kNative.end();
}

const Plugin kNodeResourcesFitPlugin = {.name = "NodeResourcesFit",
                                        .weight = 1,
                                        .local = true,
                                        .filter = filter,
                                        .score = score,
                                        .events = kNodeAdd | kNodeAllocatable | kAssignedPodDelete,
                                        .hint = hint};

}  // namespace seatrial::scheduler
