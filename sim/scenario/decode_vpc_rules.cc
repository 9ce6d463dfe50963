// `vpc:` prefix lists, security groups, network ACLs.
#include <algorithm>
#include <charconv>

#include "sim/scenario/decode_vpc.h"

namespace seatrial::scenario {

using network::vpc::AclEntry;
using network::vpc::Protocol;
using network::vpc::SecurityRule;
namespace vpc = network::vpc;

namespace {

std::optional<Protocol> read_protocol(const Reader& at) {
  const std::size_t index = at.choice({"tcp", "udp", "sctp", "icmp", "all"}, 4);
  return index == 4 ? std::nullopt : std::optional(static_cast<Protocol>(index));
}

bool read_number(std::string_view text, std::int32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0 && number <= 65535;
}

// 443, 1025-65535, all.
void read_ports(const Reader& at, const std::optional<Protocol>& protocol, std::int32_t& first,
                std::int32_t& last) {
  if (!at) return;
  if (!at.is_scalar()) return at.problem(wrong_type("a port or a range of ports", at.value()));
  const std::string_view text = at.value().text;
  if (text == "all") return;
  if (!protocol || *protocol == Protocol::kIcmp)
    return at.problem("ports have a meaning with protocol tcp, udp or sctp only");
  const std::size_t dash = text.find('-');
  const bool read = read_number(text.substr(0, dash), first) &&
                    read_number(dash == std::string_view::npos ? text : text.substr(dash + 1), last);
  if (!read || first > last)
    at.problem("\"" + std::string(text) + "\" is not a port, a range such as 1025-65535, or all");
}

}  // namespace

void VpcReader::read_prefix_list(Reader map) {
  if (!map.expect_map()) return;
  auto list = begin<vpc::PrefixList>(map, VpcKind::kPrefixList);
  for (const Reader& item : map.required("cidrs").items())
    if (const auto cidr = read_cidr(item)) list.cidrs.push_back(*cidr);
  map.done();
  objects_.prefix_lists.push_back(std::move(list));
}

void VpcReader::read_security_group(Reader map, const Vpc& of) {
  if (!map.expect_map()) return;
  auto group = begin<vpc::SecurityGroup>(map, VpcKind::kSecurityGroup);
  group.vpc = of.name;
  group.ingress = read_security_rules(map.field("ingress"), "from");
  group.egress = read_security_rules(map.field("egress"), "to");
  map.done();
  objects_.security_groups.push_back(std::move(group));
}

// A rule with several named peers becomes one for each.
std::vector<SecurityRule> VpcReader::read_security_rules(const Reader& list, std::string_view peer) {
  std::vector<SecurityRule> rules;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    SecurityRule rule;
    rule.source = item.where();
    rule.protocol = read_protocol(item.field("protocol"));
    read_ports(item.field("ports"), rule.protocol, rule.first, rule.last);
    rule.description = item.field("description").text();
    SecurityRule networks = rule;
    for (const Reader& at : item.required(peer).items_or_one()) {
      if (at.is_scalar() && !at.value().text.contains('/')) {
        SecurityRule named = rule;
        named.group = reference(at, {VpcKind::kSecurityGroup, VpcKind::kPrefixList});
        rules.push_back(std::move(named));
      } else if (const auto cidr = read_cidr(at)) {
        networks.networks.push_back(*cidr);
      }
    }
    item.done();
    if (!networks.networks.empty()) rules.push_back(std::move(networks));
  }
  return rules;
}

void VpcReader::read_network_acl(Reader map, const Vpc& of) {
  if (!map.expect_map()) return;
  auto acl = begin<vpc::NetworkAcl>(map, VpcKind::kNetworkAcl);
  const Reader is_default = map.field("default");
  acl.vpc = of.name;
  acl.is_default = is_default.boolean(false);
  const bool second = std::ranges::any_of(objects_.network_acls, [&](const vpc::NetworkAcl& other) {
    return acl.is_default && other.is_default && other.vpc == of.name;
  });
  if (second) is_default.problem("another network ACL of the VPC is the default already");
  acl.ingress = read_acl_entries(map.field("ingress"), "from");
  acl.egress = read_acl_entries(map.field("egress"), "to");
  map.done();
  objects_.network_acls.push_back(std::move(acl));
}

std::vector<AclEntry> VpcReader::read_acl_entries(const Reader& list, std::string_view peer) {
  std::vector<AclEntry> entries;
  for (Reader item : list.items()) {
    if (!item.expect_map()) continue;
    AclEntry entry;
    entry.source = item.where();
    const Reader number = item.required("rule"), network = item.required(peer);
    entry.number = static_cast<std::int32_t>(number.integer(100, 1, 32766));
    if (std::ranges::find(entries, entry.number, &AclEntry::number) != entries.end())
      number.problem("there is a rule " + std::to_string(entry.number) + " already");
    entry.allow = item.required("action").choice({"allow", "deny"}, 1) == 0;
    entry.protocol = read_protocol(item.field("protocol"));
    read_ports(item.field("ports"), entry.protocol, entry.first, entry.last);
    const auto cidr = network ? read_cidr(network) : std::nullopt;
    if (cidr) entry.network = *cidr;
    item.done();
    entries.push_back(entry);
  }
  std::ranges::sort(entries, {}, &AclEntry::number);
  return entries;
}

}  // namespace seatrial::scenario
