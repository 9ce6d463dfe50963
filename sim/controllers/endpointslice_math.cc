#include "sim/controllers/endpointslice_math.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "sim/api/resources.h"

namespace seatrial::controllers {

using api::Endpoint;
using api::EndpointPort;
using api::EndpointSlice;
using api::Pod;
using api::Symbol;

namespace {

using SlicePtr = std::shared_ptr<const EndpointSlice>;

std::optional<std::int32_t> target_port(const api::ServicePort& port, const api::PodSpec& pod) {
  if (!port.target_port.is_string()) return port.target_port.number ? port.target_port.number : port.port;
  const auto in = [&](const api::Container& container) -> std::optional<std::int32_t> {
    for (const api::ContainerPort& p : container.ports) {
      if (p.name == port.target_port.text && p.protocol == port.protocol) return p.container_port;
    }
    return std::nullopt;
  };
  for (const api::Container& container : pod.containers) {
    if (const auto found = in(container)) return found;
  }
  for (const api::Container& container : pod.init_containers) {
    if (!api::is_sidecar(container)) continue;
    if (const auto found = in(container)) return found;
  }
  return std::nullopt;
}

// The endpoints of one group that are in no slice yet.
class Unplaced {
 public:
  explicit Unplaced(const PortGroup& group)
      : group_(group), placed_(group.endpoints.size()), left_(placed_.size()) {}
  std::size_t size() const { return left_; }
  // The wanted form of an endpoint that a slice has, or null if it is wanted no longer.
  const Endpoint* take(const Endpoint& present) {
    const auto at = std::ranges::lower_bound(group_.endpoints, present.target, {}, &Endpoint::target);
    if (at == group_.endpoints.end() || at->target != present.target || at->address != present.address)
      return nullptr;
    const auto i = static_cast<std::size_t>(at - group_.endpoints.begin());
    if (placed_[i]) return nullptr;
    placed_[i] = true;
    --left_;
    return &*at;
  }
  void fill(EndpointSlice& slice) {
    for (; left_ > 0 && slice.endpoints.size() < kMaxEndpointsPerSlice; ++next_) {
      if (placed_[next_]) continue;
      placed_[next_] = true;
      --left_;
      slice.endpoints.push_back(group_.endpoints[next_]);
    }
  }

 private:
  const PortGroup& group_;
  std::vector<bool> placed_;
  std::size_t left_, next_ = 0;
};

// The slice that gets fullest when `count` endpoints are added; null if none has room.
std::size_t slice_to_fill(const std::vector<SlicePtr>& slices, std::size_t count) {
  std::size_t best = slices.size(), best_room = std::numeric_limits<std::size_t>::max();
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const std::size_t size = slices[i]->endpoints.size() + count;
    if (size > kMaxEndpointsPerSlice || kMaxEndpointsPerSlice - size >= best_room) continue;
    best = i;
    best_room = kMaxEndpointsPerSlice - size;
  }
  return best;
}

EndpointSlice copy_without_endpoints(const EndpointSlice& slice) {
  EndpointSlice copy;
  copy.index = slice.index;
  copy.metadata = slice.metadata;
  copy.address_type = slice.address_type;
  copy.ports = slice.ports;
  copy.endpoints.reserve(slice.endpoints.size());
  return copy;
}

// The slices of one group: what is left in them, then where the rest goes.
void plan_group(const PortGroup& group, const std::vector<SlicePtr>& existing,
                const api::Shared<api::LabelMap>& labels, SlicePlan& plan) {
  Unplaced unplaced(group);
  std::vector<EndpointSlice> changed;
  std::vector<SlicePtr> unchanged;
  for (const SlicePtr& slice : existing) {
    EndpointSlice next = copy_without_endpoints(*slice);
    bool modified = !(slice->metadata.labels == labels);
    next.metadata.labels = labels;
    for (const Endpoint& present : slice->endpoints) {
      const Endpoint* const wanted = unplaced.take(present);
      if (wanted) next.endpoints.push_back(*wanted);
      modified |= !wanted || !(*wanted == present);
    }
    if (next.endpoints.empty()) {
      plan.remove.push_back(slice);
    } else if (modified) {
      changed.push_back(std::move(next));
    } else {
      unchanged.push_back(slice);
    }
  }
  // The fullest first.
  std::ranges::stable_sort(
      changed, [](const auto& a, const auto& b) { return a.endpoints.size() > b.endpoints.size(); });
  for (EndpointSlice& slice : changed) unplaced.fill(slice);
  while (unplaced.size() > 0) {
    const std::size_t at = unplaced.size() < kMaxEndpointsPerSlice ? slice_to_fill(unchanged, unplaced.size())
                                                                   : unchanged.size();
    if (at < unchanged.size()) {
      changed.push_back(*unchanged[at]);
      unchanged.erase(unchanged.begin() + static_cast<std::ptrdiff_t>(at));
      unplaced.fill(changed.back());
    } else {
      EndpointSlice fresh;
      fresh.metadata.labels = labels;
      fresh.ports = group.ports;
      unplaced.fill(fresh);
      plan.create.push_back(std::move(fresh));
    }
  }
  std::ranges::move(changed, std::back_inserter(plan.update));
}

// An empty slice stands for "no endpoints", so that its absence can mean "not known yet".
void add_placeholder(SlicePlan& plan, std::size_t existing, const api::Shared<api::LabelMap>& labels) {
  if (plan.remove.size() != existing || !plan.create.empty()) return;
  if (plan.remove.size() == 1) {
    const EndpointSlice& only = *plan.remove.front();
    if (only.endpoints.empty() && only.ports.empty() && only.metadata.labels == labels) {
      plan.remove.clear();
      return;
    }
  }
  EndpointSlice placeholder;
  placeholder.metadata.labels = labels;
  plan.create.push_back(std::move(placeholder));
}

}  // namespace

