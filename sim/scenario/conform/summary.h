// The digest of a run in the terms of a golden recording: from the changes of the store, in their order, to
// the fields of `summary` (tests/conformance/golden/README.md, "Summary fields").
//
// Generated names are replaced as the recordings do: a ReplicaSet is DEPLOYMENT-IMAGETAG (a second one with
// the same tag has ~2), its pods REPLICASET/N in order of creation.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/cluster/watch.h"
#include "sim/engine/time.h"

namespace seatrial::scenario {

struct Commit {
  SimTime at;
  cluster::WatchEvent change;
};

// `first_action` is the first instant after 0 at which something was done (from there the extremes count),
// `last_action` the last one. Only objects of `namespace_` are looked at.
nlohmann::json summarize(const std::vector<Commit>& commits, api::Symbol namespace_, SimTime first_action,
                         SimTime last_action,
                         const std::vector<std::pair<std::string, std::string>>& zone_of_node);

}  // namespace seatrial::scenario
