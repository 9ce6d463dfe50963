#include "sim/engine/journal.h"

namespace seatrial {

std::uint32_t Journal::text(std::string_view text) {
  if (text.empty()) return 0;
  const auto [it, is_new] = numbers_.emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
  if (is_new) texts_.emplace_back(text);
  return it->second;
}

std::vector<JournalId> Journal::cause_chain(JournalId id) const {
  std::vector<JournalId> chain;
  for (; id != JournalId::kNone; id = record(id).cause) chain.push_back(id);
  return chain;
}

}  // namespace seatrial
