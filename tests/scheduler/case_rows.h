// The rows of a table of reference/cases (a copy is tests/conformance/cases; SEATRIAL_CASES_DIR names another folder).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace seatrial::scheduler {

// Empty (and so skipped by the caller) if there is no such table.
inline nlohmann::json case_rows(const std::string& table) {
  const char* set = std::getenv("SEATRIAL_CASES_DIR");
  const std::filesystem::path folder = set ? set : SEATRIAL_SOURCE_DIR "/tests/conformance/cases";
  std::ifstream file(folder / "workloads.json");
  if (!file) return nlohmann::json::array();
  const nlohmann::json all = nlohmann::json::parse(file);
  for (const auto& found : all["tables"]) {
    if (found["id"] == table) return found["rows"];
  }
  return nlohmann::json::array();
}

}  // namespace seatrial::scheduler
