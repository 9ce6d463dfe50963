// EC2 as those see it who ask it for nodes: instances that come late, or not at all.
//
// A launch names the type and the zones to try in order: the first with capacity gets the instance, as an
// Auto Scaling group goes on to the next zone. Whether there is capacity is known once EC2 answers, some
// seconds after the call; the instance is a node once its image has booted and its kubelet has registered. An
// instance may also fail to come up. A value: copied with the World. It writes nothing itself: what happened
// is an event to the component of its config, and who is responsible acts on it.
//
// Parameters, not rules: how long things take, what fails. Figures: EC2 Linux to Ready 30 s to 65 s
// (reference, part B, §8, measured reports).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/api/core.h"
#include "sim/engine/distributions.h"
#include "sim/engine/kernel.h"

namespace seatrial::cloud {

// No instance of the type (empty: of any) can be had in the zone (empty: in any) in [from, until).
struct CapacityShortage {
  api::Symbol zone, instance_type;
  SimTime from = SimTime::at(-Duration::max()), until = SimTime::max();
};

struct Ec2Config {
  Distribution answer = Distribution::lognormal(Duration::seconds(2), Duration::seconds(6));
  Distribution boot = Distribution::uniform(Duration::seconds(30), Duration::seconds(65));
  Distribution shutdown = Distribution::uniform(Duration::seconds(20), Duration::seconds(60));
  std::int64_t failures_per_million = 0;  // of instances that start, and never become nodes
  std::vector<CapacityShortage> shortages;
};

struct LaunchRequest {
  api::Symbol owner;  // the node group or pool
  api::Symbol instance_type;
  std::vector<api::Symbol> zones;
  std::shared_ptr<const api::Node> node;  // as it will register, but for name and zone
  JournalId cause = JournalId::kNone;
};

enum class InstanceState : std::uint8_t {
  kRequested,
  kBooting,
  kFailed,  // started, and will never register
  kRunning,
  kNoCapacity,
  kShuttingDown,
  kTerminated,
};
struct Instance {
  LaunchRequest request;
  api::Symbol zone, node_name;  // zone: once it is known
  InstanceState state = InstanceState::kRequested;
  SimTime requested;
  bool alive() const { return state <= InstanceState::kRunning; }  // its group counts it
};

using InstanceId = std::uint32_t;

// Event types of the component; the subject is the instance.
enum class Ec2Event : std::uint8_t { kAnswered, kBooted, kTerminated };

class Ec2 {
 public:
  Ec2(const Kernel& kernel, Ec2Config config, ComponentId component);

  InstanceId launch(Kernel& kernel, LaunchRequest request, api::Symbol node_name);
  // An instance that was there before: it runs.
  InstanceId adopt(const Kernel& kernel, LaunchRequest request, api::Symbol node_name);
  void terminate(Kernel& kernel, InstanceId id, JournalId cause);

  // Moves the instance on; true where its state is worth looking at: kNoCapacity, kRunning, kTerminated.
  // REQUIRES: an event of the component.
  bool handle(Kernel& kernel, const Event& event);

  const Instance& instance(InstanceId id) const { return instances_[id]; }
  std::size_t size() const { return instances_.size(); }
  // The instance of a node, if it has one that has not terminated.
  std::optional<InstanceId> of_node(api::Symbol node_name) const;
  bool has_capacity(api::Symbol zone, api::Symbol instance_type, SimTime now) const;

 private:
  void answer(Kernel& kernel, InstanceId id, JournalId cause);
  void after(Kernel& kernel, InstanceId id, Ec2Event type, Duration delay, JournalId cause) const;

  Ec2Config config_;
  ComponentId component_;
  RandomStream random_;
  std::vector<Instance> instances_;
};

// A node as its instance registers it: the template with its name, and the labels of its name and zone.
std::shared_ptr<api::Node> node_of(const Instance& instance);
std::shared_ptr<api::Node> node_from(const api::Node& model, api::Symbol name, api::Symbol zone);

}  // namespace seatrial::cloud
