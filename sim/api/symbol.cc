#include "sim/api/symbol.h"

#include <array>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

namespace seatrial::api {
namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// Shards, so that parallel runs rarely wait for each other. The nodes of an unordered_set never move.
struct Shard {
  std::shared_mutex mutex;
  std::unordered_set<std::string, TextHash, std::equal_to<>> texts;
};
constexpr std::size_t kShards = 32;

Shard& shard_of(std::string_view text) {
  static std::array<Shard, kShards>* const shards = new std::array<Shard, kShards>;
  return (*shards)[(TextHash()(text) >> 7) % kShards];
}

}  // namespace

const std::string* Symbol::empty_text() {
  static const std::string* const text = new std::string;
  return text;
}

const std::string* Symbol::intern(std::string_view text) {
  if (text.empty()) return empty_text();
  Shard& shard = shard_of(text);
  {
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.texts.find(text);
    if (found != shard.texts.end()) return &*found;
  }
  const std::unique_lock lock(shard.mutex);
  return &*shard.texts.emplace(text).first;
}

}  // namespace seatrial::api
