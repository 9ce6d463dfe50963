// Internet addresses and blocks of them, IPv4 and IPv6, as ipBlocks and endpoints have them. Parsed like Go's
// net package (ParseCIDRSloppy: leading zeros of IPv4 are read as decimal).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seatrial::api {

struct IpAddress {
  bool v4 = true;
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four
  auto operator<=>(const IpAddress&) const = default;

  static std::optional<IpAddress> parse(
      std::string_view text);  // 10.0.0.1, 2001:db8::1, ::ffff:10.0.0.1 (IPv4)
  int bits() const { return v4 ? 32 : 128; }
  std::string str() const;  // as Go prints it: 10.0.0.1, 2001:db8::1

  // IPv4 addresses as numbers: 10.0.0.1 is 0x0a000001. REQUIRES of number(): v4.
  static IpAddress v4_of(std::uint32_t number);
  std::uint32_t number() const;
};

// 10.60.0.0/16. The host's bits are ignored: 1.2.3.3/24 holds 1.2.3.200.
struct Cidr {
  IpAddress base;
  int length = 0;

  static std::optional<Cidr> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string str() const { return base.str() + "/" + std::to_string(length); }
  Cidr network() const;  // with the host's bits 0
  auto operator<=>(const Cidr&) const = default;
};

}  // namespace seatrial::api
