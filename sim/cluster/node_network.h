// What nodes meet of the cloud's network beneath them, as far as the platform describes one: passed in with
// each call, never stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/api/symbol.h"
#include "sim/cluster/pod_network.h"

namespace seatrial::cluster {

// What stops packets on their way out of a node.
struct BlockedWay {
  std::string address;                 // that was dialled: 198.51.100.1:443
  JournalId cause = JournalId::kNone;  // of what made it so
};

class WaysOut {
 public:
  // To the registry of an image; none: it can be reached.
  virtual std::optional<BlockedWay> blocked_pull(api::Symbol node, std::string_view image) const = 0;

 protected:
  ~WaysOut() = default;
};

struct NodeNetwork {
  PodNetwork* pods = nullptr;         // null: pods get addresses from a range of their node's own
  const WaysOut* ways_out = nullptr;  // null: every registry can be reached
};

}  // namespace seatrial::cluster
