#include "sim/api/text_check.h"

#include <cstring>

namespace seatrial::api {
namespace {

// How many bytes the UTF-8 sequence at `at` has; 0 if it is none (overlong forms and surrogates are none).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(at);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                   (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return bad ? 0 : length;
}

// Eight bytes of plain text at once: most of a file.
bool is_printable_ascii(const char* eight) {
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof(word));
  const std::uint64_t below_blank =
      (word - 0x2020202020202020u) | word;                     // a byte's top bit: < 0x20 or >= 0x80
  const std::uint64_t deletes = (word + 0x0101010101010101u);  // a byte's top bit: >= 0x7f
  return ((below_blank | deletes) & 0x8080808080808080u) == 0;
}

BadCharacter placed(std::string_view text, std::size_t offset) {
  BadCharacter bad;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      ++bad.line;
      bad.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++bad.column;
    }
  }
  return bad;
}

}  // namespace

std::optional<BadCharacter> find_bad_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (at + 8 <= text.size() && is_printable_ascii(text.data() + at)) {
      at += 8;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text, at);
    const bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
    if (control || length == 0) {
      BadCharacter bad = placed(text, at);
      bad.utf8 = !control;
      bad.nul = c == 0;
      return bad;
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace seatrial::api
