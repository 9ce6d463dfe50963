// Strategic merge patches, merged. Internal to the patches.
#pragma once

#include "sim/api/patch.h"

namespace seatrial::api {

// Merges a patch into an object, obeying its directives, or (`into_patch`) into another patch, keeping them.
Patched strategic_merge(const Json& original, const Json& patch, bool into_patch);

}  // namespace seatrial::api
