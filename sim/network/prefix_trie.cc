#include "sim/network/prefix_trie.h"

#include "sim/engine/check.h"

namespace seatrial::network {
namespace {

std::size_t bit_of(const api::IpAddress& address, int bit) {
  return (address.bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1;
}

}  // namespace

void PrefixTrie::add(const api::Cidr& block, std::int32_t value) {
  CHECK(value >= 0);
  std::size_t at = block.base.v4 ? 0 : 1;
  for (int bit = 0; bit < block.length; ++bit) {
    const std::size_t side = bit_of(block.base, bit);
    if (nodes_[at].child[side] == kNone) {
      nodes_[at].child[side] = static_cast<std::int32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    at = static_cast<std::size_t>(nodes_[at].child[side]);
  }
  if (nodes_[at].value == kNone) nodes_[at].value = value;
}

std::optional<std::int32_t> PrefixTrie::longest_match(const api::IpAddress& address) const {
  std::int32_t at = address.v4 ? 0 : 1, found = kNone;
  for (int bit = 0; at != kNone; ++bit) {
    const Node& node = nodes_[static_cast<std::size_t>(at)];
    if (node.value != kNone) found = node.value;
    if (bit == address.bits()) break;
    at = node.child[bit_of(address, bit)];
  }
  return found == kNone ? std::nullopt : std::optional(found);
}

}  // namespace seatrial::network
