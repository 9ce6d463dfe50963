// cAdvisor in the kubelets: it looks at each container from its start on, again after 10 to 20 seconds each
// time, and what a kubelet answers of a container is what it saw then. So a reading of the metrics server is
// up to 20 s old, and a young container has no usage between two points for 10 s at least.
//
// A container that uses the same as the time before is looked at half as seldom (15 to 30 s). Intervals are
// drawn from a stream of the node. Source: cadvisor manager/container.go (housekeepingTick,
// nextHousekeepingInterval, jitter); pkg/kubelet/cadvisor/cadvisor_linux.go (10 s, at most 15 s, dynamic).
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/components.h"
#include "sim/engine/kernel.h"

namespace seatrial::cluster {

// What a container has used up to `at`: thousandths of a core times microseconds, and bytes at that instant.
struct ContainerPoint {
  api::Symbol container;
  SimTime started, at;
  std::optional<std::int64_t> cpu, memory;  // none: not known
  std::optional<std::int64_t> cpu_limit;    // thousandths of a core: no more is used
};

// Where the points come from; passed in with each call, never stored.
class UsageSource {
 public:
  // Of the pod's running containers, now; none: it runs none, or its kubelet does not answer.
  virtual std::vector<ContainerPoint> points_of(const api::Pod& pod) const = 0;

 protected:
  ~UsageSource() = default;
};

class Housekeeping {
 public:
  // Looks are events of kMetricsComponent of that type: subject is the pod's index, payload the look's
  // number.
  explicit Housekeeping(std::uint8_t event_type) : event_type_(event_type) {}

  // Begins to look at those of the pod's containers that it does not know, and forgets those that have ended.
  void take_notice(Kernel& kernel, const api::Pod& pod, const UsageSource& source);
  void look(Kernel& kernel, const api::Pod& pod, const UsageSource& source, std::uint64_t number);
  void forget(std::uint32_t pod) { pods_.erase(pod); }
  void forget_all() { pods_.clear(); }
  // As each container was seen last.
  std::vector<ContainerPoint> points_of(std::uint32_t pod) const;

 private:
  struct Watched {
    ContainerPoint point;
    std::uint64_t number = 0;  // of the next look
    bool unchanged = false;    // since the look before
  };
  void schedule(Kernel& kernel, const api::Pod& pod, Watched& watched, SimTime from);

  std::uint8_t event_type_;
  std::map<std::uint32_t, std::vector<Watched>> pods_;  // by pod index
  std::map<api::Symbol, RandomStream> intervals_;       // by node
  std::uint64_t numbers_ = 0;
};

}  // namespace seatrial::cluster
