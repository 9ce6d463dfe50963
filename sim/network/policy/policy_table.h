// What one direction allows the pods of a class: for each protocol disjoint intervals of ports, each with the
// set of peers that are allowed there. Classes to which the same rules apply share a table.
// Internal to the compiled evaluator.
#pragma once

#include "sim/network/policy/policy_book.h"
#include "sim/network/policy/verdict.h"

namespace seatrial::network {

// Those that have ports; of others the rules are asked each time.
inline constexpr std::size_t kPortProtocols = 3;
std::optional<std::size_t> port_protocol(api::Symbol protocol);  // TCP, UDP, SCTP: 0, 1, 2

struct TableStep {
  PolicyId policy = kNoId;
  std::uint32_t rule = 0;  // among BookPolicy::rules of the direction; kEndOfTier: the tier of `policy` ends
  static constexpr std::uint32_t kEndOfTier = 0xffffffff;
  // Ports that rules call by name are those of the peer, in egress: the rule is only about peers that have,
  // or only about those that have not, this port by such a name.
  bool only_named = false, not_named = false;
  bool operator==(const TableStep&) const = default;
};

// The steps that count at the ports of one or more intervals.
struct TableSlice {
  std::size_t protocol = 0;
  std::int32_t port = 0;  // one of them; all, if a step depends on names
  std::vector<TableStep> steps;
  ClassSet allowed;
};

struct PolicyTable {
  struct Interval {
    std::int32_t first = 0;  // up to the next one's
    std::uint32_t slice = 0;
  };
  Direction direction = Direction::kIngress;
  std::vector<TableStep> steps;         // of all ports
  std::vector<NamedPort> own_ports;     // of the subject, in ingress
  bool depends_on_named_ports = false;  // of the peers
  std::array<std::vector<Interval>, kPortProtocols> intervals;
  std::vector<TableSlice> slices;

  const ClassSet& allowed_at(std::size_t protocol, std::int32_t port) const {
    const std::vector<Interval>& all = intervals[protocol];
    const auto next = std::ranges::upper_bound(all, port, {}, &Interval::first);
    return slices[std::prev(next)->slice].allowed;
  }
};

struct TableContext {
  const PolicyBook& book;
  const PodClasses& classes;
  const ClassSet& everyone;
};

// Of a class that these policies select, in their order; without intervals.
PolicyTable begin_table(const std::vector<PolicyId>& policies, ClassId subject, Direction direction,
                        const TableContext& context);
// What the table depends on: classes of equal ones share it.
Signature signature_of(const PolicyTable& table);
void compile(PolicyTable& table, const TableContext& context);
// The class's bit in all slices.
void renew_class(PolicyTable& table, ClassId peer, const TableContext& context);
void copy_class(PolicyTable& table, ClassId from, ClassId to);
// Rule by rule, of whatever protocol.
Verdict explain(const PolicyTable& table, api::Symbol protocol, std::int32_t port, ClassId peer,
                const TableContext& context);

}  // namespace seatrial::network
