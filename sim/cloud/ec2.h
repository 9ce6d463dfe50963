// EC2 as those see it who ask it for nodes: instances that come late, or not at all.
//
// A launch names the types and the zones to try in order: the first zone with capacity for one of the types
// gets the instance, as an Auto Scaling group goes on to the next zone. Whether there is capacity is known
// once EC2 answers, some seconds after the call; the instance is a node once its image has booted and its
// kubelet has registered. An instance may also fail to come up. One that is terminated stops at once, and is
// gone some time later. A value: copied with the World. It writes nothing itself: what happened is an event
// to the component of its config, and who is responsible acts on it.
//
// An Auto Scaling group keeps its size: an instance that somebody terminates is replaced as soon as the group
// has noticed, and again and again where there is no capacity. Who wants another size launches and
// terminates.
//
// A zone that fails takes its instances with it: what runs there runs no more, what boots there never does,
// and no other can be had there. Their groups find them impaired after some minutes and replace them
// elsewhere. What has not been replaced by then is there again with its zone.
//
// Parameters, not rules: how long things take, what fails. Figures: EC2 Linux to Ready 30 s to 65 s
// (reference, part B, §8, measured reports); status checks, by which a group notices, run every minute (EC2
// user guide). How soon a group tries again is not documented: a minute is assumed.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "sim/api/core.h"
#include "sim/cloud/capacity.h"
#include "sim/engine/distributions.h"
#include "sim/engine/kernel.h"

namespace seatrial::cloud {

struct Ec2Config {
  Distribution answer = Distribution::lognormal(Duration::seconds(2), Duration::seconds(6));
  Distribution boot = Distribution::uniform(Duration::seconds(30), Duration::seconds(65));
  Distribution shutdown = Distribution::uniform(Duration::seconds(20), Duration::seconds(60));
  std::int64_t failures_per_million = 0;  // of instances that start, and never become nodes
  Shortages shortages;
  Distribution notice = Distribution::uniform(Duration(), Duration::seconds(60));  // of an Auto Scaling group
  Duration retry = Duration::seconds(60);  // of its launch that found no capacity
  // Until the status checks of an instance have failed twice; they run every minute (EC2 user guide).
  Duration impaired = Duration::seconds(120);
};

struct LaunchRequest {
  api::Symbol owner;  // the node group or pool
  std::vector<api::Symbol> instance_types, zones;
  std::shared_ptr<const api::Node> node;  // as it will register, but for name, zone and type
  JournalId cause = JournalId::kNone;
  bool again = false;  // where there is no capacity, tried again
};

// What an Auto Scaling group launches. Its nodes are called GROUP-1, GROUP-2, …
struct AutoScalingGroup {
  api::Symbol name;
  std::vector<api::Symbol> instance_types, zones;
  std::shared_ptr<const api::Node> node;  // as in a LaunchRequest
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
  api::Symbol zone, instance_type, node_name;  // zone and type: once they are known
  InstanceState state = InstanceState::kRequested;
  SimTime requested;
  std::int32_t refusals = 0;                                       // how often there was no capacity
  bool alive() const { return state <= InstanceState::kRunning; }  // its group counts it
};

using InstanceId = std::uint32_t;

// Event types of the component; the subject is the instance.
enum class Ec2Event : std::uint8_t { kAnswered, kBooted, kTerminated, kStopped, kImpaired };

class Ec2 {
 public:
  Ec2(const Kernel& kernel, Ec2Config config, ComponentId component);

  InstanceId launch(Kernel& kernel, LaunchRequest request, api::Symbol node_name, Duration wait = Duration());
  // An instance that was there before: it runs.
  InstanceId adopt(const Kernel& kernel, LaunchRequest request, api::Symbol node_name);
  void terminate(Kernel& kernel, InstanceId id, JournalId cause);

  // --- Auto Scaling groups. REQUIRES, from launch_in on: the group was added.
  void set_group(AutoScalingGroup group);                 // adds it, or changes what it launches from now on
  const AutoScalingGroup* group(api::Symbol name) const;  // null if there is none
  // One more, in the zone in which it has fewest, or where there is capacity; after `wait`.
  InstanceId launch_in(Kernel& kernel, api::Symbol group, JournalId cause, bool again = false,
                       Duration wait = Duration());
  // Terminates an instance. Its group, if it has one, launches another: after `notice`, or when it has
  // noticed.
  void replace(Kernel& kernel, InstanceId id, JournalId cause, std::optional<Duration> notice = std::nullopt);

  // Moves the instance on; true where its state is worth looking at: kNoCapacity, kRequested (there was no
  // capacity, and it is tried again), kRunning, kShuttingDown (it has stopped), kTerminated. REQUIRES: an
  // event of the component.
  bool handle(Kernel& kernel, const Event& event);
  // The event of an instance that has terminated comes again after that time.
  void look_again(Kernel& kernel, InstanceId id, Duration after, JournalId cause) const {
    this->after(kernel, id, Ec2Event::kTerminated, after, cause);
  }

  const Instance& instance(InstanceId id) const { return instances_[id]; }
  std::size_t size() const { return instances_.size(); }
  // The instance of a node, if it has one that has not terminated.
  std::optional<InstanceId> of_node(api::Symbol node_name) const;
  bool has_capacity(api::Symbol zone, api::Symbol instance_type, SimTime now) const;
  // A shortage that begins, and how it ends.
  void add_shortage(const CapacityShortage& shortage) { config_.shortages.push_back(shortage); }
  void end_shortage(api::Symbol zone, api::Symbol instance_type, SimTime now);
  void fail_zone(Kernel& kernel, api::Symbol zone, JournalId cause);
  void restore_zone(api::Symbol zone, SimTime now);

 private:
  void answer(Kernel& kernel, InstanceId id, JournalId cause);
  bool has_failed(api::Symbol zone) const { return std::ranges::count(failed_zones_, zone) > 0; }
  // The first zone and type with capacity, of which one instance is taken; false if there is none.
  bool find_place(Instance& instance, SimTime now);
  std::int32_t count_in(api::Symbol group, api::Symbol zone) const;  // alive or to come
  void after(Kernel& kernel, InstanceId id, Ec2Event type, Duration delay, JournalId cause) const;

  Ec2Config config_;
  ComponentId component_;
  RandomStream random_, scaling_random_;
  std::vector<Instance> instances_;
  std::vector<AutoScalingGroup> groups_;
  std::vector<api::Symbol> failed_zones_;  // as often as they have failed
};

// A node as its instance registers it: the template with its name, and the labels of its name and zone.
std::shared_ptr<api::Node> node_of(const Instance& instance);
std::shared_ptr<api::Node> node_from(const api::Node& model, api::Symbol name, api::Symbol zone);

}  // namespace seatrial::cloud