Endpoint endpoint_of(const api::Service& service, const Pod& pod, Symbol zone) {
  Endpoint e;
  e.address = pod.status.pod_ip;
  e.node_name = pod.node_name;
  e.zone = zone;
  e.target = {pod.index};
  e.target_name = pod.metadata.name;
  e.serving = is_pod_ready(pod);
  e.terminating = pod.metadata.deletion_timestamp.has_value();
  e.ready = service.publish_not_ready_addresses || (e.serving && !e.terminating);
  if (!pod.spec->hostname.empty() && pod.spec->subdomain == service.metadata.name)
    e.hostname = pod.spec->hostname;
  const std::string_view distribution = service.traffic_distribution.view();
  const bool same_node = distribution == "PreferSameNode";
  const bool close = same_node || distribution == "PreferSameZone" || distribution == "PreferClose";
  e.for_its_zone = close && e.ready && !zone.empty();
  e.for_its_node = same_node && e.ready;
  return e;
}

std::vector<EndpointPort> ports_on(const api::Service& service, const api::PodSpec& pod) {
  std::vector<EndpointPort> ports;
  for (const api::ServicePort& port : service.ports) {
    if (const auto number = target_port(port, pod))
      ports.push_back({port.name, port.protocol, port.app_protocol, *number});
  }
  return ports;
}

api::LabelMap slice_labels(const api::Service& service) {
  api::LabelMap labels = *service.metadata.labels;
  if (service.cluster_ip == Symbol("None")) labels.set("service.kubernetes.io/headless", "");
  labels.set(kServiceNameLabel, service.metadata.name);
  labels.set(kManagedByLabel, kManagedBy);
  return labels;
}

bool endpoint_changed(const Pod& before, const Pod& after) {
  const bool deleted = after.metadata.deletion_timestamp.has_value();
  if (before.metadata.deletion_timestamp.has_value() != deleted) return true;
  if (deleted && is_pod_terminal(before) != is_pod_terminal(after)) return true;
  return before.status.pod_ip != after.status.pod_ip || is_pod_ready(before) != is_pod_ready(after) ||
         before.node_name != after.node_name || before.spec->hostname != after.spec->hostname ||
         before.spec->subdomain != after.spec->subdomain ||
         !(before.metadata.labels == after.metadata.labels);
}

SlicePlan plan_slices(std::span<const PortGroup> groups, std::span<const SlicePtr> existing,
                      const api::Shared<api::LabelMap>& labels) {
  SlicePlan plan;
  std::vector<bool> belongs(existing.size());
  for (const PortGroup& group : groups) {
    std::vector<SlicePtr> of_group;
    for (std::size_t i = 0; i < existing.size(); ++i) {
      if (belongs[i] || existing[i]->ports != group.ports) continue;
      belongs[i] = true;
      of_group.push_back(existing[i]);
    }
    plan_group(group, of_group, labels, plan);
  }
  for (std::size_t i = 0; i < existing.size(); ++i) {
    if (!belongs[i]) plan.remove.push_back(existing[i]);
  }
  add_placeholder(plan, existing.size(), labels);
  while (!plan.create.empty() && !plan.remove.empty()) {
    EndpointSlice reused = std::move(plan.create.back());
    plan.create.pop_back();
    reused.index = plan.remove.front()->index;
    reused.metadata = plan.remove.front()->metadata;
    reused.metadata.labels = labels;
    plan.remove.erase(plan.remove.begin());
    plan.update.push_back(std::move(reused));
  }
  return plan;
}

}  // namespace seatrial::controllers
