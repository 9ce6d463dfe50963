// What a pod asks of a node and what a node has, as the scheduler counts it: integers in fixed units.
//
// milli_cpu in thousandths of a core, memory and ephemeral storage in bytes, extended resources in whole
// units. Sources: pkg/scheduler/framework/types.go (Resource), k8s.io/component-helpers/resource/helpers.go
// (PodRequests), pkg/scheduler/util/pod_resources.go (defaults of containers without a request); reference
// §5.5.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::scheduler {

struct Resources {
  std::int64_t milli_cpu = 0, memory = 0, ephemeral_storage = 0;
  std::vector<std::pair<api::Symbol, std::int64_t>> scalar;  // sorted by name; usually empty

  static Resources of(const api::ResourceList& list);
  void add(const Resources& other);
  void subtract(const Resources& other);
  std::int64_t scalar_amount(api::Symbol name) const;
  std::int64_t amount(api::Symbol name) const;  // of any resource, by its Kubernetes name
  bool is_zero() const;
  bool operator==(const Resources&) const = default;
};

// A container that does not say counts as 100m and 200Mi where nodes are scored by how full they are.
inline constexpr std::int64_t kDefaultMilliCpu = 100;
inline constexpr std::int64_t kDefaultMemory = 200LL << 20;

struct PodRequests {
  Resources requests;                                        // as written
  std::int64_t non_zero_milli_cpu = 0, non_zero_memory = 0;  // with the defaults above
};

// By the rule of api::pod_requests. A container of 500m beside one that says nothing: 500m, and 600m with
// defaults.
PodRequests pod_requests(const api::PodSpec& spec);

}  // namespace seatrial::scheduler
