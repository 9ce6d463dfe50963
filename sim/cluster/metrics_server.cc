#include "sim/cluster/metrics_server.h"

#include <algorithm>

#include "sim/cluster/components.h"

namespace seatrial::cluster {

using api::Kind;

namespace {

constexpr Duration kFresh = Duration::seconds(10);  // so old must a container be to count from its start

std::int64_t divided_up(std::int64_t amount, std::int64_t by) { return (amount + by - 1) / by; }

// How many instances of containers have begun to run.
std::int64_t instances_begun(const api::Pod& pod) {
  std::int64_t count = 0;
  for (const auto* list : {&pod.status.init_container_statuses, &pod.status.container_statuses}) {
    for (const api::ContainerStatus& status : *list) {
      const bool runs = std::holds_alternative<api::ContainerStateRunning>(status.state);
      count += status.restart_count + (runs ? 1 : 0);
    }
  }
  return count;
}

// The point before a new one, if there is one to compare with: the container's start if it is fresh, else the
// point that was the last so far, if it is another one and of the same instance.
std::optional<ContainerPoint> point_before(const ContainerPoint& now, const ContainerPoint* last,
                                           const std::optional<ContainerPoint>& before, Duration resolution) {
  const Duration age = now.at - now.started;
  if (age >= kFresh && age < resolution) {
    ContainerPoint start = now;
    start.at = now.started;
    if (start.cpu) start.cpu = 0;
    return start;
  }
  if (last == nullptr || now.started >= last->at) return std::nullopt;
  if (now.at > last->at) return *last;
  return before && now.started < before->at ? before : std::nullopt;
}

}  // namespace

ContainerUsage usage_between(const ContainerPoint& before, const ContainerPoint& now) {
  ContainerUsage usage{now.container, {}, {}};
  const auto age = [&](SimTime at) { return (at - now.started) / Duration::micros(1); };
  const std::int64_t window = age(now.at) - age(before.at);
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
  if (change.object->kind == Kind::kHorizontalPodAutoscaler) return autoscaler_changed(kernel, change);
  if (change.object->kind != Kind::kPod || !running_) return;
  const auto& pod = static_cast<const api::Pod&>(*change.object);
  if (change.type == ChangeType::kDeleted) {
    cadvisor_.forget(pod.index);
    points_.erase(pod.index);
    begun_.erase(pod.index);
    return;
  }
  if (!autoscalers_.contains(pod.metadata.namespace_)) return;
  const std::int64_t begun = instances_begun(pod);
  if (std::exchange(begun_[pod.index], begun) < begun) send(kernel, kBegan, pod.index, Duration());
}

void MetricsServer::autoscaler_changed(Kernel& kernel, const WatchEvent& change) {
  if (change.type == ChangeType::kModified) return;
  const api::Symbol ns = change.object->metadata.namespace_;
  if (change.type == ChangeType::kDeleted) {
    if (--autoscalers_[ns] == 0) autoscalers_.erase(ns);
    return;
  }
  ++autoscalers_[ns];
  if (std::exchange(running_, true)) return;
  send(kernel, kRound, 0, Duration());  // a real one has been reading all the time
}

void MetricsServer::send(Kernel& kernel, EventType type, std::uint32_t pod, Duration delay) {
  Event event;
  event.component = kMetricsComponent;
  event.type = type;
  event.subject = pod;
  kernel.after(delay, event);
}

void MetricsServer::handle(Kernel& kernel, ApiServer& api, const UsageSource& source, const Event& event) {
  if (event.type == kRound) return read_all(kernel, api, source);
  const auto pod = api::as<api::Pod>(api.store().get({Kind::kPod, event.subject}));
  if (!pod || !autoscalers_.contains(pod->metadata.namespace_)) return cadvisor_.forget(event.subject);
  if (event.type == kBegan) return cadvisor_.take_notice(kernel, *pod, source);
  cadvisor_.look(kernel, *pod, source, event.payload);
}

void MetricsServer::read_all(Kernel& kernel, ApiServer& api, const UsageSource& source) {
  if (autoscalers_.empty()) {
    running_ = false;
    cadvisor_.forget_all();
    points_.clear();
    begun_.clear();
    return api.metrics().publish({});
  }
  std::map<std::uint32_t, PodUsage> usage;
  for (const api::ObjectPtr& object : api.store().all(Kind::kPod)) {
    if (!object || !autoscalers_.contains(object->metadata.namespace_)) continue;
    cadvisor_.take_notice(kernel, static_cast<const api::Pod&>(*object), source);
    if (auto used = read(object->index)) usage[object->index] = std::move(*used);
  }
  api.metrics().publish(std::move(usage));
  const Duration into = (kernel.now().since_start() - phase_) % config_.resolution;
  const Duration since_round = into < Duration() ? into + config_.resolution : into;
  send(kernel, kRound, 0, config_.resolution - since_round);
}

// Of all its containers; none if one of them has nothing to compare with. The pod's time is that of the
// oldest.
std::optional<PodUsage> MetricsServer::read(std::uint32_t pod) {
  const std::vector<Points> known = std::exchange(points_[pod], {});
  std::optional<PodUsage> usage;
  bool complete = true;
  for (const ContainerPoint& now : cadvisor_.points_of(pod)) {
    const auto same = std::ranges::find_if(
        known, [&](const Points& points) { return points.last.container == now.container; });
    const bool found = same != known.end();
    auto before = point_before(now, found ? &same->last : nullptr, found ? same->before : std::nullopt,
                               config_.resolution);
    points_[pod].push_back({now, before});
    complete &= before.has_value();
    if (!before) continue;
    const SimTime at = now.at.whole_second();
    if (!usage) usage.emplace(PodUsage{at, now.at - before->at, {}});
    if (at < usage->timestamp)
      std::tie(usage->timestamp, usage->window) = std::tuple(at, now.at - before->at);
    usage->containers.push_back(usage_between(*before, now));
  }
  return complete ? usage : std::nullopt;
}

}  // namespace seatrial::cluster
