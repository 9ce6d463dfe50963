#include "sim/cluster/metrics_server.h"

#include <algorithm>

#include "sim/cluster/components.h"

namespace seatrial::cluster {

using api::Kind;

namespace {

constexpr Duration kFresh = Duration::seconds(10);  // so old must a container be to count from its start

std::int64_t divided_up(std::int64_t amount, std::int64_t by) { return (amount + by - 1) / by; }

// The point from which the container's usage counts: its start if it is fresh, else the reading before this
// one, if it has not restarted since. None: there is nothing to compare with yet.
std::optional<ContainerPoint> point_before(const ContainerPoint& now, const std::vector<ContainerPoint>& last,
                                           Duration resolution) {
  const Duration age = now.at - now.started;
  if (age >= kFresh && age < resolution) {
    ContainerPoint start = now;
    start.at = now.started;
    if (start.cpu) start.cpu = 0;
    return start;
  }
  const auto at = std::ranges::find(last, now.container, &ContainerPoint::container);
  if (at == last.end() || now.started >= at->at || now.at <= at->at) return std::nullopt;
  return *at;
}

// Of all containers; none if one of them has nothing to compare with.
std::optional<PodUsage> usage_of(const std::vector<ContainerPoint>& now,
                                 const std::vector<ContainerPoint>& last, Duration resolution) {
  std::optional<PodUsage> usage;
  for (const ContainerPoint& point : now) {
    const auto before = point_before(point, last, resolution);
    if (!before) return std::nullopt;
    if (!usage) usage = PodUsage{point.at.whole_second(), point.at - before->at, {}};
    usage->containers.push_back(usage_between(*before, point));
  }
  return usage;
}

}  // namespace

ContainerUsage usage_between(const ContainerPoint& before, const ContainerPoint& now) {
  ContainerUsage usage{now.container, {}, {}};
  const std::int64_t window = (now.at - before.at) / Duration::micros(1);
  if (now.cpu && before.cpu) {
    const std::int64_t used = divided_up(*now.cpu - *before.cpu, window);
    usage.cpu = std::min(used, now.cpu_limit.value_or(used));
  }
  if (now.memory) usage.memory = *now.memory * 1000;
  return usage;
}

MetricsServer::MetricsServer(const Kernel& kernel, const MetricsServerConfig& config) : config_(config) {
  RandomStream phase = kernel.stream("metrics-server/phase");
  phase_ = Duration::nanos(static_cast<std::int64_t>(
      phase.below(static_cast<std::uint64_t>(config_.resolution / Duration::nanos(1)))));
}

void MetricsServer::on_commit(Kernel& kernel, const WatchEvent& change) {
  if (change.object->kind != Kind::kHorizontalPodAutoscaler || change.type == ChangeType::kModified) return;
  const api::Symbol ns = change.object->metadata.namespace_;
  if (change.type == ChangeType::kDeleted) {
    if (--autoscalers_[ns] == 0) autoscalers_.erase(ns);
    return;
  }
  ++autoscalers_[ns];
  if (running_) return;
  running_ = true;
  next_round(kernel, Duration());  // a real one has been reading all the time
}

void MetricsServer::next_round(Kernel& kernel, Duration delay) {
  Event event;
  event.component = kMetricsComponent;
  kernel.after(delay, event);
}

void MetricsServer::handle(Kernel& kernel, ApiServer& api, const UsageSource& source) {
  if (autoscalers_.empty()) {
    running_ = false;
    last_.clear();
    return api.metrics().publish({});
  }
  std::map<std::uint32_t, Points> last;
  std::map<std::uint32_t, PodUsage> usage;
  for (const api::ObjectPtr& object : api.store().all(Kind::kPod)) {
    if (object && autoscalers_.contains(object->metadata.namespace_))
      read(static_cast<const api::Pod&>(*object), source, last, usage);
  }
  last_ = std::move(last);
  api.metrics().publish(std::move(usage));
  const Duration into = (kernel.now().since_start() - phase_) % config_.resolution;
  const Duration since_round = into < Duration() ? into + config_.resolution : into;
  next_round(kernel, config_.resolution - since_round);
}

void MetricsServer::read(const api::Pod& pod, const UsageSource& source,
                         std::map<std::uint32_t, Points>& last, std::map<std::uint32_t, PodUsage>& usage) {
  Points points = source.points_of(pod);
  if (points.empty()) return;
  if (const auto used = usage_of(points, last_[pod.index], config_.resolution)) usage[pod.index] = *used;
  last[pod.index] = std::move(points);
}

}  // namespace seatrial::cluster
