// The journal: an append-only list of typed records, each with the record that caused it. Reports, explanations and the
// fingerprint come from it. What `type` and the kinds mean is defined by who writes them; the engine does not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/engine/event.h"
#include "sim/engine/time.h"

namespace seatrial {

struct JournalRecord {
  SimTime at;
  std::int64_t value = 0;
  JournalId cause = JournalId::kNone;
  std::uint32_t subject = 0;
  std::uint32_t other = 0;
  std::uint32_t text = 0;                           // of Journal::text
  std::uint16_t type = 0;
  std::uint8_t subject_kind = 0;
  std::uint8_t other_kind = 0;
};

class Journal {
 public:
  Journal() : records_(1), texts_(1) {}
  JournalId append(const JournalRecord& record) {
    records_.push_back(record);
    return JournalId{static_cast<std::uint32_t>(records_.size() - 1)};
  }
  const JournalRecord& record(JournalId id) const { return records_.at(static_cast<std::uint32_t>(id)); }
  // Records 1 … size() exist; 0 is "none".
  std::size_t size() const { return records_.size() - 1; }
  // The number of a text, the same for the same text; 0 is "".
  std::uint32_t text(std::string_view text);
  std::string_view text(std::uint32_t number) const { return texts_.at(number); }
  // The record, its cause, that one's cause, …
  std::vector<JournalId> cause_chain(JournalId id) const;

 private:
  std::vector<JournalRecord> records_;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

}  // namespace seatrial
