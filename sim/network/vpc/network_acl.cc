#include "sim/network/vpc/network_acl.h"

#include <algorithm>

namespace seatrial::network::vpc {

AclAnswer judge(std::span<const AclEntry> entries, Protocol protocol, Ports ports,
                const api::IpAddress& peer) {
  std::vector<Ports> left{ports};  // that no entry has matched yet
  const AclEntry* last = nullptr;
  for (const AclEntry& entry : entries) {
    if ((entry.protocol && *entry.protocol != protocol) || !entry.network.contains(peer)) continue;
    std::vector<Ports> rest;
    for (const Ports part : left) {
      const Ports both{std::max(part.first, entry.first), std::min(part.last, entry.last)};
      if (both.first > both.last) {
        rest.push_back(part);
        continue;
      }
      if (!entry.allow) return {false, &entry};
      last = &entry;
      if (part.first < both.first) rest.push_back({part.first, both.first - 1});
      if (both.last < part.last) rest.push_back({both.last + 1, part.last});
    }
    left = std::move(rest);
    if (left.empty()) return {true, last};
  }
  return {false, nullptr};
}

}  // namespace seatrial::network::vpc
