// Server-side apply: what a manifest makes of the live object, who owns which fields then, and the conflict
// with what others own. A pure function. Source: sigs.k8s.io/structured-merge-diff/merge/update.go,
// k8s.io/apimachinery/pkg/util/managedfields/internal.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/cluster/managed_fields.h"

namespace seatrial::cluster {

struct Applied {
  api::Json object;  // the live object with the config in it, to be stored
  std::vector<FieldOwner> owners;
};
// `live` is null where there is no object yet; `request` names the manager, and says whether it takes over
// what others own. What the manager applied before, applies no more and nobody else owns goes.
std::expected<Applied, ApiError> server_side_apply(const api::Json& live, const api::Json& config,
                                                   std::vector<FieldOwner> owners, const ApiRequest& request);

}  // namespace seatrial::cluster
