// Taints and tolerations. Source: k8s.io/component-helpers/scheduling/corev1/helpers.go,
// api/core/v1/toleration.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

bool tolerates(const Toleration& toleration, const Taint& taint);
bool tolerates(const std::vector<Toleration>& tolerations, const Taint& taint);

}  // namespace seatrial::api
