#include "sim/cloud/ec2.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::cloud {

Ec2::Ec2(const Kernel& kernel, Ec2Config config, ComponentId component)
    : config_(std::move(config)),
      component_(component),
      random_(kernel.stream("ec2")),
      scaling_random_(kernel.stream("auto-scaling")) {}

InstanceId Ec2::launch(Kernel& kernel, LaunchRequest request, api::Symbol node_name, Duration wait) {
  const auto id = static_cast<InstanceId>(instances_.size());
  const JournalId cause = request.cause;
  instances_.push_back(
      {std::move(request), {}, {}, node_name, InstanceState::kRequested, kernel.now() + wait, 0});
  after(kernel, id, Ec2Event::kAnswered, wait + config_.answer.sample(random_), cause);
  return id;
}

InstanceId Ec2::adopt(const Kernel& kernel, LaunchRequest request, api::Symbol node_name) {
  const auto id = static_cast<InstanceId>(instances_.size());
  const api::Symbol zone = request.zones.front(), type = request.instance_types.front();
  instances_.push_back({std::move(request), zone, type, node_name, InstanceState::kRunning, kernel.now(), 0});
  return id;
}

void Ec2::terminate(Kernel& kernel, InstanceId id, JournalId cause) {
  Instance& instance = instances_[id];
  if (!instance.alive()) return;
  if (instance.state == InstanceState::kRunning) after(kernel, id, Ec2Event::kStopped, Duration(), cause);
  instance.state = InstanceState::kShuttingDown;
  after(kernel, id, Ec2Event::kTerminated, config_.shutdown.sample(random_), cause);
}

void Ec2::set_group(AutoScalingGroup group) {
  const auto at = std::ranges::find(groups_, group.name, &AutoScalingGroup::name);
  if (at == groups_.end())
    groups_.push_back(std::move(group));
  else
    *at = std::move(group);
}

const AutoScalingGroup* Ec2::group(api::Symbol name) const {
  const auto at = std::ranges::find(groups_, name, &AutoScalingGroup::name);
  return at == groups_.end() ? nullptr : &*at;
}

std::int32_t Ec2::count_in(api::Symbol group, api::Symbol zone) const {
  std::int32_t count = 0;
  for (const Instance& instance : instances_) {
    const api::Symbol where = instance.zone.empty() ? instance.request.zones.front() : instance.zone;
    count += instance.alive() && instance.request.owner == group && where == zone;
  }
  return count;
}

InstanceId Ec2::launch_in(Kernel& kernel, api::Symbol name, JournalId cause, bool again, Duration wait) {
  const AutoScalingGroup* const group = this->group(name);
  CHECK(group != nullptr);
  std::vector<api::Symbol> zones = group->zones;
  std::ranges::stable_sort(zones, {}, [&](api::Symbol zone) { return count_in(name, zone); });
  const auto number = 1 + std::ranges::count(instances_, name,
                                             [](const Instance& instance) { return instance.request.owner; });
  return launch(kernel, {name, group->instance_types, std::move(zones), group->node, cause, again},
                name.str() + "-" + std::to_string(number), wait);
}

void Ec2::replace(Kernel& kernel, InstanceId id, JournalId cause, std::optional<Duration> notice) {
  terminate(kernel, id, cause);
  const api::Symbol group = instances_[id].request.owner;
  if (!this->group(group)) return;
  launch_in(kernel, group, cause, true, notice ? *notice : config_.notice.sample(scaling_random_));
}

bool Ec2::handle(Kernel& kernel, const Event& event) {
  Instance& instance = instances_[event.subject];
  switch (static_cast<Ec2Event>(event.type)) {
    case Ec2Event::kAnswered:
      if (instance.state != InstanceState::kRequested) return false;  // terminated meanwhile
      answer(kernel, event.subject, event.cause);
      return instance.state == InstanceState::kNoCapacity || instance.state == InstanceState::kRequested;
    case Ec2Event::kBooted:
      if (instance.state != InstanceState::kBooting) return false;
      instance.state = has_failed(instance.zone) ? InstanceState::kFailed : InstanceState::kRunning;
      return instance.state == InstanceState::kRunning;
    case Ec2Event::kTerminated:
      instance.state = InstanceState::kTerminated;
      return true;
    case Ec2Event::kStopped:
      return true;
    case Ec2Event::kImpaired:
      if (has_failed(instance.zone) && instance.alive())
        replace(kernel, event.subject, event.cause, Duration());
      return false;
  }
  CHECK(false);
}

// Its group, if it has one, looks once a minute.
void Ec2::fail_zone(Kernel& kernel, api::Symbol zone, JournalId cause) {
  failed_zones_.push_back(zone);
  CapacityShortage shortage;
  shortage.zone = zone;
  shortage.from = kernel.now();
  add_shortage(shortage);
  for (InstanceId id = 0; id < instances_.size(); ++id) {
    if (instances_[id].zone != zone || !instances_[id].alive() || !group(instances_[id].request.owner))
      continue;
    after(kernel, id, Ec2Event::kImpaired, config_.impaired + config_.notice.sample(scaling_random_), cause);
  }
}

void Ec2::restore_zone(api::Symbol zone, SimTime now) {
  const auto at = std::ranges::find(failed_zones_, zone);
  CHECK(at != failed_zones_.end());
  failed_zones_.erase(at);
  if (!has_failed(zone)) end_shortage(zone, {}, now);
}

bool Ec2::find_place(Instance& instance, SimTime now) {
  for (const api::Symbol zone : instance.request.zones) {
    for (const api::Symbol type : instance.request.instance_types) {
      if (!has_capacity(zone, type, now)) continue;
      take_instance(config_.shortages, zone, type, now);
      instance.zone = zone;
      instance.instance_type = type;
      return true;
    }
  }
  return false;
}

void Ec2::answer(Kernel& kernel, InstanceId id, JournalId cause) {
  Instance& instance = instances_[id];
  if (!find_place(instance, kernel.now())) {
    ++instance.refusals;
    if (instance.request.again)
      after(kernel, id, Ec2Event::kAnswered, config_.retry + config_.answer.sample(random_), cause);
    else
      instance.state = InstanceState::kNoCapacity;
    return;
  }
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
  return cloud::has_capacity(config_.shortages, zone, instance_type, now);
}

void Ec2::end_shortage(api::Symbol zone, api::Symbol instance_type, SimTime now) {
  cloud::end_shortage(config_.shortages, zone, instance_type, now);
}

std::shared_ptr<api::Node> node_from(const api::Node& model, api::Symbol name, api::Symbol zone) {
  auto node = std::make_shared<api::Node>(model);
  node->metadata.name = name;
  node->metadata.labels.edit().set("kubernetes.io/hostname", name);
  node->metadata.labels.edit().set("topology.kubernetes.io/zone", zone);
  return node;
}

std::shared_ptr<api::Node> node_of(const Instance& instance) {
  auto node = node_from(*instance.request.node, instance.node_name, instance.zone);
  if (!instance.instance_type.empty())
    node->metadata.labels.edit().set("node.kubernetes.io/instance-type", instance.instance_type);
  return node;
}

}  // namespace seatrial::cloud
