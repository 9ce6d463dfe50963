// Keeps what a report needs of a run while it runs: every version of every object that the store committed,
// in order.
//
// Stored versions are immutable and shared, so a version costs a pointer here. Leases are left
// out. What a report derives from it (series, tables) is computed after the run, in scenario/collect.cc.
#pragma once

#include <vector>

#include "sim/cluster/store.h"
#include "sim/cluster/watch.h"
#include "sim/engine/kernel.h"

namespace seatrial::report {

class Recorder {
 public:
  // At every commit of the store, before anybody else hears of it.
  void on_commit(const Kernel& kernel, const cluster::Store& store, const cluster::WatchEvent& change);

  // The journal record of each (`cause`) has its time.
  const std::vector<cluster::WatchEvent>& history() const { return history_; }

 private:
  std::vector<cluster::WatchEvent> history_;
};

}  // namespace seatrial::report
