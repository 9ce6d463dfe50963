// The metrics APIs as a client sees them: metrics.k8s.io (what pods use), custom.metrics.k8s.io (of pods and
// other objects) and external.metrics.k8s.io. The API server hands such requests on to whoever serves them;
// here the answers are kept, and whoever serves them puts them in.
//
// Amounts are in thousandths: of a core for cpu, of a byte for memory, of a unit for others. Times are shown
// in whole seconds, as metav1.Time has them. A value: copied with the World. Sources:
// k8s.io/metrics/pkg/apis, pkg/controller/podautoscaler/metrics/client.go; reference, part B, §1.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::cluster {

struct ContainerUsage {
  api::Symbol container;
  std::optional<std::int64_t> cpu, memory;
};

// What a pod used during `window`, which ended at `timestamp`.
struct PodUsage {
  SimTime timestamp;
  Duration window;
  std::vector<ContainerUsage> containers;
};

// Usage by rule instead of by measurement: what each request is answered with from now on, with the time of
// the request.
struct UsageRule {
  std::optional<std::int64_t> cpu_per_pod;     // of each running pod
  std::optional<std::int64_t> cpu_in_total;    // divided evenly among the ready pods
  std::map<api::Symbol, std::int64_t> cpu_of;  // of single pods, by name
  std::optional<std::int64_t> memory_per_pod;
  std::set<api::Symbol> missing;  // pods, by name
  bool down = false;              // no pod has metrics
  Duration window = Duration::seconds(15);
};

class MetricsApi {
 public:
  using Pods = std::span<const std::shared_ptr<const api::Pod>>;

  // What each of these pods used; nothing for a pod without metrics. An API that serves nothing is one where
  // no pod has any.
  std::vector<std::optional<PodUsage>> usage_of(Pods pods, SimTime now) const;
  // Of a metric of custom.metrics.k8s.io, for an object or a pod: none if there is no such metric.
  std::optional<std::int64_t> of_object(api::Symbol metric, api::ObjectRef object) const;
  std::optional<std::int64_t> of_pod(api::Symbol metric, const api::Pod& pod) const;
  // Of external.metrics.k8s.io: the sum over its series. None: there are no series.
  std::optional<std::int64_t> external(api::Symbol metric, api::Symbol namespace_) const;

  // Takes the place of all that was published before; by pod index.
  void publish(std::map<std::uint32_t, PodUsage> usage) { measured_ = std::move(usage); }
  void set_rule(UsageRule rule) { rule_ = std::move(rule); }
  void set_object(api::Symbol metric, api::ObjectRef object, std::optional<std::int64_t> value);
  // Of each pod of a namespace that the selector matches, also of those that are yet to come.
  void set_pods(api::Symbol metric, api::Symbol namespace_, const api::LabelSelector& selector,
                std::int64_t value);
  void set_external(api::Symbol metric, api::Symbol namespace_, std::optional<std::int64_t> value);

 private:
  std::map<std::uint32_t, PodUsage> measured_;  // by pod index
  std::optional<UsageRule> rule_;               // takes precedence
  std::map<std::pair<api::Symbol, api::ObjectRef>, std::int64_t> objects_;
  std::map<std::pair<api::Symbol, api::Symbol>, std::int64_t> external_;
  struct OfPods {
    api::Symbol metric, namespace_;
    api::LabelSelector selector;
    std::int64_t value;
  };
  std::vector<OfPods> pods_;
};

}  // namespace seatrial::cluster
