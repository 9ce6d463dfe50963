// YAML documents into Values, through yaml-cpp's event parser. Internal to sim/api; guards are the caller's.
#pragma once

#include "sim/api/value.h"

namespace seatrial::api {

// Appends to `result`. Line numbers start at `first_line`.
void parse_yaml(std::string_view text, Symbol file, std::int32_t first_line, ParseResult& result);

}  // namespace seatrial::api
