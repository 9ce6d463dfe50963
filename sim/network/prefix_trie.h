// From blocks of addresses to numbers, by the longest block that holds an address: a binary trie for each
// family. A lookup takes at most as many steps as the longest block has bits.
//
// Example: {0.0.0.0/0 -> 1, 10.0.0.0/8 -> 2, 10.26.0.0/16 -> 3}: 10.26.0.1 -> 3, 10.27.0.1 -> 2, 8.8.8.8 ->
// 1.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/api/ip_address.h"

namespace seatrial::network {

class PrefixTrie {
 public:
  // Of two equal blocks the one that was added first counts. REQUIRES: value >= 0.
  void add(const api::Cidr& block, std::int32_t value);
  std::optional<std::int32_t> longest_match(const api::IpAddress& address) const;
  bool empty() const { return nodes_.size() == 2; }

 private:
  struct Node {
    std::int32_t child[2] = {kNone, kNone};
    std::int32_t value = kNone;
  };
  static constexpr std::int32_t kNone = -1;

  std::vector<Node> nodes_{2};  // the roots: of IPv4, of IPv6
};

}  // namespace seatrial::network
