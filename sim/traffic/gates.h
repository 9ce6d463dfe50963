// Which senders' packets reach which pods, as far as network policies are enforced now. Dense by origin and
// pod; a change holds for packets sent after it. While nobody ever closed anything, and nothing that policies
// forbid was open, looking up costs one branch.
#pragma once

#include <vector>

#include "sim/cluster/origin.h"
#include "sim/engine/time.h"

namespace seatrial::traffic {

using cluster::Gate;
using cluster::OriginId;

// Requests of a load that got to a pod although policies forbid it.
struct Forbidden {
  std::uint64_t requests = 0;
  api::PodKey pod;                      // of the first
  JournalId record = JournalId::kNone;  // since when they are forbidden
  SimTime first, last;

  void add(SimTime now, api::PodKey to, JournalId since) {
    if (requests++ == 0) {
      first = now;
      pod = to;
      record = since;
    }
    last = now;
  }
};

class Gates {
 public:
  bool trivial() const { return rows_.empty(); }
  Gate get(OriginId from, api::PodKey to) const {
    const auto row = static_cast<std::size_t>(from);
    if (row >= rows_.size() || to.index >= rows_[row].size()) return {};
    return rows_[row][to.index];
  }
  void set(OriginId from, api::PodKey to, Gate gate) {
    const auto row = static_cast<std::size_t>(from);
    if (gate == Gate{} && row >= rows_.size()) return;
    if (row >= rows_.size()) rows_.resize(row + 1);
    if (to.index >= rows_[row].size()) rows_[row].resize(to.index + 1);
    rows_[row][to.index] = gate;
  }

 private:
  std::vector<std::vector<Gate>> rows_;
};

}  // namespace seatrial::traffic
