// The order in which the API server names what is wrong with an object.
//
// Some of it is found by decoding (what no struct carries), the rest by validation, which keeps the API
// server's order by itself. Here both become one list. Source: the order of the checks in
// pkg/apis/{core,apps,batch}/validation. Internal to sim/api.
#pragma once

#include "sim/api/problem.h"

namespace seatrial::api {

// What decoding found goes before the first problem of validation that the API server comes to later:
// [spec.containers[0].image, spec.restartPolicy] and spec.volumes[0].name become [spec.volumes[0].name,
// spec.containers[0].image, spec.restartPolicy].
Problems in_order_of_checks(Problems decoded, Problems validated);

}  // namespace seatrial::api
