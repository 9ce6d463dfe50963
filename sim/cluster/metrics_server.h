// The metrics server: every 15 s it reads what the kubelets' containers have used, keeps the last two points
// of each, and publishes the usage between them as metrics.k8s.io.
//
// It reads only while somebody may ask: from the first HorizontalPodAutoscaler on, and only in namespaces
// that have one; so a cluster without autoscalers has no such events. The phase of its rounds is drawn. A
// container that is younger than a round, but 10 s old, counts from its start. Not simulated: the interval at
// which cAdvisor itself looks (10 s and more), so a point is as new as its reading. Source:
// sigs.k8s.io/metrics-server 5ed5d3a, pkg/storage/pod.go; shipped manifests (--metric-resolution=15s);
// reference, part B, §1.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/cluster/api_server.h"

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
  // Of the pod's running containers; none: it runs none, or its kubelet does not answer.
  virtual std::vector<ContainerPoint> points_of(const api::Pod& pod) const = 0;

 protected:
  ~UsageSource() = default;
};

// What was used between two points of a container, in thousandths. 10 s at 250m: 2'500'000'000 more, so 250.
ContainerUsage usage_between(const ContainerPoint& before, const ContainerPoint& now);

struct MetricsServerConfig {
  Duration resolution = Duration::seconds(15);
};

class MetricsServer {
 public:
  MetricsServer(const Kernel& kernel, const MetricsServerConfig& config);

  // Every commit, at its instant.
  void on_commit(Kernel& kernel, const WatchEvent& change);
  // A round of reading. REQUIRES: event.component is kMetricsComponent.
  void handle(Kernel& kernel, ApiServer& api, const UsageSource& source);

 private:
  using Points = std::vector<ContainerPoint>;
  void read(const api::Pod& pod, const UsageSource& source, std::map<std::uint32_t, Points>& last,
            std::map<std::uint32_t, PodUsage>& usage);
  void next_round(Kernel& kernel, Duration delay);

  MetricsServerConfig config_;
  Duration phase_;
  std::map<api::Symbol, std::int32_t> autoscalers_;  // by namespace
  bool running_ = false;
  std::map<std::uint32_t, Points> last_;  // by pod index
};

}  // namespace seatrial::cluster
