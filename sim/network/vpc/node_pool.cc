#include "sim/network/vpc/node_pool.h"

#include <algorithm>

#include "sim/engine/check.h"

namespace seatrial::network::vpc {
namespace {

constexpr Duration kYoungestInterface = Duration::seconds(60);  // minENILifeTime
constexpr Duration kShrinkInterval = Duration::seconds(30);     // decreaseIPPoolInterval
constexpr auto kBlock = static_cast<std::int32_t>(kBlockSize);

std::int32_t blocks_for(std::int32_t addresses) { return (addresses + kBlock - 1) / kBlock; }

bool cools(const Block::Slot& slot, const CniSettings& settings, SimTime now) {
  return slot.freed && now - *slot.freed <= settings.cooldown;
}

}  // namespace

Block block_of(Address first, bool prefix) {
  return {first, std::vector<Block::Slot>(prefix ? kBlockSize : 1)};
}

std::int32_t Block::assigned() const {
  return static_cast<std::int32_t>(std::ranges::count(slots, true, &Slot::assigned));
}

std::int32_t Interface::assigned() const {
  std::int32_t count = 0;
  for (const Block& block : blocks) count += block.assigned();
  return count;
}

std::optional<Address> NodePool::assign(const CniSettings& settings, SimTime now) {
  for (Interface& interface : interfaces_) {
    for (Block& block : interface.blocks) {
      if (block.is_prefix() != settings.prefix_delegation) continue;
      const auto slot = std::ranges::find_if(
          block.slots, [&](const Block::Slot& s) { return !s.assigned && !cools(s, settings, now); });
      if (slot == block.slots.end()) continue;
      *slot = {true, std::nullopt};
      return block.first + static_cast<Address>(slot - block.slots.begin());
    }
  }
  return std::nullopt;
}

void NodePool::release(Address address, SimTime now) {
  for (Interface& interface : interfaces_) {
    for (Block& block : interface.blocks) {
      const std::size_t offset = address - block.first;
      if (address < block.first || offset >= block.slots.size()) continue;
      CHECK(block.slots[offset].assigned);
      block.slots[offset] = {false, now};
      return;
    }
  }
  CHECK(false);
}

PoolStats NodePool::stats(const CniSettings& settings) const {
  PoolStats stats;
  for (const Interface& interface : interfaces_) {
    for (const Block& block : interface.blocks) {
      const std::int32_t assigned = block.assigned();
      if (block.is_prefix()) ++stats.prefixes;
      if (block.is_prefix() && assigned == 0) ++stats.free_prefixes;
      if (block.is_prefix() != settings.prefix_delegation) continue;
      stats.assigned += assigned;
      stats.total += static_cast<std::int32_t>(block.slots.size());
    }
  }
  return stats;
}

// In addresses, or in prefixes with prefix delegation. REQUIRES: has_ip_targets().
std::int32_t NodePool::short_of_targets(const CniSettings& settings, const PoolStats& stats) const {
  const std::int32_t addresses =
      std::max({settings.warm_ip_target - stats.available(), settings.minimum_ip_target - stats.total, 0});
  return settings.prefix_delegation ? blocks_for(addresses) : addresses;
}

// Example with prefixes: 1 address assigned, WARM_IP_TARGET 16: 17 addresses need two prefixes, so of three,
// two of which are free, one is too many.
std::int32_t NodePool::over_targets(const CniSettings& settings, const PoolStats& stats) const {
  if (!settings.has_ip_targets()) {
    if (!settings.prefix_delegation) return 0;
    return std::max(stats.free_prefixes - settings.warm_prefix_target, 0);
  }
  if (!settings.prefix_delegation) {
    const std::int32_t over = std::max(stats.available() - settings.warm_ip_target, 0);
    return std::max(std::min(over, stats.total - settings.minimum_ip_target), 0);
  }
  const std::int32_t warm = blocks_for(stats.assigned + settings.warm_ip_target);
  const std::int32_t minimum = blocks_for(settings.minimum_ip_target);
  return std::max(std::min({stats.free_prefixes, stats.prefixes - warm, stats.prefixes - minimum}), 0);
}

bool NodePool::is_low(const CniSettings& settings) const {
  const PoolStats stats = this->stats(settings);
  if (stats.total >= max_pods_) return false;
  if (settings.has_ip_targets()) return short_of_targets(settings, stats) > 0;
  const std::int32_t warm =
      settings.prefix_delegation ? settings.warm_prefix_target : settings.warm_eni_target;
  const std::int32_t each = settings.prefix_delegation ? kBlock : blocks_each();
  return stats.available() < each * warm || (warm == 0 && stats.available() == 0);
}

std::int32_t NodePool::wanted_blocks(const CniSettings& settings) const {
  const PoolStats stats = this->stats(settings);
  if (settings.has_ip_targets()) {
    const std::int32_t wanted = short_of_targets(settings, stats);
    return settings.prefix_delegation ? std::max(1, wanted) : wanted;
  }
  if (!settings.prefix_delegation) return blocks_each();
  return std::max(1, settings.warm_prefix_target - stats.free_prefixes);
}

bool NodePool::detaches(const CniSettings& settings, const PoolStats& stats) const {
  if (settings.has_ip_targets()) return true;
  if (settings.prefix_delegation) return true;  // an interface without a pod is looked at
  return stats.available() >= (settings.warm_eni_target + 1) * blocks_each();
}

// From when on the interface may go; none: it is needed.
std::optional<SimTime> NodePool::detachable_at(std::size_t index, const CniSettings& settings) const {
  const Interface& interface = interfaces_[index];
  if (index == 0 || interface.assigned() > 0) return std::nullopt;
  std::int32_t others = 0, others_available = 0, others_free_prefixes = 0;
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    if (i == index) continue;
    for (const Block& block : interfaces_[i].blocks) {
      others_free_prefixes += block.assigned() == 0 ? 1 : 0;
      if (block.is_prefix() != settings.prefix_delegation) continue;
      others += static_cast<std::int32_t>(block.slots.size());
      others_available += static_cast<std::int32_t>(block.slots.size()) - block.assigned();
    }
  }
  const auto rounded = [&](std::int32_t target) {
    return settings.prefix_delegation ? blocks_for(target) * kBlock : target;
  };
  if (settings.warm_ip_target != 0 && others_available < rounded(settings.warm_ip_target))
    return std::nullopt;
  if (settings.minimum_ip_target != 0 && others < rounded(settings.minimum_ip_target)) return std::nullopt;
  if (settings.prefix_delegation && others_free_prefixes < settings.warm_prefix_target) return std::nullopt;
  SimTime at = interface.created + kYoungestInterface;
  for (const Block& block : interface.blocks)
    for (const Block::Slot& slot : block.slots)
      if (slot.freed) at = std::max(at, *slot.freed + settings.cooldown + Duration::nanos(1));
  return at;
}

