#include "sim/controllers/descheduler_math.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/api/resources.h"
#include "sim/api/tolerations.h"
#include "sim/controllers/node_scaling.h"

namespace seatrial::controllers {

namespace {

constexpr std::int32_t kSystemCriticalPriority = 2'000'000'000;
enum : std::size_t { kUsedCpu, kUsedMemory, kUsedPods };

bool has_volume_of_node(const api::Pod& pod) {
  const std::string_view rest = pod.spec->other.view();
  return rest.find("\"hostPath\":") != std::string::npos || rest.find("\"emptyDir\":") != std::string::npos;
}

bool is_excluded(const api::Taint& taint, const std::vector<api::Symbol>& excluded) {
  return std::ranges::any_of(excluded, [&](api::Symbol name) {
    return name == taint.key ||
           (!taint.value.empty() && name.view() == taint.key.str() + "=" + taint.value.str());
  });
}

bool may_run_on(const api::Pod& pod, const api::Node& node) {
  return std::ranges::all_of(node.taints, [&](const api::Taint& taint) {
    return taint.effect == "PreferNoSchedule" || api::tolerates(pod.spec->tolerations, taint);
  });
}

NodeUsage pod_usage(const api::Pod& pod) {
  const scheduler::Resources requests = requests_of(pod);
  return {requests.milli_cpu, requests.memory, 1};
}

NodeUsage capacity_of(const api::Node& node) {
  const scheduler::Resources all = scheduler::Resources::of(node.allocatable);
  const auto pods = node.allocatable.find("pods");
  return {all.milli_cpu, all.memory, pods == node.allocatable.end() ? 0 : pods->second.value()};
}

int qos_rank(const api::Pod& pod) { return static_cast<int>(api::qos_class(*pod.spec)); }

bool is_below(const NodeUsage& usage, const NodeUsage& capacity, const NodeUtilizationArgs& args) {
  for (std::size_t r = 0; r < usage.size(); ++r)
    if (args.thresholds[r] && usage[r] * 100 > *args.thresholds[r] * capacity[r]) return false;
  return true;
}

bool is_above(const NodeUsage& usage, const NodeUsage& capacity, const NodeUtilizationArgs& args) {
  for (std::size_t r = 0; r < usage.size(); ++r)
    if (args.target_thresholds[r] && usage[r] * 100 > *args.target_thresholds[r] * capacity[r]) return true;
  return false;
}

// The plugin adds millicores, bytes and pods up to order nodes; so it is memory that counts.
std::int64_t fullness(const NodeUsage& usage) {
  return usage[kUsedCpu] + usage[kUsedMemory] + usage[kUsedPods];
}

std::string images_of(const api::Pod& pod) {
  std::vector<std::string> images;
  for (const api::Container& container : pod.spec->containers) images.push_back(container.image.str());
  std::ranges::sort(images);
  std::string all;
  for (const std::string& image : images) all += image + "#";
  return all;
}

}  // namespace

bool is_evictable(const api::Pod& pod, const EvictorArgs& args, std::size_t replicas, SimTime now) {
  const api::OwnerReference* const owner =
      pod.metadata.owner_references.empty() ? nullptr : &pod.metadata.owner_references.front();
  const std::int64_t priority = pod.spec->priority.value_or(0);
  if (pod.metadata.deletion_timestamp || !owner || owner->kind == "DaemonSet") return false;
  if (!args.system_critical_too && priority >= kSystemCriticalPriority) return false;
  if (args.priority_threshold && priority >= *args.priority_threshold) return false;
  if (!args.local_storage_too && has_volume_of_node(pod)) return false;
  if (args.ignore_claims && !pod.spec->volume_claims.empty()) return false;
  if (args.min_replicas > 1 && replicas < static_cast<std::size_t>(args.min_replicas)) return false;
  return now - pod.metadata.creation_timestamp >= args.min_age;
}

std::vector<EvictionCandidate> pods_violating_taints(const std::vector<PodsOnNode>& nodes,
                                                     const NodeTaintsArgs& args) {
  std::vector<EvictionCandidate> found;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    for (const PodPtr& pod : nodes[i].pods) {
      const auto is_violated = [&](const api::Taint& taint) {
        const bool counts = taint.effect == "NoSchedule" ||
                            (args.prefer_no_schedule_too && taint.effect == "PreferNoSchedule");
        return counts && !is_excluded(taint, args.excluded) && !api::tolerates(pod->spec->tolerations, taint);
      };
      if (std::ranges::any_of(nodes[i].node->taints, is_violated)) found.push_back({pod, i});
    }
  }
  return found;
}

