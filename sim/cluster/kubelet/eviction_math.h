// Who goes when a node's memory runs short: by the kubelet, which looks every ten seconds and evicts one pod
// at a time; by the kernel, which kills one process when it is too late for that. Pure functions.
//
// What there is to share: the pods' cgroup (kubepods) may use what the node has less what is reserved for the
// system, which is the node's allocatable memory and the eviction threshold together. What runs outside of
// pods is taken to stay within its reservation.
// Example: 31Gi, of which 1465Mi are reserved, threshold 100Mi: allocatable 30179Mi, the pods' cgroup
// 30279Mi. The kubelet evicts when the pods use more than 30179Mi, the kernel kills at more than 30279Mi.
//
// Sources: pkg/kubelet/eviction/{eviction_manager,helpers}.go (rankMemoryPressure, evictionMessage),
// pkg/kubelet/qos/policy.go, pkg/kubelet/types/pod_update.go (IsCriticalPod); Linux mm/oom_kill.c
// (oom_badness); reference §3.8. Left out: soft thresholds, minimum reclaim, static pods, swap, disks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::cluster {

// limits.memory in bytes; none: the container has no limit.
std::optional<std::int64_t> memory_limit(const api::Container& container);
// What all pods of a node may use together; none: the node does not say what memory it has.
std::optional<std::int64_t> pods_memory(const api::Node& node, std::int64_t threshold);

// Priority of at least 2,000,000,000: never evicted, and admitted whatever the pressure.
bool is_critical(const api::PodSpec& spec);
// Whether a node under memory pressure takes the pod: critical ones, those that are not BestEffort, those
// that tolerate the taint node.kubernetes.io/memory-pressure.
bool admitted_under_memory_pressure(const api::PodSpec& spec);

struct EvictionCandidate {
  bool measured = true;  // false: none of its containers runs, so nothing is known of it
  std::int64_t used = 0, requested = 0;
  std::int32_t priority = 0;
};
// Indices, the first to go first: unmeasured ones; those that use more than they request; those of lower
// priority; those that use more beyond their request. Equals keep their order.
std::vector<std::size_t> rank_for_eviction(std::span<const EvictionCandidate> candidates);

struct ContainerMemory {
  api::Symbol name;
  std::int64_t used = 0;
  api::Quantity request;
};
// "The node was low on resource: memory. Threshold quantity: 100Mi, available: 98304Ki. Container web was
// using 300Mi, request is 200Mi, has larger consumption of memory. ": those that exceed their request.
std::string eviction_message(const api::Quantity& threshold, std::int64_t available,
                             std::span<const ContainerMemory> containers);

// From -1000 to 1000; `capacity` is the node's memory.
std::int32_t oom_score_adj(const api::PodSpec& spec, const api::Container& container, std::int64_t capacity);
struct OomCandidate {
  std::int64_t used = 0;
  std::int32_t score_adj = 0;
};
// The one with the most points: what it uses and score_adj thousandths of `total`; of equals the last.
// REQUIRES: there is one.
// Example, total 1000Mi: Burstable, 400Mi, 900 -> 1300Mi; BestEffort, 50Mi, 1000 -> 1050Mi; Guaranteed,
// 500Mi, -997 -> -497Mi.
std::size_t oom_victim(std::span<const OomCandidate> candidates, std::int64_t total);

}  // namespace seatrial::cluster
