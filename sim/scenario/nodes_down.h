// Which nodes the entries of the timeline have down, until when `for:` is over.
//
// An entry brings back the nodes that it took down, whichever nodes it would choose by then; a node that
// several entries took down is back when the last of them is over. A value: copies go on equally.
#pragma once

#include <map>
#include <vector>

#include "sim/api/meta.h"
#include "sim/engine/journal.h"

namespace seatrial::scenario {

class NodesDown {
 public:
  void begin(JournalId entry, api::Symbol node) {
    by_entry_[entry].push_back(node);
    ++entries_[node];
  }
  // Those of its nodes that no other entry has down, in the order in which they went.
  std::vector<api::Symbol> end(JournalId entry) {
    std::vector<api::Symbol> nodes = std::move(by_entry_[entry]);
    by_entry_.erase(entry);
    std::erase_if(nodes, [&](api::Symbol node) { return --entries_[node] > 0; });
    return nodes;
  }

 private:
  std::map<JournalId, std::vector<api::Symbol>> by_entry_;
  std::map<api::Symbol, int> entries_;  // how many have it down
};

}  // namespace seatrial::scenario
