// What makes two things the same, as a row of numbers: symbols by their addresses, which differ from process
// to process. So a signature is only ever compared for equality, and nothing observes an order of them.
// Internal to the compiled evaluator.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/api/meta.h"

namespace seatrial::network {

using Signature = std::vector<std::uint64_t>;

inline void append(Signature& to, std::uint64_t number) { to.push_back(number); }
inline void append(Signature& to, api::Symbol symbol) {
  to.push_back(reinterpret_cast<std::uintptr_t>(&symbol.str()));
}
inline void append(Signature& to, const std::vector<api::Symbol>& symbols) {
  append(to, symbols.size());
  for (const api::Symbol symbol : symbols) append(to, symbol);
}
inline void append(Signature& to, const api::LabelMap& labels) {
  append(to, labels.size());
  for (const auto& [key, value] : labels) {
    append(to, key);
    append(to, value);
  }
}

struct SignatureHash {
  std::size_t operator()(const Signature& signature) const {
    std::uint64_t hash = 14695981039346656037U;
    for (const std::uint64_t number : signature) {
      hash = (hash ^ number) * 0x9e3779b97f4a7c15U;
      hash ^= hash >> 32;
    }
    return static_cast<std::size_t>(hash);
  }
};

}  // namespace seatrial::network
