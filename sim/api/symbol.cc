#include "sim/api/symbol.h"

#include <array>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

namespace seatrial::api {
namespace {

// A text with its hash, which is worked out once.
struct Interned {
  std::string text;
  std::size_t hash = 0;
};
struct Wanted {
  std::string_view text;
  std::size_t hash = 0;
};
struct KnownHash {
  using is_transparent = void;
  std::size_t operator()(const auto& entry) const { return entry.hash; }
};
struct SameText {
  using is_transparent = void;
  bool operator()(const auto& a, const auto& b) const { return a.hash == b.hash && a.text == b.text; }
};

// Shards, so that parallel runs rarely wait for each other. The nodes of an unordered_set never move.
struct Shard {
  std::shared_mutex mutex;
  std::unordered_set<Interned, KnownHash, SameText> texts;
};
constexpr std::size_t kShards = 32;

Shard& shard_of(std::size_t hash) {
  static std::array<Shard, kShards>* const shards = new std::array<Shard, kShards>;
  return (*shards)[(hash >> 7) % kShards];
}

// What this thread asked for last, by hash: constants in the code come again and again.
constexpr std::size_t kRecent = 4096;
thread_local std::array<const Interned*, kRecent> recent{};

const Interned* find_or_add(const Wanted& wanted) {
  Shard& shard = shard_of(wanted.hash);
  {
    const std::shared_lock lock(shard.mutex);
    const auto found = shard.texts.find(wanted);
    if (found != shard.texts.end()) return &*found;
  }
  const std::unique_lock lock(shard.mutex);
  return &*shard.texts.insert({std::string(wanted.text), wanted.hash}).first;
}

}  // namespace

const std::string* Symbol::empty_text() {
  static const std::string* const text = new std::string;
  return text;
}

const std::string* Symbol::intern(std::string_view text) {
  if (text.empty()) return empty_text();
  const Wanted wanted{text, std::hash<std::string_view>()(text)};
  const Interned*& last = recent[wanted.hash % kRecent];
  if (last == nullptr || !SameText()(*last, wanted)) last = find_or_add(wanted);
  return &last->text;
}

}  // namespace seatrial::api
