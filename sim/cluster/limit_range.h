// What a LimitRange fills into a pod, and what it refuses. Of values only.
// Sources: plugin/pkg/admission/limitranger/admission.go; reference policy §4.
#pragma once

#include <string>
#include <vector>

#include "sim/api/core.h"

namespace seatrial::cluster {

// Absent limits from `default`, absent requests from `defaultRequest`, of containers and init containers.
void apply_limit_defaults(const api::LimitRange& range, api::PodSpec& spec);
// What the annotation kubernetes.io/limit-ranger says of what was filled in: "LimitRanger plugin set: cpu
// request for container a; cpu, memory limit for container a".
std::string limit_defaults_text(const api::PodSpec& before, const api::PodSpec& after);
// Whether it would change anything.
bool has_limit_defaults(const api::LimitRange& range);
// The limits that the pod breaks, in the order in which they are found; several are told as "[a, b]".
std::vector<std::string> limit_violations(const api::LimitRange& range, const api::PodSpec& spec);
// The same for a PersistentVolumeClaim that requests so much.
std::vector<std::string> limit_violations(const api::LimitRange& range,
                                          const api::ResourceList& claim_requests);

}  // namespace seatrial::cluster
