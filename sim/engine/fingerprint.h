// A run's fingerprint: a running 64-bit mix of everything that a run decided. Equal fingerprints mean equal runs.
// Takes words only: no padding bytes, no addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seatrial {

class Fingerprint {
 public:
  void mix(std::uint64_t word) {
    state_ ^= word;
    state_ *= 0x9e3779b97f4a7c15ULL;
    state_ ^= state_ >> 32;
  }
  void mix(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    mix(hash);
  }
  std::uint64_t value() const { return state_; }
  std::string hex() const {
    std::string text(16, '0');
    for (int i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[(state_ >> (4 * i)) & 15];
    return text;
  }
  bool operator==(const Fingerprint&) const = default;

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3ULL;
};

}  // namespace seatrial
