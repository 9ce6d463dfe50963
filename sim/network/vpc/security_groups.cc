#include "sim/network/vpc/security_groups.h"

#include <algorithm>
#include <set>

namespace seatrial::network::vpc {

std::string_view to_string(Protocol protocol) {
  constexpr std::array<std::string_view, kProtocols> kNames{"tcp", "udp", "sctp", "icmp"};
  return kNames[static_cast<std::size_t>(protocol)];
}

const SecurityRule& rule_of(const Objects& objects, RuleId id, Way way) {
  const SecurityGroup& group = objects.security_groups[id.group];
  return (way == Way::kIngress ? group.ingress : group.egress)[id.rule];
}

RuleTable::RuleTable(const Objects& objects, std::span<const GroupId> groups, Way way) {
  for (const GroupId group : groups) {
    const SecurityGroup& of = objects.security_groups[group];
    const std::size_t count = (way == Way::kIngress ? of.ingress : of.egress).size();
    for (std::uint32_t i = 0; i < count; ++i) rules_.push_back({group, i});
  }
  for (std::size_t p = 0; p < kProtocols; ++p) {
    const auto holds = [&](const SecurityRule& rule) {
      return !rule.protocol || *rule.protocol == static_cast<Protocol>(p);
    };
    std::set<std::int32_t> starts;
    for (const RuleId id : rules_) {
      const SecurityRule& rule = rule_of(objects, id, way);
      if (holds(rule)) starts.insert({rule.first, rule.last + 1});
    }
    for (auto at = starts.begin(); at != starts.end() && std::next(at) != starts.end(); ++at) {
      Interval interval{*at, *std::next(at) - 1, {}, {}};
      for (std::uint32_t i = 0; i < rules_.size(); ++i) {
        const SecurityRule& rule = rule_of(objects, rules_[i], way);
        if (holds(rule) && rule.first <= interval.first && interval.last <= rule.last)
          add(objects, interval, i, way);
      }
      by_protocol_[p].push_back(std::move(interval));
    }
  }
}

void RuleTable::add(const Objects& objects, Interval& interval, std::uint32_t index, Way way) const {
  const SecurityRule& rule = rule_of(objects, rules_[index], way);
  for (const api::Cidr& network : rule.networks)
    interval.networks.add(network, static_cast<std::int32_t>(index));
  for (const PrefixList& list : objects.prefix_lists) {
    if (list.name != rule.prefix_list) continue;
    for (const api::Cidr& network : list.cidrs)
      interval.networks.add(network, static_cast<std::int32_t>(index));
  }
  if (rule.group.empty()) return;
  const auto group = std::ranges::find(objects.security_groups, rule.group, &SecurityGroup::name);
  interval.groups.emplace_back(static_cast<GroupId>(group - objects.security_groups.begin()), index);
}

std::optional<RuleId> RuleTable::find(Protocol protocol, std::int32_t port, const api::IpAddress& peer,
                                      std::span<const GroupId> peer_groups) const {
  const std::vector<Interval>& intervals = by_protocol_[static_cast<std::size_t>(protocol)];
  const auto at = std::ranges::lower_bound(intervals, port, {}, &Interval::last);
  if (at == intervals.end() || port < at->first) return std::nullopt;
  std::optional<std::uint32_t> found;
  if (const auto network = at->networks.longest_match(peer)) found = static_cast<std::uint32_t>(*network);
  for (const auto& [group, rule] : at->groups) {
    if (std::ranges::find(peer_groups, group) != peer_groups.end())
      found = std::min(found.value_or(rule), rule);
  }
  return found ? std::optional(rules_[*found]) : std::nullopt;
}

}  // namespace seatrial::network::vpc
