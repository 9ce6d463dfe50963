#include "sim/network/vpc/addresses.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::network::vpc {

SubnetPool::SubnetPool(const Subnet& subnet)
    : base_(subnet.cidr.base.number()), size_(std::int64_t{1} << (32 - subnet.cidr.length)) {
  CHECK(subnet.cidr.length >= 16);
  const auto size = static_cast<std::size_t>(size_);
  const std::size_t blocks = std::max<std::size_t>(1, size / kBlockSize);
  used_.assign(size, false);
  held_.assign(size, false);
  for_prefixes_.assign(blocks, false);
  for_nobody_.assign(blocks, false);
  free_ = size_;
  for (const Reservation& reservation : subnet.reservations) hold(reservation);
  set(base_, 4, true);
  set(base_ + static_cast<Address>(size_) - 1, 1, true);
}

void SubnetPool::hold(const Reservation& reservation) {
  const std::int64_t first = reservation.cidr.base.number() - base_;
  const std::int64_t count = std::int64_t{1} << (32 - reservation.cidr.length);
  for (std::int64_t i = first; i < first + count; ++i) {
    if (!held_[static_cast<std::size_t>(i)]) --free_;
    held_[static_cast<std::size_t>(i)] = true;
    const auto block = static_cast<std::size_t>(i / kBlockSize);
    (reservation.prefix ? for_prefixes_ : for_nobody_)[block] = true;
  }
}

void SubnetPool::set(Address first, std::int64_t count, bool used) {
  for (std::int64_t i = first - base_; i < first - base_ + count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    CHECK(used_[at] != used);
    used_[at] = used;
    if (!held_[at]) free_ += used ? -1 : 1;
  }
}

bool SubnetPool::is_free_block(std::int64_t block) const {
  if (for_nobody_[static_cast<std::size_t>(block)] || (block + 1) * kBlockSize > size_) return false;
  const auto begin = used_.begin() + block * kBlockSize;
  return std::find(begin, begin + kBlockSize, true) == begin + kBlockSize;
}

std::int64_t SubnetPool::free_blocks() const {
  std::int64_t count = 0;
  for (std::int64_t block = 0; block < size_ / kBlockSize; ++block) count += is_free_block(block) ? 1 : 0;
  return count;
}

std::optional<Address> SubnetPool::take(RandomStream& random) {
  if (free_ == 0) return std::nullopt;
  auto left = random.below(static_cast<std::uint64_t>(free_));
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (used_[i] || held_[i] || left-- > 0) continue;
    const Address address = base_ + static_cast<Address>(i);
    set(address, 1, true);
    return address;
  }
  CHECK(false);
}

std::optional<Address> SubnetPool::take_block(RandomStream& random) {
  std::vector<std::int64_t> reserved, others;
  for (std::int64_t block = 0; block < size_ / kBlockSize; ++block) {
    if (is_free_block(block))
      (for_prefixes_[static_cast<std::size_t>(block)] ? reserved : others).push_back(block);
  }
  const std::vector<std::int64_t>& blocks = reserved.empty() ? others : reserved;
  if (blocks.empty()) return std::nullopt;
  const Address first = base_ + static_cast<Address>(blocks[random.below(blocks.size())] * kBlockSize);
  set(first, kBlockSize, true);
  return first;
}

AddressSpace::AddressSpace(const Objects& objects, std::uint64_t seed) {
  for (const Subnet& subnet : objects.subnets) {
    pools_.emplace_back(subnet);
    streams_.emplace_back(seed, "vpc/" + subnet.name.str());
    for (std::int64_t i = 0; i < subnet.occupied; ++i) (void)take(pools_.size() - 1);
  }
}

}  // namespace seatrial::network::vpc
