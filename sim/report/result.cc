#include "sim/report/result.h"

#include <array>

namespace seatrial::report {

std::string FilePosition::str() const { return line > 0 ? file + ":" + std::to_string(line) : std::string(); }

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames{"info", "warning", "error"};
  return kNames[static_cast<std::size_t>(severity)];
}

}  // namespace seatrial::report
