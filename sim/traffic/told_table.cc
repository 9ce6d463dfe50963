#include "sim/traffic/told_table.h"

#include <fmt/format.h>

#include "sim/cluster/journal_types.h"

namespace seatrial::traffic {

JournalId ToldTable::tell(Kernel& kernel, std::string_view words, bool full, JournalId cause) const {
  JournalRecord record{};
  record.type = static_cast<std::uint16_t>(cluster::RecordType::kTableFull);
  record.cause = cause;
  record.value = full ? 0 : 1;
  record.other = static_cast<std::uint32_t>(kind);
  record.text = kernel.journal().text(words);
  return kernel.record(record);
}

void ToldTable::tell_end(Kernel& kernel, std::string_view has_room, std::string_view lost) const {
  const network::Shortage& over = flows.shortages().back();
  tell(kernel,
       fmt::format("{} again; {} {}, the last at {}", has_room, over.refused, lost,
                   to_string(truncated(over.last.since_start(), Duration::millis(1)))),
       false, records.back());
}

void ToldTable::tell_begin(Kernel& kernel, std::string_view words, JournalId cause) {
  records.push_back(tell(kernel, words, true, cause));
}

}  // namespace seatrial::traffic
