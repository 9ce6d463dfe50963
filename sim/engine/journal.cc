#include "sim/engine/journal.h"

#include <limits>
#include <utility>

namespace seatrial {

Journal::Journal() : open_(1), texts_{{std::make_shared<const std::string>(), text_hash("")}}, buckets_(64) {}

JournalId Journal::append(const JournalRecord& record) {
  const std::size_t id = size() + 1;
  CHECK(static_cast<std::uint32_t>(record.cause) < id);
  CHECK(record.text < texts_.size());
  CHECK(id < std::numeric_limits<std::uint32_t>::max());
  if (open_.size() == kChunk) {
    full_.push_back(std::make_shared<const Chunk>(std::move(open_)));
    open_.clear();
    open_.reserve(kChunk);
  }
  open_.push_back(record);
  return JournalId{static_cast<std::uint32_t>(id)};
}

std::uint32_t Journal::text(std::string_view text) {
  if (text.empty()) return 0;
  const std::uint64_t hash = text_hash(text);
  const std::size_t bucket = bucket_of(text, hash);
  if (buckets_[bucket] != 0) return buckets_[bucket];
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back({std::make_shared<const std::string>(text), hash});
  buckets_[bucket] = number;
  if (texts_.size() * 2 > buckets_.size()) grow_buckets();
  return number;
}

std::size_t Journal::bucket_of(std::string_view text, std::uint64_t hash) const {
  const std::size_t mask = buckets_.size() - 1;
  std::size_t bucket = (hash ^ hash >> 32) & mask;
  while (buckets_[bucket] != 0) {
    const Text& there = texts_[buckets_[bucket]];
    if (there.hash == hash && *there.content == text) break;
    bucket = (bucket + 1) & mask;
  }
  return bucket;
}

void Journal::grow_buckets() {
  buckets_.assign(buckets_.size() * 2, 0);
  for (std::uint32_t number = 1; number < texts_.size(); ++number)
    buckets_[bucket_of(*texts_[number].content, texts_[number].hash)] = number;
}

std::vector<JournalId> Journal::cause_chain(JournalId id) const {
  std::vector<JournalId> chain;
  for (; id != JournalId::kNone; id = record(id).cause) chain.push_back(id);
  return chain;
}

}  // namespace seatrial
