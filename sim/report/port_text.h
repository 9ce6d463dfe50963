// Ranges of ports in words: "TCP 80, 443, UDP all".
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seatrial::report {

// Of anything with a protocol, a first and a last port; by protocol, ascending. Neighbours become one range.
template <class Range>
std::string port_text(const std::vector<const Range*>& ranges) {
  constexpr std::int32_t kLowest = 1, kHighest = 65535;
  std::string text;
  std::string_view protocol;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const Range& range = *ranges[i];
    std::int32_t last = range.last;
    while (i + 1 < ranges.size() && ranges[i + 1]->protocol == range.protocol &&
           ranges[i + 1]->first == last + 1)
      last = ranges[++i]->last;
    text += text.empty() ? "" : ", ";
    if (range.protocol != protocol) text += range.protocol + " ";
    protocol = range.protocol;
    const bool all = range.first <= kLowest && last == kHighest;
    text += all                   ? "all"
            : range.first == last ? std::to_string(last)
                                  : fmt::format("{}-{}", range.first, last);
  }
  return text;
}

}  // namespace seatrial::report
