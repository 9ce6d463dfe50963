// A table of connections of limited size whose shortages the journal tells, each with a record when it begins
// and, once somebody asks for a place after it is over (network/flow_table.h), with one that dates its end.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/engine/kernel.h"
#include "sim/network/flow_table.h"

namespace seatrial::traffic {

// JournalRecord::other of cluster::RecordType::kTableFull.
enum class TableKind : std::uint8_t { kNatPorts, kConntrack };

struct ToldTable {
  TableKind kind;
  network::FlowTable flows;
  std::vector<JournalId> records;  // of flows.shortages()

  // Whether it is the record of the shortage, which is not over.
  bool is_short(JournalId record, SimTime now) const {
    return flows.is_short(now) && records.back() == record;
  }
  // `has_room`: "NAT gateway nat-a has ports"; `lost`: "SYNs got none". REQUIRES: flows.recovers() was true.
  void tell_end(Kernel& kernel, std::string_view has_room, std::string_view lost) const;
  // REQUIRES: a shortage has just begun.
  void tell_begin(Kernel& kernel, std::string_view words, JournalId cause);

 private:
  JournalId tell(Kernel& kernel, std::string_view words, bool full, JournalId cause) const;
};

}  // namespace seatrial::traffic
