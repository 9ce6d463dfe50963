#include "sim/cluster/metrics_api.h"

#include <algorithm>

namespace seatrial::cluster {

namespace {

template <class Map, class Key>
std::optional<std::int64_t> value_at(const Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? std::nullopt : std::optional(at->second);
}

template <class Map, class Key>
void set_value(Map& map, Key key, std::optional<std::int64_t> value) {
  if (value)
    map[std::move(key)] = *value;
  else
    map.erase(key);
}

// What the rule says of one pod; its first container uses all of it.
std::optional<PodUsage> by_rule(const UsageRule& rule, const api::Pod& pod, std::int64_t ready, SimTime now) {
  const bool running = pod.status.phase == api::PodPhase::kRunning;
  if (rule.down || !running || rule.missing.contains(pod.metadata.name)) return std::nullopt;
  std::optional<std::int64_t> cpu = rule.cpu_per_pod;
  if (rule.cpu_in_total) cpu = is_pod_ready(pod) ? *rule.cpu_in_total / ready : 0;
  if (const auto own = value_at(rule.cpu_of, pod.metadata.name)) cpu = own;
  PodUsage usage{now.whole_second(), rule.window, {}};
  for (const api::Container& container : pod.spec->containers) {
    const bool first = usage.containers.empty();
    const auto part = [first](std::optional<std::int64_t> whole) {
      return whole && !first ? std::optional<std::int64_t>(0) : whole;
    };
    usage.containers.push_back({container.name, part(cpu), part(rule.memory_per_pod)});
  }
  return usage;
}

}  // namespace

std::vector<std::optional<PodUsage>> MetricsApi::usage_of(Pods pods, SimTime now) const {
  std::vector<std::optional<PodUsage>> usage;
  usage.reserve(pods.size());
  const auto ready = std::ranges::count_if(pods, [](const auto& pod) { return is_pod_ready(*pod); });
  for (const auto& pod : pods) {
    if (rule_) {
      usage.push_back(by_rule(*rule_, *pod, ready, now));
      continue;
    }
    const auto at = measured_.find(pod->index);
    usage.push_back(at == measured_.end() ? std::nullopt : std::optional(at->second));
  }
  return usage;
}

std::optional<std::int64_t> MetricsApi::of_object(api::Symbol metric, api::ObjectRef object) const {
  return value_at(objects_, std::pair(metric, object));
}
std::optional<std::int64_t> MetricsApi::external(api::Symbol metric, api::Symbol namespace_) const {
  return value_at(external_, std::pair(metric, namespace_));
}
std::optional<std::int64_t> MetricsApi::of_pod(api::Symbol metric, const api::Pod& pod) const {
  if (const auto own = of_object(metric, pod.ref())) return own;
  for (const OfPods& row : pods_) {
    if (row.metric == metric && row.namespace_ == pod.metadata.namespace_ &&
        row.selector.matches(*pod.metadata.labels))
      return row.value;
  }
  return std::nullopt;
}
void MetricsApi::set_pods(api::Symbol metric, api::Symbol namespace_, const api::LabelSelector& selector,
                          std::int64_t value) {
  std::erase_if(pods_, [&](const OfPods& row) {
    return row.metric == metric && row.namespace_ == namespace_ && row.selector == selector;
  });
  pods_.push_back({metric, namespace_, selector, value});
}
void MetricsApi::set_object(api::Symbol metric, api::ObjectRef object, std::optional<std::int64_t> value) {
  set_value(objects_, std::pair(metric, object), value);
}
void MetricsApi::set_external(api::Symbol metric, api::Symbol namespace_, std::optional<std::int64_t> value) {
  set_value(external_, std::pair(metric, namespace_), value);
}

}  // namespace seatrial::cluster
