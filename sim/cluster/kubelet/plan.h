// What a sync of a pod does, as a pure function of what the kubelet has seen: which containers to kill, which
// to start, in what order. Source: pkg/kubelet/kuberuntime/kuberuntime_{manager,container}.go
// (computePodActions, computeInitContainerActions); reference §3.2, §3.3.
//
// Example, init containers i1, sidecar s and container app: a first sync starts i1; one after i1 has ended
// with 0 starts s; one after s has started starts app.
#pragma once

#include <vector>

#include "sim/cluster/kubelet/status.h"

namespace seatrial::cluster {

struct PlannedContainer {
  ContainerRun run;        // as last noticed
  bool started = false;    // running, and its startup probe, if any, has passed
  bool unhealthy = false;  // its liveness or startup probe has failed
};

struct Plan {
  bool finished = false;                   // nothing will ever run again: stop the sidecars and the sandbox
  std::vector<std::uint16_t> kill, start;  // in order; a killed one that is in `start` is started again
};

Plan plan_sync(const api::PodSpec& spec, const std::vector<PlannedContainer>& containers);

}  // namespace seatrial::cluster
