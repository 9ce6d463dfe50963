// A run's fingerprint: a running 64-bit mix of everything that a run decided. Equal fingerprints mean equal
// runs; it is compared across builds and machines, so it takes words only: no padding bytes, no addresses, no
// index that depends on anything but the run itself. Each step is a bijection of the state, so two runs that
// differ in one word differ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/engine/journal.h"

namespace seatrial {

class Fingerprint {
 public:
  void mix(std::uint64_t word) {
    state_ ^= word;
    state_ *= 0x9e3779b97f4a7c15;
    state_ ^= state_ >> 32;
  }
  void mix(std::string_view text) { mix(text_hash(text)); }
  // `text_hash` is that of the record's text: the number of a text in its journal does not count.
  void mix(const JournalRecord& record, std::uint64_t text_hash) {
    mix(static_cast<std::uint64_t>(record.at.count()));
    mix(static_cast<std::uint64_t>(record.value));
    mix(std::uint64_t{record.subject} << 32 | record.other);
    mix(std::uint64_t{static_cast<std::uint32_t>(record.cause)} << 32 | std::uint32_t{record.type} << 16 |
        std::uint32_t{record.subject_kind} << 8 | record.other_kind);
    mix(text_hash);
  }
  std::uint64_t value() const { return state_; }
  std::string hex() const {
    std::string text(16, '0');
    for (int i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[(state_ >> (4 * i)) & 15];
    return text;
  }
  bool operator==(const Fingerprint&) const = default;

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3;
};

}  // namespace seatrial
