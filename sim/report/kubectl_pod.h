// What kubectl makes of a pod's status. Source: pkg/printers/internalversion/printers.go (printPod).
#pragma once

#include <string>

#include "sim/api/core.h"

namespace seatrial::report {

struct PodColumns {
  std::string ready;     // 1/2
  std::string status;    // Running, Init:0/1, CrashLoopBackOff, Terminating
  std::string restarts;  // 3 (5m ago)
};
PodColumns pod_columns(const api::Pod& pod, SimTime now);

}  // namespace seatrial::report
