// The journal: an append-only list of typed records, each with the record that caused it. Reports,
// explanations and the fingerprint come from it. What `type` and the kinds mean is defined by who writes
// them; the engine does not know.
//
// Invariants: record 0 is "none"; a cause is older than its effect, so a chain of causes ends; records never
// change. A copy shares the full chunks with its original (they are immutable), so forking a long run costs
// little.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/check.h"
#include "sim/engine/event.h"
#include "sim/engine/hash.h"
#include "sim/engine/time.h"

namespace seatrial {

struct JournalRecord {
  SimTime at;
  std::int64_t value = 0;
  JournalId cause = JournalId::kNone;
  std::uint32_t subject = 0;
  std::uint32_t other = 0;
  std::uint32_t text = 0;  // of Journal::text
  std::uint16_t type = 0;
  std::uint8_t subject_kind = 0;
  std::uint8_t other_kind = 0;
};
static_assert(sizeof(JournalRecord) == 40);

class Journal {
 public:
  Journal();
  // REQUIRES: the cause, if any, is a record of this journal.
  JournalId append(const JournalRecord& record);
  // REQUIRES: id is that of a record, or none. The reference holds until the next append.
  const JournalRecord& record(JournalId id) const {
    const auto index = static_cast<std::uint32_t>(id);
    CHECK(index <= size());
    const std::size_t chunk = index / kChunk;
    return (chunk < full_.size() ? *full_[chunk] : open_)[index % kChunk];
  }
  // Records 1 … size() exist; 0 is "none".
  std::size_t size() const { return full_.size() * kChunk + open_.size() - 1; }

  // The number of a text, the same for the same text; 0 is "".
  std::uint32_t text(std::string_view text);
  // The view holds as long as this journal or any copy of it lives. REQUIRES: number came from text().
  std::string_view text(std::uint32_t number) const { return *texts_.at(number).content; }
  std::uint64_t hash_of_text(std::uint32_t number) const { return texts_.at(number).hash; }

  // The record itself, its cause, that one's cause, … Empty for none.
  std::vector<JournalId> cause_chain(JournalId id) const;

 private:
  static constexpr std::size_t kChunk = 1024;
  using Chunk = std::vector<JournalRecord>;
  struct Text {
    std::shared_ptr<const std::string> content;
    std::uint64_t hash;
  };
  // Where in buckets_ a text is, or the free place where it belongs.
  std::size_t bucket_of(std::string_view text, std::uint64_t hash) const;
  void grow_buckets();

  std::vector<std::shared_ptr<const Chunk>> full_;
  Chunk open_;
  std::vector<Text> texts_;
  std::vector<std::uint32_t> buckets_;  // open addressing: numbers of texts, 0 is free
};

}  // namespace seatrial
