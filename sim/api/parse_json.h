// JSON documents (one or several, one after the other) into Values with positions. Internal to sim/api.
#pragma once

#include "sim/api/value.h"

namespace seatrial::api {

// Appends to `result`; stops at the first error. REQUIRES: valid UTF-8. Line numbers start at `first_line`.
void parse_json(std::string_view text, Symbol file, std::int32_t first_line, ParseResult& result);

}  // namespace seatrial::api
