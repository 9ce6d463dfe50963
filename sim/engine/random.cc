#include "sim/engine/random.h"

namespace seatrial {
namespace {

struct Block {
  std::uint32_t w0, w1, w2, w3;
};

constexpr std::uint32_t low_half(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
constexpr std::uint32_t high_half(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

inline void philox_round(Block& c, std::uint32_t k0, std::uint32_t k1) {
  const std::uint64_t a = std::uint64_t{0xD2511F53} * c.w0, b = std::uint64_t{0xCD9E8D57} * c.w2;
  c = {high_half(b) ^ c.w1 ^ k0, low_half(b), high_half(a) ^ c.w3 ^ k1, low_half(a)};
}

template <class... Blocks>
inline void philox_rounds(std::uint32_t k0, std::uint32_t k1, Blocks&... blocks) {
  for (int round = 0; round < 10; ++round) {
    (philox_round(blocks, k0, k1), ...);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
}

constexpr Block counter(std::uint64_t block, std::uint64_t name_hash) {
  return {low_half(block), high_half(block), low_half(name_hash), high_half(name_hash)};
}
constexpr std::uint64_t join(std::uint32_t high, std::uint32_t low) {
  return std::uint64_t{high} << 32 | low;
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key) {
  Block block{counter[0], counter[1], counter[2], counter[3]};
  philox_rounds(key[0], key[1], block);
  return {block.w0, block.w1, block.w2, block.w3};
}

std::uint64_t random_draw(std::uint64_t seed, std::uint64_t name_hash, std::uint64_t index) {
  Block block = counter(index / 2, name_hash);
  philox_rounds(low_half(seed), high_half(seed), block);
  return index % 2 == 0 ? join(block.w0, block.w1) : join(block.w2, block.w3);
}

void RandomStream::refill() {
  Block first = counter(block_, name_hash_), second = counter(block_ + 1, name_hash_);
  philox_rounds(low_half(key_), high_half(key_), first, second);
  block_ += 2;
  buffer_ = {join(first.w0, first.w1), join(first.w2, first.w3), join(second.w0, second.w1),
             join(second.w2, second.w3)};
  used_ = 0;
}

}  // namespace seatrial
