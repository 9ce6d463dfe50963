// Which characters a text file may hold: UTF-8 without control characters, as YAML, JSON and HCL ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seatrial::api {

struct BadCharacter {
  std::int32_t line = 1, column = 1;  // the column counts code points
  bool utf8 = false;                  // bytes that are no UTF-8; else a control character
  bool nul = false;                   // that one: probably a binary file
};

// The first one; none in a good text.
std::optional<BadCharacter> find_bad_character(std::string_view text);

}  // namespace seatrial::api
