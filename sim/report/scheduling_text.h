// Why the scheduler put a pod where it did, or nowhere: of each node that it looked at, the filter that
// refused it or what each plugin scored it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/engine/time.h"
#include "sim/report/format.h"

namespace seatrial::report {

struct Scheduling {
  struct Node {
    std::string name;
    std::string refused_by;                                    // a plugin's name; empty: it fits
    std::vector<std::string> reasons;                          // as FailedScheduling counts them
    std::vector<std::pair<std::string, std::int64_t>> scores;  // by plugin, weighted
    std::int64_t total = 0;
  };
  SimTime at;
  std::string node;     // where the pod went; empty: nowhere
  std::string message;  // why nowhere
  std::string nominated;
  std::vector<std::string> victims;  // pods that are evicted on the nominated node
  std::vector<Node> nodes;           // in the order in which they were looked at
  std::size_t all_nodes = 0;
};

// The chosen node first, with a star, then by total; those that were refused last. Plugins that score all
// nodes alike are named below the table.
std::string explain_scheduling(const Scheduling& scheduling, const Style& style);

}  // namespace seatrial::report
