// What the CRDs and the API server of Calico refuse. Sources: projectcalico/calico,
// api/pkg/apis/projectcalico/v3 (+kubebuilder), libcalico-go/lib/validator/v3/validator.go. Internal to
// sim/api.
#pragma once

#include "sim/api/calico.h"
#include "sim/api/problem.h"

namespace seatrial::api {

Problems validate_calico(const CalicoNetworkPolicy& policy, const CalicoNetworkPolicy* old);
Problems validate_global(const GlobalNetworkPolicy& policy, const GlobalNetworkPolicy* old);
Problems validate_tier(const Tier& tier, const Tier* old);

}  // namespace seatrial::api
