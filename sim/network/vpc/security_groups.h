// Security groups, compiled: the rules of several groups together, for one direction.
//
// A packet passes if any rule of any group of its network interface allows it; there is no denial, and no
// order. A rule names networks, a prefix list, or a group: then it means all private addresses of interfaces
// that have that group. Answers to what has passed are free (groups are stateful), and a connection that is
// established goes on when its rule goes. Source: AWS VPC user guide, "Control traffic … using security
// groups".
//
// For each protocol, the ports fall into intervals in which the same rules hold; each has a trie of networks
// and a list of groups, so a question costs a binary search and at most 32 steps.
#pragma once

#include <array>
#include <span>

#include "sim/network/prefix_trie.h"
#include "sim/network/vpc/objects.h"

namespace seatrial::network::vpc {

enum class Way : std::uint8_t { kIngress, kEgress };

using GroupId = std::uint32_t;  // the index in Objects::security_groups

struct RuleId {
  GroupId group = 0;
  std::uint32_t rule = 0;  // of the group's ingress or egress
};
const SecurityRule& rule_of(const Objects& objects, RuleId id, Way way);

class RuleTable {
 public:
  RuleTable(const Objects& objects, std::span<const GroupId> groups, Way way);

  // The first rule, as written, among those that allow it. `peer_groups`: of the peer's interface, where
  // the packet comes from there itself.
  std::optional<RuleId> find(Protocol protocol, std::int32_t port, const api::IpAddress& peer,
                             std::span<const GroupId> peer_groups) const;

 private:
  struct Interval {
    std::int32_t first, last;
    PrefixTrie networks;                                    // -> index of rules_
    std::vector<std::pair<GroupId, std::uint32_t>> groups;  // likewise
  };
  void add(const Objects& objects, Interval& interval, std::uint32_t index, Way way) const;

  std::vector<RuleId> rules_;
  std::array<std::vector<Interval>, kProtocols> by_protocol_;  // ascending, disjoint
};

}  // namespace seatrial::network::vpc
