// What a pod needs of ConfigMaps and Secrets, and what of it the store lacks, in the kubelet's words. Pure.
//
// A container whose environment names an object or a key that is not there waits in
// CreateContainerConfigError, as does one that must not run as root and is told to; a volume that does so is
// not mounted, and its pod stays in ContainerCreating. What is `optional` is passed over, and so are volumes
// that no container mounts. The user that an image names is not known.
//
// Example, envFrom: [{configMapRef: {name: web-v2}}] without such an object: `configmap "web-v2" not found`;
// with the object, but secretKeyRef {name: db, key: url} on a Secret that has no url:
// "couldn't find key url in Secret shop/db".
//
// Sources: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), kuberuntime/security_context.go
// (verifyRunAsNonRoot), pkg/volume/{configmap,secret,projected} (MakePayload),
// volumemanager/populator (GetPodVolumeNames), pkg/util/goroutinemap/exponentialbackoff.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "sim/api/core.h"
#include "sim/cluster/store.h"

namespace seatrial::cluster {

// Why the container cannot be made; empty: it can. `container`: init containers first.
std::string container_config_problem(const api::Pod& pod, std::size_t container, const Store& store);

struct VolumeProblem {
  api::Symbol volume;
  std::size_t container = 0;  // the first one that mounts it
  std::string message;
};
std::vector<VolumeProblem> volume_problems(const api::Pod& pod, const Store& store);

// From the n-th failed attempt to mount (n >= 1) to the next: 500 ms, 1 s, 2 s … 2m2s.
inline Duration mount_backoff(int failures) {
  return std::min(Duration::millis(500) * (std::int64_t{1} << std::min(failures - 1, 8)),
                  Duration::seconds(122));
}

}  // namespace seatrial::cluster
