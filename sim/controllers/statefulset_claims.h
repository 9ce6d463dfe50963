// The claims of a StatefulSet's pods: TEMPLATE-SET-ORDINAL for each volumeClaimTemplate. Of values only.
// Source: pkg/controller/statefulset/stateful_set_utils.go (getPersistentVolumeClaims, updateStorage).
#pragma once

#include <memory>
#include <vector>

#include "sim/api/apps.h"
#include "sim/api/storage.h"

namespace seatrial::controllers {

// In the order of the templates, as they are created.
std::vector<std::shared_ptr<api::PersistentVolumeClaim>> claims_of(const api::StatefulSet& set,
                                                                   std::int32_t ordinal);
// Gives the pod its claims as volumes, in place of the template's volumes of the same names.
void use_claims(const api::StatefulSet& set, std::int32_t ordinal, api::PodSpec& spec);

}  // namespace seatrial::controllers
