// The metrics server: every 15 s it reads what the kubelets say of their containers (as cAdvisor saw them
// last, housekeeping.h), keeps two different points of each, and publishes the usage between them as
// metrics.k8s.io.
//
// It reads only while somebody may ask: from the first HorizontalPodAutoscaler on, and only in namespaces
// that have one; so a cluster without autoscalers has no such events. The phase of its rounds is drawn. A
// container that is younger than a round, but 10 s old, counts from its start. Source:
// sigs.k8s.io/metrics-server 5ed5d3a, pkg/storage/pod.go; shipped manifests (--metric-resolution=15s);
// reference, part B, §1.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sim/cluster/api_server.h"
#include "sim/cluster/housekeeping.h"

namespace seatrial::cluster {

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
  // A round of reading, or a look of cAdvisor's. REQUIRES: event.component is kMetricsComponent.
  void handle(Kernel& kernel, ApiServer& api, const UsageSource& source, const Event& event);

 private:
  enum EventType : std::uint8_t { kRound, kBegan, kLook };  // kBegan: a container has; subject: its pod
  struct Points {
    ContainerPoint last;
    std::optional<ContainerPoint> before;
  };

  void autoscaler_changed(Kernel& kernel, const WatchEvent& change);
  void read_all(Kernel& kernel, ApiServer& api, const UsageSource& source);
  std::optional<PodUsage> read(std::uint32_t pod);
  void send(Kernel& kernel, EventType type, std::uint32_t pod, Duration delay);

  MetricsServerConfig config_;
  Duration phase_;
  std::map<api::Symbol, std::int32_t> autoscalers_;  // by namespace
  bool running_ = false;
  Housekeeping cadvisor_{kLook};
  std::map<std::uint32_t, std::vector<Points>> points_;  // by pod index
  std::map<std::uint32_t, std::int64_t> begun_;          // containers of a pod that are known to have begun
};

}  // namespace seatrial::cluster
