// Versions of a kind that the API serves besides the one it stores: their documents are converted before
// anything else reads them, and keep their positions. Source: pkg/apis/autoscaling/v1/conversion.go.
#pragma once

#include <expected>

#include "sim/api/problem.h"
#include "sim/api/value.h"

namespace seatrial::api {

// The document itself if it is of no such version. The problems are those of the version as written: what its
// schema does not know.
std::expected<Value, Problems> to_stored_version(const Value& document);

}  // namespace seatrial::api
