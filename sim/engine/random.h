// Random streams: counter-based and named. A stream is a function of (seed, name) alone, so a new component
// shifts nobody's draws, and a copy goes on as the original would.
//
// Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel Random Numbers: As Easy as 1, 2, 3", SC
// 2011). The key is the seed; the counter is (64-bit block number, 64-bit hash of the name). Draw 2k and 2k+1
// of a stream are the words (0, 1) and (2, 3) of block k, the first word being the high half.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/engine/hash.h"

namespace seatrial {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

// The `index`-th draw of the stream (seed, name) without a stream object, e.g. one draw for each pod by its
// number. `name_hash` is text_hash(name).
std::uint64_t random_draw(std::uint64_t seed, std::uint64_t name_hash, std::uint64_t index);

// 64 bytes: two blocks are made at once, because two independent ones cost hardly more time than one.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name) : key_(seed), name_hash_(text_hash(name)) {}

  std::uint64_t next_u64() {
    if (used_ == buffer_.size()) [[unlikely]]
      refill();
    return buffer_[used_++];
  }

  // Uniform in [0, n), without bias: multiply and reject (Lemire 2019). REQUIRES: n > 0.
  // Example: n = 6 takes the high word of draw * 6, and rejects a draw whose low word is below 2^64 mod 6
  // = 4.
  std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    Wide product = Wide{next_u64()} * n;
    if (static_cast<std::uint64_t>(product) < n) [[unlikely]] {
      const std::uint64_t rejected = (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < rejected) product = Wide{next_u64()} * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }
  // Uniform in [0, 1): a multiple of 2^-53.
  double next_unit() { return static_cast<double>(static_cast<std::int64_t>(next_u64() >> 11)) * 0x1p-53; }
  // Uniform in (0, 1): an odd multiple of 2^-53.
  double next_open_unit() {
    return (static_cast<double>(static_cast<std::int64_t>(next_u64() >> 12)) + 0.5) * 0x1p-52;
  }

 private:
  void refill();

  std::uint64_t key_;
  std::uint64_t name_hash_;
  std::uint64_t block_ = 0;  // the next to be made
  std::array<std::uint64_t, 4> buffer_{};
  std::uint64_t used_ = 4;
};
static_assert(sizeof(RandomStream) == 64);

}  // namespace seatrial
