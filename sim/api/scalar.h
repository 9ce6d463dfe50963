// The type of a plain YAML scalar as sigs.k8s.io/yaml (a fork of yaml.v2) resolves it. Internal to sim/api.
#pragma once

#include <string>

#include "sim/api/value.h"

namespace seatrial::api {

// Sets type, integer and number of `value` from its text: `yes` is a boolean, `0777` octal, `1_000` an
// integer.
void resolve_plain_scalar(Value& value);

// A key as encoding/json sees it: 1 is "1", `on` is "true".
std::string key_text(const Value& scalar);

}  // namespace seatrial::api
