// An Environments checkout made by a program: as many namespaces, files, documents and blocks as the real one
// has, in its shapes and proportions, with names of its own.
//
// Everything follows from the number of a namespace, so one size gives one checkout. Figures:
// reference/cloud-platform.md §1 to §4 (August 2026).
#pragma once

#include <filesystem>
#include <string>

namespace seatrial::bench {

struct GeneratedSize {
  int live = 1459, live_2 = 7;  // namespaces of the two clusters
};

struct Generated {
  int namespaces = 0, files = 0, terraform_files = 0, manifest_files = 0;
  std::size_t bytes = 0;
};

// Writes FOLDER/namespaces/…
Generated generate_checkout(const std::filesystem::path& folder, const GeneratedSize& size = {});

}  // namespace seatrial::bench
