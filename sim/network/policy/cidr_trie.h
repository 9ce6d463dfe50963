// Cells of addresses: two addresses of one cell are in the same ones of the CIDRs that were added. A cell is
// a CIDR without the smaller ones inside it. Finding one's cell takes a step for each bit of the longest
// prefix on the way.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "sim/api/ip_address.h"

namespace seatrial::network {

using CellId = std::uint32_t;

class CidrTrie {
 public:
  // Peers without an address, and addresses in none of the CIDRs.
  static constexpr CellId kNoAddress = 0, kOtherV4 = 1, kOtherV6 = 2;

  CidrTrie();
  struct Added {
    CellId cell = 0, parent = 0;  // what the new cell was a part of
  };
  std::optional<Added> add(const api::Cidr& cidr);  // nothing if it was there
  CellId find(const std::optional<api::IpAddress>& address) const;
  bool holds(const api::Cidr& cidr, CellId cell) const;  // REQUIRES: the CIDR was added
  bool is_v6(CellId cell) const;
  // The smallest CIDR around all addresses of the cell; none if there are none.
  std::optional<api::Cidr> cidr_of(CellId cell) const;
  std::size_t size() const { return cells_.size(); }

 private:
  struct Node {
    std::array<std::uint32_t, 2> child{};  // 0: none
    CellId cell = kNoAddress;              // kNoAddress: that of the last node above that has one
  };
  std::vector<Node> nodes_;  // the first two are the roots
  std::vector<api::Cidr> cells_;
};

}  // namespace seatrial::network
