// The real files that tests read where they are: beside the checkout, or where SEATRIAL_CORPUS says. They are
// no part of the project; tests that need them skip without.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace seatrial {

inline std::filesystem::path corpus_folder() {
  if (const char* const given = std::getenv("SEATRIAL_CORPUS")) return given;
  return std::filesystem::path(SEATRIAL_SOURCE_DIR) / ".." / "shared" / "corpus";
}

}  // namespace seatrial
