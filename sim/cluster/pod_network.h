// The VPC CNI on every node: who gives pods their addresses, and how the nodes get them from the subnets.
//
// Each node's ipamd looks at its pool every 5 s and asks EC2 for more addresses, prefixes or network
// interfaces, or gives some back (network/vpc/node_pool.h decides); EC2 takes its time, and when a subnet has
// too little, ipamd waits for 120 s. A pod asks when its sandbox is set up, and fails if the pool has nothing
// to give at that instant. Where a DaemonSet kube-system/aws-node runs, a node goes by the environment of its
// pod from the instant at which that container has started (and also while the pod is replaced); else by the
// platform's `podNetwork:`. A node looks only when something has changed, or will change by
// itself.
//
// Source: amazon-vpc-cni-k8s at b521883, pkg/ipamd/ipamd.go (StartNodeIPPoolManager, tryAllocateENI),
// cmd/routed-eni-cni-plugin/cni.go (the error's words), pkg/awsutils/awsutils.go (createENI: the subnets of
// the zone that carry the tag kubernetes.io/role/cni, the emptiest first). Left out: EC2's throttling, the
// time in which a node's aws-node does not run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/engine/distributions.h"
#include "sim/engine/kernel.h"
#include "sim/network/vpc/node_pool.h"

namespace seatrial::cluster {

struct PodNetworkConfig {
  network::vpc::CniSettings settings;
  // AssignPrivateIpAddresses, until the addresses can be given. Not measured; a parameter.
  Distribution assign = Distribution::constant(Duration::millis(500));
  // A new interface: created, attached, seen in the instance's metadata. "Can take up to 10 seconds"
  // (docs/eni-and-ip-target.md).
  Distribution attach = Distribution::constant(Duration::seconds(10));
  std::map<api::Symbol, network::vpc::InterfaceLimits> instance_types;  // before the table's
  std::shared_ptr<const network::vpc::Objects> vpc;                     // REQUIRES: set
};

enum class PodNetworkEvent : std::uint8_t { kLook, kGrown, kRestarted };

// Why a node has no address to give, as a record of type kNoAddress counts it.
enum class AddressShortage : std::uint8_t {
  kInterfacesFull,  // every interface that it may have is attached, and full
  kSubnetFull,
  kNoWholeBlock,  // the subnet has addresses, but no /28
  kCooling,       // those that are free have been given back within 30 s
  kGrowing,       // EC2 has been, or will be, asked for more
};

class PodNetwork {
 public:
  using Address = network::vpc::Address;
  using AddressSpace = network::vpc::AddressSpace;
  using CniSettings = network::vpc::CniSettings;

  explicit PodNetwork(PodNetworkConfig config) : config_(std::move(config)) {}

  // A node has joined, whose primary address is taken. REQUIRES: its instance type is known.
  void add_node(Kernel& kernel, AddressSpace& space, api::Symbol name, const api::Node& node,
                std::size_t subnet, Address primary);
  // Its instance has gone: all of its addresses are free again.
  void remove_node(AddressSpace& space, api::Symbol name);
  bool has_node(api::Symbol name) const { return numbers_.contains(name); }

  // For a pod's sandbox. REQUIRES of all: has_node(node).
  std::optional<Address> assign(Kernel& kernel, api::Symbol node);
  void release(Kernel& kernel, api::Symbol node, Address address);
  // Why assign() had nothing, and in words.
  std::pair<AddressShortage, std::string> shortage(api::Symbol node, SimTime now) const;

  // The node's ipamd starts anew with these. `cause` is remembered as what made the node as it is.
  void restart(Kernel& kernel, api::Symbol node, const CniSettings& settings, JournalId cause);
  JournalId changed_by(api::Symbol node) const { return at(node).changed_by; }

  std::optional<network::vpc::InterfaceLimits> limits_of(api::Symbol instance_type) const;
  const network::vpc::NodePool& pool(api::Symbol node) const { return at(node).pool; }

  // REQUIRES: event.component is kPodNetworkComponent.
  void handle(Kernel& kernel, AddressSpace& space, const Event& event);

 private:
  struct Node {
    Node(api::Symbol called, network::vpc::NodePool addresses, const CniSettings& by,
         const RandomStream& stream)
        : name(called), pool(std::move(addresses)), settings(by), random(stream) {}

    api::Symbol name;
    network::vpc::NodePool pool;
    CniSettings settings;
    RandomStream random;
    SimTime phase;  // of its looks
    TimerId timer = TimerId::kNone;
    std::optional<SimTime> due;  // of the timer
    SimTime shrunk = SimTime::at(-Duration::max() / 2), insufficient_until = shrunk;
    bool busy = false;                                               // EC2 has been asked
    std::optional<std::pair<AddressShortage, std::string>> refused;  // since EC2 had too little last
    // What EC2 gives: blocks on an interface, or a new interface (then `interface` is its number to be).
    std::size_t interface = 0;
    std::vector<network::vpc::Block> blocks;
    std::optional<network::vpc::Interface> made;
    JournalId changed_by = JournalId::kNone;
    bool gone = false;
  };
  Node& at(api::Symbol name) { return nodes_[numbers_.at(name)]; }
  const Node& at(api::Symbol name) const { return nodes_[numbers_.at(name)]; }

  void look(Kernel& kernel, AddressSpace& space, std::uint32_t number);
  bool grow(Kernel& kernel, AddressSpace& space, std::uint32_t number);
  bool grow_interface(AddressSpace& space, Node& node, std::int32_t wanted);
  bool attach_interface(AddressSpace& space, Node& node, std::int32_t wanted, SimTime now);
  void refuse(const AddressSpace& space, Node& node, std::size_t subnet) const;
  void wake(Kernel& kernel, std::uint32_t number);
  void look_at(Kernel& kernel, std::uint32_t number, SimTime earliest);
  std::vector<std::size_t> subnets_for_interfaces(const AddressSpace& space, const Node& node) const;
  void give_back(AddressSpace& space, std::size_t subnet, const network::vpc::Block& block) const;

  PodNetworkConfig config_;
  std::vector<Node> nodes_;
  std::map<api::Symbol, std::uint32_t> numbers_;
};

// The settings in the environment of a pod of the DaemonSet aws-node; none: it is not one.
std::optional<network::vpc::CniSettings> cni_settings_of(const api::Pod& pod);

// What the kubelet reports when the plugin has failed, for a sandbox of that number.
std::string failed_sandbox_message(const api::Pod& pod, std::uint32_t attempt);

}  // namespace seatrial::cluster
