#include "sim/network/policy/cidr_trie.h"

namespace seatrial::network {

namespace {

constexpr std::uint32_t kRootV4 = 0, kRootV6 = 1;
constexpr CellId kFirstCidr = 3;

std::size_t bit_of(const api::IpAddress& address, int bit) {
  return (address.bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1;
}

}  // namespace

CidrTrie::CidrTrie() : nodes_(2), cells_(kFirstCidr) {
  nodes_[kRootV4].cell = kOtherV4;
  nodes_[kRootV6].cell = kOtherV6;
  cells_[kOtherV6].base.v4 = false;
}

std::optional<CidrTrie::Added> CidrTrie::add(const api::Cidr& cidr) {
  std::uint32_t at = cidr.base.v4 ? kRootV4 : kRootV6;
  CellId parent = nodes_[at].cell;
  for (int bit = 0; bit < cidr.length; ++bit) {
    const std::size_t side = bit_of(cidr.base, bit);
    if (nodes_[at].child[side] == 0) {
      nodes_[at].child[side] = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    }
    at = nodes_[at].child[side];
    if (nodes_[at].cell != kNoAddress) parent = nodes_[at].cell;
  }
  if (nodes_[at].cell >= kFirstCidr) return std::nullopt;
  const Added added{static_cast<CellId>(cells_.size()), parent};
  cells_.push_back(cidr.network());
  nodes_[at].cell = added.cell;
  return added;
}

CellId CidrTrie::find(const std::optional<api::IpAddress>& address) const {
  if (!address) return kNoAddress;
  std::uint32_t at = address->v4 ? kRootV4 : kRootV6;
  CellId cell = nodes_[at].cell;
  for (int bit = 0; bit < address->bits(); ++bit) {
    at = nodes_[at].child[bit_of(*address, bit)];
    if (at == 0) break;
    if (nodes_[at].cell != kNoAddress) cell = nodes_[at].cell;
  }
  return cell;
}

bool CidrTrie::holds(const api::Cidr& cidr, CellId cell) const {
  return cell >= kFirstCidr && cidr.length <= cells_[cell].length && cidr.contains(cells_[cell].base);
}

bool CidrTrie::is_v6(CellId cell) const { return cell != kNoAddress && !cells_[cell].base.v4; }

std::optional<api::Cidr> CidrTrie::cidr_of(CellId cell) const {
  if (cell == kNoAddress) return std::nullopt;
  const bool taken = cell < kFirstCidr && nodes_[cell == kOtherV4 ? kRootV4 : kRootV6].cell != cell;
  return taken ? std::nullopt : std::optional(cells_[cell]);
}

}  // namespace seatrial::network
