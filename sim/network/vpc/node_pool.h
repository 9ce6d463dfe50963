// The addresses of one node as the VPC CNI's ipamd keeps them: network interfaces, the addresses or prefixes
// on each, which of them pods have, and what ipamd does next to have some in reserve. Pure arithmetic; who
// has the time to do it is cluster/pod_network.h.
//
// In secondary-IP mode every interface has its primary address and up to `addresses_each - 1` others for
// pods; with prefix delegation, a /28 in the place of each of those. The address of a pod that has ended is
// not given again for 30 s; until then it counts as available, so it delays what comes next but does not make
// the pool grow. Changing the mode of a running node leaves the blocks of the other mode where pods have
// them, in the interfaces' places, and gives nobody an address out of them.
//
// Source: amazon-vpc-cni-k8s at b521883, pkg/ipamd/ipamd.go (isDatastorePoolTooLow, increaseDatastorePool,
// tryAssignIPs, tryAssignPrefixes, getPrefixesNeeded, datastoreTargetState, shouldRemoveExtraENIs),
// pkg/ipamd/datastore/data_store.go; docs/eni-and-ip-target.md and prefix-and-ip-target.md have the examples
// that the tests play. Left out: MAX_ENI, custom networking, security groups for pods, several network cards.
#pragma once

#include <optional>
#include <vector>

#include "sim/engine/time.h"
#include "sim/network/vpc/addresses.h"
#include "sim/network/vpc/instance_types.h"

namespace seatrial::network::vpc {

// The environment of the DaemonSet aws-node.
struct CniSettings {
  bool prefix_delegation = false;             // ENABLE_PREFIX_DELEGATION
  std::int32_t warm_eni_target = 1;           // WARM_ENI_TARGET
  std::int32_t warm_prefix_target = 0;        // WARM_PREFIX_TARGET
  std::int32_t warm_ip_target = 0;            // WARM_IP_TARGET; 0: not set
  std::int32_t minimum_ip_target = 0;         // MINIMUM_IP_TARGET; 0: not set
  Duration cooldown = Duration::seconds(30);  // IP_COOLDOWN_PERIOD
  bool operator==(const CniSettings&) const = default;
  bool has_ip_targets() const { return warm_ip_target != 0 || minimum_ip_target != 0; }
};

// A secondary address or a prefix on an interface.
struct Block {
  struct Slot {
    bool assigned = false;
    std::optional<SimTime> freed;  // by its last pod
  };
  Address first = 0;
  std::vector<Slot> slots;  // 1, or 16 of a prefix
  bool is_prefix() const { return slots.size() > 1; }
  std::int32_t assigned() const;
};
Block block_of(Address first, bool prefix);

struct Interface {
  std::size_t subnet = 0;  // index in Objects::subnets
  Address primary = 0;
  SimTime created;
  std::vector<Block> blocks;
  std::int32_t assigned() const;
};

// Of the blocks of the present mode.
struct PoolStats {
  std::int32_t total = 0, assigned = 0, free_prefixes = 0, prefixes = 0;
  std::int32_t available() const { return total - assigned; }
};

enum class PoolAction : std::uint8_t { kNothing, kGrow, kShrink, kDetach };
struct PoolPlan {
  PoolAction action = PoolAction::kNothing;
  std::size_t interface = 0;          // of kDetach
  std::int32_t count = 0;             // of kShrink: blocks
  std::optional<SimTime> look_again;  // of kNothing: when time alone may have changed it
};

class NodePool {
 public:
  NodePool() = default;
  NodePool(InterfaceLimits limits, std::int32_t max_pods, Interface primary)
      : limits_(limits), max_pods_(max_pods), interfaces_{std::move(primary)} {}

  // The lowest address of the first block that has one to give; none: the pool is empty.
  std::optional<Address> assign(const CniSettings& settings, SimTime now);
  // REQUIRES: assigned.
  void release(Address address, SimTime now);

  PoolStats stats(const CniSettings& settings) const;
  // What ipamd does when it looks. `shrunk`: when it last took blocks away (at most every 30 s).
  PoolPlan plan(const CniSettings& settings, SimTime now, SimTime shrunk) const;
  // How many blocks it asks for to grow, of an interface with enough room.
  std::int32_t wanted_blocks(const CniSettings& settings) const;
  std::int32_t blocks_each() const { return limits_.addresses_each - 1; }
  bool has_room_for_interface() const { return std::ssize(interfaces_) < limits_.interfaces; }
  // The blocks without a pod, and of the other mode than the present one; they are taken out.
  std::vector<std::pair<std::size_t, Block>> take_out(std::int32_t count);
  std::vector<std::pair<std::size_t, Block>> take_out_of_other_mode(const CniSettings& settings);

  const InterfaceLimits& limits() const { return limits_; }
  std::int32_t max_pods() const { return max_pods_; }
  const std::vector<Interface>& interfaces() const { return interfaces_; }
  void add_blocks(std::size_t interface, std::vector<Block> blocks);
  void add_interface(Interface interface) { interfaces_.push_back(std::move(interface)); }
  Interface take_interface(std::size_t index);

 private:
  std::int32_t short_of_targets(const CniSettings& settings, const PoolStats& stats) const;
  std::int32_t over_targets(const CniSettings& settings, const PoolStats& stats) const;
  bool is_low(const CniSettings& settings) const;
  std::optional<SimTime> detachable_at(std::size_t interface, const CniSettings& settings) const;
  bool detaches(const CniSettings& settings, const PoolStats& stats) const;

  InterfaceLimits limits_;
  std::int32_t max_pods_ = 0;
  std::vector<Interface> interfaces_;  // the primary one first
};

}  // namespace seatrial::network::vpc
