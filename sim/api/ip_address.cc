#include "sim/api/ip_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "sim/engine/check.h"

namespace seatrial::api {
namespace {

// Digits only, at most `max`.
std::optional<int> parse_number(std::string_view text, int max, int base) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  const bool digits = !text.empty() && text.front() != '-' && text.front() != '+';
  if (!digits || error != std::errc() || end != text.data() + text.size() || number > max)
    return std::nullopt;
  return number;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::optional<IpAddress> parse_v4(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  IpAddress address;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto byte = parse_number(parts[i], 255, 10);
    if (!byte) return std::nullopt;
    address.bytes[i] = static_cast<std::uint8_t>(*byte);
  }
  return address;
}

// Groups of 16 bits, the last two perhaps as an IPv4 address; nothing if one of them is none.
std::optional<std::vector<std::uint8_t>> parse_groups(std::string_view text, bool may_end_in_v4) {
  std::vector<std::uint8_t> bytes;
  if (text.empty()) return bytes;
  const auto parts = split(text, ':');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (may_end_in_v4 && i + 1 == parts.size() && parts[i].contains('.')) {
      const auto v4 = parse_v4(parts[i]);
      if (!v4) return std::nullopt;
      bytes.insert(bytes.end(), v4->bytes.begin(), v4->bytes.begin() + 4);
      continue;
    }
    const auto group = parts[i].size() > 4 ? std::nullopt : parse_number(parts[i], 0xffff, 16);
    if (!group) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*group >> 8));
    bytes.push_back(static_cast<std::uint8_t>(*group & 0xff));
  }
  return bytes;
}

// An IPv4 address written as an IPv6 one is the IPv4 address.
IpAddress unmapped(const IpAddress& v6) {
  for (std::size_t i = 0; i < 12; ++i) {
    if (v6.bytes[i] != (i < 10 ? 0 : 0xff)) return v6;
  }
  IpAddress v4;
  for (std::size_t i = 0; i < 4; ++i) v4.bytes[i] = v6.bytes[12 + i];
  return v4;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  IpAddress address;
  address.v4 = false;
  if (gap == std::string_view::npos) {
    const auto bytes = parse_groups(text, true);
    if (!bytes || bytes->size() != 16) return std::nullopt;
    for (std::size_t i = 0; i < 16; ++i) address.bytes[i] = (*bytes)[i];
    return unmapped(address);
  }
  const auto head = parse_groups(text.substr(0, gap), false), tail = parse_groups(text.substr(gap + 2), true);
  if (!head || !tail || head->size() + tail->size() > 14) return std::nullopt;
  for (std::size_t i = 0; i < head->size(); ++i) address.bytes[i] = (*head)[i];
  for (std::size_t i = 0; i < tail->size(); ++i) address.bytes[16 - tail->size() + i] = (*tail)[i];
  return unmapped(address);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  return text.contains(':') ? parse_v6(text) : parse_v4(text);
}

IpAddress IpAddress::v4_of(std::uint32_t number) {
  IpAddress address;
  for (std::size_t i = 0; i < 4; ++i) address.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return address;
}

std::uint32_t IpAddress::number() const {
  CHECK(v4);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | bytes[i];
  return number;
}

std::string IpAddress::str() const {
  if (v4) return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
  std::array<int, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = bytes[2 * i] << 8 | bytes[2 * i + 1];
  std::size_t gap = 8, longest = 1;  // the first longest run of zeros, of two groups at least
  for (std::size_t begin = 0, end = 0; begin < 8; begin = end + 1) {
    for (end = begin; end < 8 && groups[end] == 0;) ++end;
    if (end - begin <= longest) continue;
    gap = begin;
    longest = end - begin;
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == gap) {
      text += "::";
      i += longest - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  const auto length = parse_number(text.substr(slash + 1), base->bits(), 10);
  if (!length) return std::nullopt;
  return Cidr{*base, *length};
}

Cidr Cidr::network() const {
  Cidr masked = *this;
  for (int bit = 0; bit < base.bits(); bit += 8) {
    const int left = std::clamp(length - bit, 0, 8);
    masked.base.bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(0xff << (8 - left));
  }
  return masked;
}

bool Cidr::contains(const IpAddress& address) const {
  if (address.v4 != base.v4) return false;
  for (int bit = 0; bit < length; bit += 8) {
    const int left = length - bit;
    const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff << (8 - left));
    const auto i = static_cast<std::size_t>(bit / 8);
    if ((address.bytes[i] & mask) != (base.bytes[i] & mask)) return false;
  }
  return true;
}

}  // namespace seatrial::api
