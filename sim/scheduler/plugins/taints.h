// Taints and tolerations. Source: k8s.io/component-helpers/scheduling/corev1/helpers.go,
// api/core/v1/toleration.go.
#pragma once

#include "sim/api/tolerations.h"
#include "sim/scheduler/framework.h"

namespace seatrial::scheduler {

using api::tolerates;
// The first taint of effect NoSchedule or NoExecute that is not tolerated, or null.
const api::Taint* find_untolerated(const std::vector<api::Taint>& taints,
                                   const std::vector<api::Toleration>& tolerations);

}  // namespace seatrial::scheduler
