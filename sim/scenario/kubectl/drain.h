// Which pods kubectl drain evicts from a node, which it leaves, and for which it gives up. Pure functions.
// Source: k8s.io/kubectl/pkg/drain/filters.go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/cluster/store.h"
#include "sim/scenario/kubectl/reads.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario::kubectl {

struct DrainList {
  std::vector<std::shared_ptr<const api::Pod>> pods;  // to be evicted, by namespace and name
  std::string warnings;                               // "ignoring DaemonSet-managed Pods: default/agent-x"
  // "cannot delete Pods that declare no controller (use --force to override): default/x"; with any of them
  // nothing is evicted.
  std::vector<std::string> errors;
  bool refused = false;  // the only error is the API server's: the pods could not be listed
};
// `ask` is asked for what kubectl reads on the way; null: it may read everything.
DrainList pods_to_drain(const Drain& verb, api::Symbol node, const cluster::Store& store, const Ask& ask);

}  // namespace seatrial::scenario::kubectl
