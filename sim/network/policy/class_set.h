// A set of classes of peers as bits, which grows as needed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace seatrial::network {

// Peers that no policy can tell apart (pod_classes.h). Dense; classes are never given up.
struct ClassId {
  static constexpr std::uint32_t kNone = 0xffffffff;
  std::uint32_t index = kNone;
  auto operator<=>(const ClassId&) const = default;
};

class ClassSet {
 public:
  bool test(ClassId id) const {
    const std::size_t word = id.index / 64;
    return word < words_.size() && ((words_[word] >> (id.index % 64)) & 1) != 0;
  }
  void assign(ClassId id, bool value) {
    const std::size_t word = id.index / 64;
    const std::uint64_t bit = std::uint64_t{1} << (id.index % 64);
    if (word >= words_.size()) {
      if (!value) return;
      words_.resize(word + 1);
    }
    words_[word] = value ? words_[word] | bit : words_[word] & ~bit;
  }
  void set(ClassId id) { assign(id, true); }

  ClassSet& operator|=(const ClassSet& other) {
    if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  ClassSet& operator&=(const ClassSet& other) {
    words_.resize(std::min(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  ClassSet& operator-=(const ClassSet& other) {
    const std::size_t common = std::min(words_.size(), other.words_.size());
    for (std::size_t i = 0; i < common; ++i) words_[i] &= ~other.words_[i];
    return *this;
  }

  bool empty() const {
    return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
  }
  std::size_t count() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }
  // In ascending order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1)
        visit(ClassId{static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(word)))});
    }
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace seatrial::network
