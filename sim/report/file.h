// Files are written whole or not at all: to a temporary beside them, then renamed over.
#pragma once

#include <expected>
#include <string>

namespace seatrial::report {

// The error says what could not be done; nothing is left behind then.
std::expected<void, std::string> write_file(const std::string& path, const std::string& content);

}  // namespace seatrial::report
