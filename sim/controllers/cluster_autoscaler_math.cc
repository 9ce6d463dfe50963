#include "sim/controllers/cluster_autoscaler_math.h"

#include <algorithm>
#include <numeric>

namespace seatrial::controllers {

namespace {

constexpr Duration kInitialBackoff = Duration::seconds(300), kMaxBackoff = Duration::seconds(1800),
                   kBackoffReset = Duration::seconds(3 * 3600);
constexpr std::int64_t kOkUnready = 3, kMaxUnreadyPercent = 45;
const char* const kSafeToEvict = "cluster-autoscaler.kubernetes.io/safe-to-evict";

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool has_local_storage(const api::Pod& pod) {
  // Volumes are kept as JSON, where no member carries them.
  const std::string& rest = pod.spec->other.str();
  return rest.find("\"hostPath\":") != std::string::npos || rest.find("\"emptyDir\":") != std::string::npos;
}

}  // namespace

double utilization(const Resources& requested, const Resources& allocatable) {
  return std::max(share(requested.milli_cpu, allocatable.milli_cpu),
                  share(requested.memory, allocatable.memory));
}

double waste(std::int32_t nodes, const Resources& node, const Resources& pods) {
  const auto unused = [&](std::int64_t each, std::int64_t used) {
    const std::int64_t whole = each * nodes;
    return share(whole - used, whole);
  };
  return unused(node.milli_cpu, pods.milli_cpu) + unused(node.memory, pods.memory);
}

std::vector<std::size_t> packing_order(std::span<const Resources> pods, const Resources& node) {
  std::vector<double> size;
  for (const Resources& pod : pods)
    size.push_back(share(pod.milli_cpu, node.milli_cpu) + share(pod.memory, node.memory));
  std::vector<std::size_t> order(pods.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return size[a] > size[b]; });
  return order;
}

const ScaleUpOption* least_waste(std::span<const ScaleUpOption> options) {
  const ScaleUpOption* best = nullptr;
  for (const ScaleUpOption& option : options) {
    if (option.nodes > 0 && (!best || option.waste < best->waste)) best = &option;
  }
  return best;
}

void GroupBackoff::failed(SimTime now) {
  const bool again = last_ && now - *last_ <= kBackoffReset;
  if (!again)
    duration_ = kInitialBackoff;
  else if (!resting(now))
    duration_ = std::min(duration_ * 2, kMaxBackoff);
  last_ = now;
  until_ = now + duration_;
}

bool is_cluster_healthy(std::int64_t unready, std::int64_t all) {
  return unready <= kOkUnready || unready * 100 <= all * kMaxUnreadyPercent;
}

bool goes_with_node(const api::Pod& pod) {
  const api::OwnerReference* const owner = pod.metadata.controller_ref();
  return (owner && owner->kind == "DaemonSet") || is_pod_terminal(pod) ||
         pod.metadata.annotations->contains("kubernetes.io/config.mirror");
}

std::string blocking_reason(const PodOnCandidate& candidate) {
  const api::Pod& pod = candidate.pod;
  const std::string_view safe = pod.metadata.annotations->get(kSafeToEvict);
  if (safe == "true" || pod.metadata.deletion_timestamp) return {};
  if (safe == "false") return "NotSafeToEvictAnnotation";
  if (!pod.metadata.controller_ref() || !candidate.controlled) return "NotReplicated";
  if (pod.metadata.namespace_ == "kube-system" && !candidate.has_budget) return "UnmovableKubeSystemPod";
  if (has_local_storage(pod)) return "LocalStorageRequested";
  if (!candidate.budget_allows) return "NotEnoughPdb";
  return {};
}

}  // namespace seatrial::controllers
