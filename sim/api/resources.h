// What a pod asks for and may use, and its quality of service. Sources:
// k8s.io/component-helpers/resource/helpers.go, pkg/apis/core/v1/helper/qos/qos.go.
#pragma once

#include "sim/api/core.h"

namespace seatrial::api {

bool is_sidecar(const Container& init_container);  // restartPolicy: Always

// For each resource: the larger of the sum over containers and sidecars, and the peak over the init
// containers (each with the sidecars before it); or what the pod says as a whole. Plus the overhead. Init
// 300m, sidecar 100m, containers 100m + 150m: 350m.
ResourceList pod_requests(const PodSpec& spec);
// The same for limits; overhead counts only where there is a limit.
ResourceList pod_limits(const PodSpec& spec);
// Of containers alone, without overhead.
ResourceList container_requests(const PodSpec& spec);
// A pod as a whole has cpu, memory and huge pages.
bool is_pod_level_resource(Symbol name);

// Guaranteed: every container, init containers included, has limits of cpu and memory that equal its
// requests; or the pod as a whole, if it has any. BestEffort: none has any. Else Burstable. REQUIRES:
// defaulted (a limit without a request is the request too).
QosClass qos_class(const PodSpec& spec);

// Of one resource; zero if absent.
Quantity amount(const ResourceList& list, Symbol resource);

}  // namespace seatrial::api
