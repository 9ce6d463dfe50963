// The claims of a StatefulSet's pods: TEMPLATE-SET-ORDINAL for each volumeClaimTemplate.
// Sources: pkg/controller/statefulset/{stateful_set_utils,stateful_pod_control}.go
// (getPersistentVolumeClaims, updateStorage, createPersistentVolumeClaims, updateClaimOwnerRefForSetAndPod).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/api/apps.h"
#include "sim/api/storage.h"
#include "sim/controllers/steps.h"

namespace seatrial::controllers {

// In the order of the templates, as they are created.
std::vector<std::shared_ptr<api::PersistentVolumeClaim>> claims_of(const api::StatefulSet& set,
                                                                   std::int32_t ordinal);
// Gives the pod its claims as volumes, in place of the template's volumes of the same names.
void use_claims(const api::StatefulSet& set, std::int32_t ordinal, api::PodSpec& spec);

// Makes the claims of these pods that do not exist. What went wrong, by ordinal: a claim was refused, or the
// one that exists is being deleted.
Step<std::map<std::int32_t, std::string>> ensure_claims(Sync& sync,
                                                        const std::shared_ptr<const api::StatefulSet>& set,
                                                        const std::vector<std::int32_t>& ordinals);
// persistentVolumeClaimRetentionPolicy: the pod's claims belong to the set where whenDeleted is Delete; to
// the pod that a scale-down condemns where whenScaled is Delete; else to neither.
Step<Done> own_claims(Sync& sync, const api::StatefulSet& set, const api::Pod& pod, std::int32_t ordinal,
                      bool condemned);

}  // namespace seatrial::controllers
