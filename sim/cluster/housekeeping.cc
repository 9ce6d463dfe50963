#include "sim/cluster/housekeeping.h"

#include <algorithm>

namespace seatrial::cluster {

namespace {

constexpr Duration kHousekeeping = Duration::seconds(10), kMostHousekeeping = Duration::seconds(15);
// A new container is found by its cgroup, a moment after that has been made.
constexpr Duration kFound = Duration::millis(100);

}  // namespace

void Housekeeping::schedule(Kernel& kernel, const api::Pod& pod, Watched& watched, SimTime from) {
  auto stream = intervals_.find(pod.node_name);
  if (stream == intervals_.end())
    stream = intervals_.emplace(pod.node_name, kernel.stream("cadvisor/" + pod.node_name.str())).first;
  const Duration least = watched.unchanged ? kMostHousekeeping : kHousekeeping;
  const Duration more = Duration::nanos(
      static_cast<std::int64_t>(stream->second.below(static_cast<std::uint64_t>(least.count()))));
  watched.number = ++numbers_;
  Event event;
  event.component = kMetricsComponent;
  event.type = event_type_;
  event.subject = pod.index;
  event.payload = watched.number;
  kernel.at(std::max(kernel.now(), from + least + more), event);
}

void Housekeeping::take_notice(Kernel& kernel, const api::Pod& pod, const UsageSource& source) {
  const std::vector<ContainerPoint> running = source.points_of(pod);
  if (running.empty()) return forget(pod.index);
  std::vector<Watched>& known = pods_[pod.index];
  std::erase_if(known, [&](const Watched& w) {
    return std::ranges::none_of(running, [&](const ContainerPoint& now) {
      return now.container == w.point.container && now.started == w.point.started;
    });
  });
  for (const ContainerPoint& now : running) {
    const bool is_known =
        std::ranges::any_of(known, [&](const Watched& w) { return w.point.container == now.container; });
    if (is_known) continue;
    Watched watched{now, 0, false};
    if (const Duration age = now.at - now.started; age < kHousekeeping) {  // it was looked at as it began
      watched.point.at = now.started + kFound;
      if (now.cpu && age > kFound)
        watched.point.cpu = *now.cpu * (kFound / Duration::micros(1)) / (age / Duration::micros(1));
    }
    schedule(kernel, pod, watched, watched.point.at);
    known.push_back(std::move(watched));
  }
}

void Housekeeping::look(Kernel& kernel, const api::Pod& pod, const UsageSource& source,
                        std::uint64_t number) {
  const auto containers = pods_.find(pod.index);
  if (containers == pods_.end()) return;
  const auto watched = std::ranges::find(containers->second, number, &Watched::number);
  if (watched == containers->second.end()) return;
  const std::vector<ContainerPoint> running = source.points_of(pod);
  const auto now = std::ranges::find(running, watched->point.container, &ContainerPoint::container);
  if (now == running.end() || now->started != watched->point.started) {
    containers->second.erase(watched);
    return;
  }
  watched->unchanged = now->cpu == watched->point.cpu && now->memory == watched->point.memory;
  watched->point = *now;
  schedule(kernel, pod, *watched, kernel.now());
}

std::vector<ContainerPoint> Housekeeping::points_of(std::uint32_t pod) const {
  std::vector<ContainerPoint> points;
  const auto containers = pods_.find(pod);
  if (containers == pods_.end()) return points;
  for (const Watched& watched : containers->second) points.push_back(watched.point);
  return points;
}

}  // namespace seatrial::cluster
