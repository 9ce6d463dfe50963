// The order in which nodes are looked at: zones take turns, in the order in which they first appeared; the
// nodes of a zone in the order in which they were added. Example: nodes 1, 2 of zone a, 3 of b, 4, 5 of c: 1
// 3 4 2 5. Source: pkg/scheduler/backend/cache/node_tree.go; reference §5.3.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::scheduler {

// Region and zone of a node as one string; empty if it has neither.
api::Symbol zone_of(const api::Node& node);

class NodeTree {
 public:
  void add(api::Symbol zone, std::uint32_t slot);
  void remove(api::Symbol zone, std::uint32_t slot);
  const std::vector<std::uint32_t>& list() const { return list_; }

 private:
  struct Zone {
    api::Symbol name;
    std::vector<std::uint32_t> slots;
  };
  void rebuild();
  std::vector<Zone> zones_;
  std::vector<std::uint32_t> list_;
};

}  // namespace seatrial::scheduler