PoolPlan NodePool::plan(const CniSettings& settings, SimTime now, SimTime shrunk) const {
  PoolPlan plan;
  if (is_low(settings)) {
    const auto has_room = [this](const Interface& interface) {
      return std::ssize(interface.blocks) < blocks_each();
    };
    if (std::ranges::any_of(interfaces_, has_room) || has_room_for_interface())
      plan.action = PoolAction::kGrow;
    return plan;
  }
  const PoolStats stats = this->stats(settings);
  const auto later = [&plan](SimTime at) {
    plan.look_again = plan.look_again ? std::min(*plan.look_again, at) : at;
  };
  if (const std::int32_t over = over_targets(settings, stats); over > 0) {
    const SimTime due = shrunk + kShrinkInterval + Duration::nanos(1);
    if (now >= due) return {PoolAction::kShrink, 0, over, std::nullopt};
    later(due);
  }
  if (!detaches(settings, stats)) return plan;
  for (std::size_t i = 0; i < interfaces_.size(); ++i) {
    const auto due = detachable_at(i, settings);
    if (!due) continue;
    if (now >= *due) return {PoolAction::kDetach, i, 0, std::nullopt};
    later(*due);
  }
  return plan;
}

void NodePool::add_blocks(std::size_t interface, std::vector<Block> blocks) {
  auto& own = interfaces_[interface].blocks;
  own.insert(own.end(), blocks.begin(), blocks.end());
}

Interface NodePool::take_interface(std::size_t index) {
  Interface taken = std::move(interfaces_[index]);
  interfaces_.erase(interfaces_.begin() + static_cast<std::ptrdiff_t>(index));
  return taken;
}

std::vector<std::pair<std::size_t, Block>> NodePool::take_out(std::int32_t count) {
  std::vector<std::pair<std::size_t, Block>> taken;
  for (Interface& interface : interfaces_) {
    for (std::size_t i = 0; i < interface.blocks.size() && count > 0;) {
      if (interface.blocks[i].assigned() > 0) {
        ++i;
        continue;
      }
      taken.emplace_back(interface.subnet, std::move(interface.blocks[i]));
      interface.blocks.erase(interface.blocks.begin() + static_cast<std::ptrdiff_t>(i));
      --count;
    }
  }
  return taken;
}

std::vector<std::pair<std::size_t, Block>> NodePool::take_out_of_other_mode(const CniSettings& settings) {
  std::vector<std::pair<std::size_t, Block>> taken;
  for (Interface& interface : interfaces_) {
    std::erase_if(interface.blocks, [&](const Block& block) {
      if (block.is_prefix() == settings.prefix_delegation || block.assigned() > 0) return false;
      taken.emplace_back(interface.subnet, block);
      return true;
    });
  }
  return taken;
}

}  // namespace seatrial::network::vpc
