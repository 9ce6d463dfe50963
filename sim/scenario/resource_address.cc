#include "sim/scenario/resource_address.h"

namespace seatrial::scenario {

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

}  // namespace seatrial::scenario
