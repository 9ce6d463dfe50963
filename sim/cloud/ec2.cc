#include "sim/cloud/ec2.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::cloud {

Ec2::Ec2(const Kernel& kernel, Ec2Config config, ComponentId component)
    : config_(std::move(config)), component_(component), random_(kernel.stream("ec2")) {}

InstanceId Ec2::launch(Kernel& kernel, LaunchRequest request, api::Symbol node_name) {
  const auto id = static_cast<InstanceId>(instances_.size());
  const JournalId cause = request.cause;
  instances_.push_back({std::move(request), {}, node_name, InstanceState::kRequested, kernel.now()});
  after(kernel, id, Ec2Event::kAnswered, config_.answer.sample(random_), cause);
  return id;
}

InstanceId Ec2::adopt(const Kernel& kernel, LaunchRequest request, api::Symbol node_name) {
  const auto id = static_cast<InstanceId>(instances_.size());
  const api::Symbol zone = request.zones.front();
  instances_.push_back({std::move(request), zone, node_name, InstanceState::kRunning, kernel.now()});
  return id;
}

void Ec2::terminate(Kernel& kernel, InstanceId id, JournalId cause) {
  Instance& instance = instances_[id];
  if (!instance.alive()) return;
  instance.state = InstanceState::kShuttingDown;
  after(kernel, id, Ec2Event::kTerminated, config_.shutdown.sample(random_), cause);
}

bool Ec2::handle(Kernel& kernel, const Event& event) {
  Instance& instance = instances_[event.subject];
  switch (static_cast<Ec2Event>(event.type)) {
    case Ec2Event::kAnswered:
      if (instance.state != InstanceState::kRequested) return false;  // terminated meanwhile
      answer(kernel, event.subject, event.cause);
      return instance.state == InstanceState::kNoCapacity;
    case Ec2Event::kBooted:
      if (instance.state != InstanceState::kBooting) return false;
      instance.state = InstanceState::kRunning;
      return true;
    case Ec2Event::kTerminated:
      instance.state = InstanceState::kTerminated;
      return true;
  }
  CHECK(false);
}

void Ec2::answer(Kernel& kernel, InstanceId id, JournalId cause) {
  Instance& instance = instances_[id];
  const auto& zones = instance.request.zones;
  const auto zone = std::ranges::find_if(
      zones, [&](api::Symbol z) { return has_capacity(z, instance.request.instance_type, kernel.now()); });
  if (zone == zones.end()) {
    instance.state = InstanceState::kNoCapacity;
    return;
  }
  instance.zone = *zone;
  const bool fails = static_cast<std::int64_t>(random_.below(1'000'000)) < config_.failures_per_million;
  instance.state = fails ? InstanceState::kFailed : InstanceState::kBooting;
  if (!fails) after(kernel, id, Ec2Event::kBooted, config_.boot.sample(random_), cause);
}

void Ec2::after(Kernel& kernel, InstanceId id, Ec2Event type, Duration delay, JournalId cause) const {
  Event event;
  event.component = component_;
  event.type = static_cast<std::uint8_t>(type);
  event.subject = id;
  event.cause = cause;
  kernel.after(delay, event);
}

std::optional<InstanceId> Ec2::of_node(api::Symbol node_name) const {
  for (InstanceId id = 0; id < instances_.size(); ++id) {
    if (instances_[id].node_name == node_name && instances_[id].state != InstanceState::kTerminated)
      return id;
  }
  return std::nullopt;
}

bool Ec2::has_capacity(api::Symbol zone, api::Symbol instance_type, SimTime now) const {
  return std::ranges::none_of(config_.shortages, [&](const CapacityShortage& s) {
    return (s.zone.empty() || s.zone == zone) &&
           (s.instance_type.empty() || s.instance_type == instance_type) && s.from <= now && now < s.until;
  });
}

std::shared_ptr<api::Node> node_from(const api::Node& model, api::Symbol name, api::Symbol zone) {
  auto node = std::make_shared<api::Node>(model);
  node->metadata.name = name;
  node->metadata.labels.edit().set("kubernetes.io/hostname", name);
  node->metadata.labels.edit().set("topology.kubernetes.io/zone", zone);
  return node;
}

std::shared_ptr<api::Node> node_of(const Instance& instance) {
  return node_from(*instance.request.node, instance.node_name, instance.zone);
}

}  // namespace seatrial::cloud
