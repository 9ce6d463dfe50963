// Random streams: counter-based (Philox4x32-10) and named. A stream is a function of (seed, name), so a new component
// shifts nobody's draws.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace seatrial {

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view name);
  std::uint32_t next_u32() {
    if (used_ == 4) refill();
    return block_[used_++];
  }
  std::uint64_t next_u64() { const std::uint64_t high = next_u32(); return high << 32 | next_u32(); }
  // Uniform in [0, n), unbiased. REQUIRES: n > 0.
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t limit = n * (~std::uint64_t{0} / n);
    std::uint64_t draw;
    do draw = next_u64(); while (draw >= limit);
    return draw % n;
  }
  // Uniform in [0, 1), 53 bits.
  double next_unit() { return static_cast<double>(next_u64() >> 11) * 0x1p-53; }

 private:
  void refill();
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_{};
  std::array<std::uint32_t, 4> block_{};
  std::uint32_t used_ = 4;
};

}  // namespace seatrial
