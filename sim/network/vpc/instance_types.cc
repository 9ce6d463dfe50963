#include "sim/network/vpc/instance_types.h"

#include <array>

namespace seatrial::network::vpc {
namespace {

// Families whose sizes are alike; a family may lack some of them.
struct Row {
  std::string_view families;
  std::string_view sizes;  // SIZE:INTERFACESxADDRESSES
};
constexpr std::array kRows{
    Row{"c4 c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c7a c7g c7gd c7gn c7i c7i-flex c8g c8gd m5 m5a "
        "m5ad m5d m5dn m5n m6a m6g m6gd m6i m6id m7a m7g m7gd m7i m7i-flex m8g m8gd r4 r5 r5a r5ad r5b r5d "
        "r5dn r5n r6a r6g r6gd r6i r6id r7a r7g r7gd r7i r7iz r8g r8gd",
        "medium:2x4 large:3x10 xlarge:4x15 2xlarge:4x15 4xlarge:8x30 8xlarge:8x30 9xlarge:8x30 12xlarge:8x30 "
        "16xlarge:15x50 18xlarge:15x50 24xlarge:15x50 32xlarge:15x50 48xlarge:15x50 metal:15x50 "
        "metal-16xl:15x50 metal-24xl:15x50 metal-32xl:15x50 metal-48xl:15x50"},
    Row{"c6in m6idn m6in r6idn r6in",
        "large:3x10 xlarge:4x15 2xlarge:4x15 4xlarge:8x30 8xlarge:8x30 12xlarge:8x30 16xlarge:15x50 "
        "24xlarge:15x50 32xlarge:8x50 metal:8x50"},
    Row{"c8a m8a r8a",
        "medium:2x4 large:3x20 xlarge:4x20 2xlarge:4x40 4xlarge:8x40 8xlarge:10x40 12xlarge:12x64 "
        "16xlarge:16x64 24xlarge:16x64 48xlarge:24x64 metal-24xl:16x64 metal-48xl:24x64"},
    Row{"c8gb c8gn m8gb m8gn r8gb r8gn",
        "medium:2x4 large:3x10 xlarge:4x15 2xlarge:4x15 4xlarge:8x30 8xlarge:10x30 12xlarge:12x30 "
        "16xlarge:16x50 24xlarge:24x50 48xlarge:12x50 metal-24xl:24x50 metal-48xl:12x50"},
    Row{"c8i c8i-flex c8id m8i m8i-flex m8id r8i r8i-flex r8id",
        "large:3x20 xlarge:4x30 2xlarge:4x30 4xlarge:8x50 8xlarge:10x50 12xlarge:12x50 16xlarge:16x64 "
        "24xlarge:16x64 32xlarge:24x64 48xlarge:24x64 96xlarge:24x64 metal-48xl:24x64 metal-96xl:24x64"},
    Row{"c8ib c8in c8ine m8ib m8idb m8idn m8in m8ine r8ib r8idb r8idn r8in",
        "large:4x20 xlarge:4x30 2xlarge:4x30 4xlarge:8x50 8xlarge:8x50 12xlarge:12x50 16xlarge:16x64 "
        "24xlarge:16x64 32xlarge:16x64 48xlarge:24x64 96xlarge:12x64 metal-48xl:24x64 metal-96xl:12x64"},
    Row{"m4", "large:2x10 xlarge:4x15 2xlarge:4x15 4xlarge:8x30 10xlarge:8x30 16xlarge:8x30"},
    Row{"m5zn", "large:3x10 xlarge:4x15 2xlarge:4x15 3xlarge:8x30 6xlarge:8x30 12xlarge:15x50 metal:15x50"},
    Row{"m8azn",
        "medium:3x4 large:4x20 xlarge:4x20 3xlarge:8x40 6xlarge:8x40 12xlarge:16x64 24xlarge:16x64 "
        "metal-12xl:16x64 metal-24xl:16x64"},
    Row{"t2", "nano:2x2 micro:2x2 small:3x4 medium:3x6 large:3x12 xlarge:3x15 2xlarge:3x15"},
    Row{"t3 t4g", "nano:2x2 micro:2x2 small:3x4 medium:3x6 large:3x12 xlarge:4x15 2xlarge:4x15"},
    Row{"t3a", "nano:2x2 micro:2x2 small:2x4 medium:3x6 large:3x12 xlarge:4x15 2xlarge:4x15"},
};

// The next word; `text` loses it.
std::string_view next_word(std::string_view& text) {
  const std::size_t end = text.find(' ');
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

bool has_word(std::string_view text, std::string_view word) {
  while (!text.empty())
    if (next_word(text) == word) return true;
  return false;
}

std::int32_t number(std::string_view digits) {
  std::int32_t value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

}  // namespace

std::optional<InterfaceLimits> interface_limits(std::string_view instance_type) {
  const std::size_t dot = instance_type.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view family = instance_type.substr(0, dot), size = instance_type.substr(dot + 1);
  for (const Row& row : kRows) {
    if (!has_word(row.families, family)) continue;
    for (std::string_view rest = row.sizes; !rest.empty();) {
      const std::string_view word = next_word(rest);
      const std::size_t colon = word.find(':'), by = word.rfind('x');
      if (word.substr(0, colon) == size)
        return InterfaceLimits{number(word.substr(colon + 1, by - colon - 1)), number(word.substr(by + 1))};
    }
  }
  return std::nullopt;
}

}  // namespace seatrial::network::vpc
