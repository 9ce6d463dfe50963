// Which addresses of a VPC's subnets are in use.
//
// AWS keeps the first four addresses of a subnet and its last one. Network interfaces get single addresses,
// and prefixes: whole blocks of 16 (/28), aligned, in which nothing is used. A CIDR reservation of type
// prefix keeps single addresses out of a part of the subnet, so that whole blocks remain; of type explicit,
// both. Where EC2 takes addresses from is not documented: here every free address, and every whole block, is
// as likely as any other (blocks in a reservation first). So a subnet in which addresses come and go one by
// one has soon no whole block left, though half of it is free. Sources: AWS VPC user guide (subnet sizing,
// subnet CIDR reservations); EC2 user guide (prefix delegation); observed on 2023-09-20 (incidents.md §2).
//
// Example, a /27 (32 addresses): 0 to 3 and 31 are AWS's, so neither block of 16 is whole; a /26 has two.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sim/engine/random.h"
#include "sim/network/vpc/objects.h"

namespace seatrial::network::vpc {

using Address = std::uint32_t;  // IPv4, as IpAddress::number()
inline constexpr std::int64_t kBlockSize = 16;

class SubnetPool {
 public:
  // REQUIRES: IPv4, at most a /16.
  explicit SubnetPool(const Subnet& subnet);

  std::int64_t free() const { return free_; }  // single addresses that may be given
  std::int64_t free_blocks() const;
  std::optional<Address> take(RandomStream& random);
  std::optional<Address> take_block(RandomStream& random);  // its first address
  // REQUIRES: it was taken.
  void give_back(Address address) { set(address, 1, false); }
  void give_back_block(Address first) { set(first, kBlockSize, false); }

 private:
  void hold(const Reservation& reservation);
  void set(Address first, std::int64_t count, bool used);
  bool is_free_block(std::int64_t block) const;

  Address base_;
  std::int64_t size_, free_ = 0;
  std::vector<bool> used_;                       // by address
  std::vector<bool> held_;                       // by address: of a reservation
  std::vector<bool> for_prefixes_, for_nobody_;  // by block: lies in a reservation of type prefix, explicit
};

// The subnets of all VPCs, by their index in Objects::subnets. Each draws from a stream of its own,
// vpc/SUBNET.
class AddressSpace {
 public:
  AddressSpace(const Objects& objects, std::uint64_t seed);

  std::int64_t free(std::size_t subnet) const { return pools_[subnet].free(); }
  std::int64_t free_blocks(std::size_t subnet) const { return pools_[subnet].free_blocks(); }
  std::optional<Address> take(std::size_t subnet) { return pools_[subnet].take(streams_[subnet]); }
  std::optional<Address> take_block(std::size_t subnet) {
    return pools_[subnet].take_block(streams_[subnet]);
  }
  void give_back(std::size_t subnet, Address address) { pools_[subnet].give_back(address); }
  void give_back_block(std::size_t subnet, Address first) { pools_[subnet].give_back_block(first); }
  std::size_t subnets() const { return pools_.size(); }

 private:
  std::vector<SubnetPool> pools_;
  std::vector<RandomStream> streams_;
};

}  // namespace seatrial::network::vpc
