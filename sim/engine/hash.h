// FNV-1a, 64 bits: the engine's one hash of text. The same on every machine; random streams and fingerprints
// contain it.
#pragma once

#include <cstdint>
#include <string_view>

namespace seatrial {

constexpr std::uint64_t text_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace seatrial
