// What the volume plugins' queueing hints have in common: changes of claims that the pod itself uses.
#pragma once

#include <algorithm>

#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

inline bool uses_claim(const PodInfo& info, const api::Object& claim) {
  return claim.metadata.namespace_ == info.namespace_ &&
         std::ranges::count(info.spec->volume_claims, claim.metadata.name) > 0;
}

}  // namespace seatrial::scheduler
