#include "sim/scenario/resource_address.h"

#include <array>

namespace seatrial::scenario {
namespace {

// The usual blocks of which no host on the internet is (RFC 6890). Those for documentation are let through:
// examples have them.
struct NotPublic {
  const char *block, *what;
};
constexpr auto kNotPublic = std::to_array<NotPublic>({{"0.0.0.0/8", "unspecified"},
                                                      {"10.0.0.0/8", "private"},
                                                      {"100.64.0.0/10", "shared"},
                                                      {"127.0.0.0/8", "loopback"},
                                                      {"169.254.0.0/16", "link-local"},
                                                      {"172.16.0.0/12", "private"},
                                                      {"192.168.0.0/16", "private"},
                                                      {"224.0.0.0/4", "multicast"},
                                                      {"255.255.255.255/32", "broadcast"},
                                                      {"::/128", "unspecified"},
                                                      {"::1/128", "loopback"},
                                                      {"fc00::/7", "private"},
                                                      {"fe80::/10", "link-local"},
                                                      {"ff00::/8", "multicast"}});

}  // namespace

std::optional<api::IpAddress> address_of(const Platform& platform, const cloud::ManagedConfig& resource,
                                         api::Symbol zone) {
  using network::vpc::SubnetKind;
  constexpr std::uint8_t kBehindReserved = 10;  // AWS keeps the first four of a subnet; the smallest has 16
  if (resource.address || !platform.vpc) return resource.address;
  for (const SubnetKind kind : {SubnetKind::kPrivate, SubnetKind::kEksPrivate}) {
    for (const network::vpc::Subnet& subnet : platform.vpc->subnets) {
      if (subnet.zone != zone || subnet.kind != kind) continue;
      api::IpAddress address = subnet.cidr.network().base;
      address.bytes[static_cast<std::size_t>(address.bits() / 8 - 1)] |= kBehindReserved;
      return address;
    }
  }
  return std::nullopt;
}

std::string why_not_public(const api::IpAddress& address) {
  for (const NotPublic& row : kNotPublic)
    if (api::Cidr::parse(row.block)->contains(address)) return std::string(row.block) + " is " + row.what;
  return {};
}

}  // namespace seatrial::scenario