std::vector<EvictionCandidate> duplicates(const std::vector<PodsOnNode>& nodes, const DuplicatesArgs& args,
                                          const std::vector<bool>& may_go_by_pod) {
  struct Owned {
    std::int64_t count = 0;
    std::map<std::uint32_t, std::vector<PodPtr>> by_node;
  };
  using Owner = std::tuple<api::Symbol, api::Symbol, api::Symbol, std::string>;
  std::map<Owner, Owned> owners;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    for (const PodPtr& pod : nodes[i].pods) {
      if (!may_go_by_pod[pod->index]) continue;
      const api::OwnerReference& owner = pod->metadata.owner_references.front();
      if (std::ranges::find(args.exclude_owner_kinds, owner.kind) != args.exclude_owner_kinds.end()) continue;
      Owned& owned = owners[{pod->metadata.namespace_, owner.kind, owner.name, images_of(*pod)}];
      ++owned.count;
      owned.by_node[i].push_back(pod);
    }
  }
  std::vector<EvictionCandidate> found;
  for (const auto& [name, owned] : owners) {
    const api::Pod& first = *owned.by_node.begin()->second.front();
    const auto targets =
        std::ranges::count_if(nodes, [&](const PodsOnNode& at) { return may_run_on(first, *at.node); });
    if (targets < 2) continue;
    const auto most = static_cast<std::size_t>((owned.count + targets - 1) / targets);
    for (const auto& [node, pods] : owned.by_node)
      for (std::size_t i = most; i < pods.size(); ++i) found.push_back({pods[i], node});
  }
  return found;
}

NodeUtilization::NodeUtilization(const std::vector<PodsOnNode>& nodes, const NodeUtilizationArgs& args,
                                 const std::vector<bool>& may_go_by_pod)
    : usage_(nodes.size()), target_(nodes.size()) {
  std::vector<std::uint32_t> high;
  std::size_t low = 0;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const NodeUsage capacity = target_[i] = capacity_of(*nodes[i].node);
    for (const PodPtr& pod : nodes[i].pods) {
      const NodeUsage one = pod_usage(*pod);
      for (std::size_t r = 0; r < one.size(); ++r) usage_[i][r] += one[r];
    }
    for (std::size_t r = 0; r < capacity.size(); ++r)
      if (args.target_thresholds[r]) target_[i][r] = *args.target_thresholds[r] * capacity[r] / 100;
    if (!nodes[i].node->unschedulable && is_below(usage_[i], capacity, args)) {
      ++low;
      for (std::size_t r = 0; r < capacity.size(); ++r) available_[r] += target_[i][r] - usage_[i][r];
    } else if (is_above(usage_[i], capacity, args)) {
      high.push_back(i);
    }
  }
  if (low == 0 || low <= static_cast<std::size_t>(args.number_of_nodes) || low == nodes.size()) return;
  std::ranges::stable_sort(high, std::ranges::greater(),
                           [&](std::uint32_t i) { return fullness(usage_[i]); });
  for (const std::uint32_t i : high) {
    std::vector<PodPtr> pods;
    for (const PodPtr& pod : nodes[i].pods)
      if (may_go_by_pod[pod->index]) pods.push_back(pod);
    std::ranges::stable_sort(pods, {}, [](const PodPtr& pod) {
      return std::pair(pod->spec->priority.value_or(0), qos_rank(*pod));
    });
    for (PodPtr& pod : pods) candidates_.push_back({std::move(pod), i});
  }
}

bool NodeUtilization::wants(const EvictionCandidate& candidate) const {
  bool above = false;
  for (std::size_t r = 0; r < available_.size(); ++r) {
    if (available_[r] <= 0) return false;
    above |= usage_[candidate.node][r] > target_[candidate.node][r];
  }
  return above;
}

void NodeUtilization::evicted(const EvictionCandidate& candidate) {
  const NodeUsage one = pod_usage(*candidate.pod);
  for (std::size_t r = 0; r < one.size(); ++r) {
    usage_[candidate.node][r] -= one[r];
    available_[r] -= one[r];
  }
}

}  // namespace seatrial::controllers
