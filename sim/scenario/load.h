// Reads scenario and platform files into plain values, and says everything that is wrong with them at once.
//
// A scenario is a folder (its scenario.yaml) or a file. Paths inside a file are relative to that file. Pure
// functions of the files: no clock, no environment, no defaults from elsewhere.
//
// `spec.variants` are other versions of the same scenario, [{name, description, …}]: each further key is one
// of spec's, and its value takes the place of the one there. What spec says without them is the base.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api/problem.h"
#include "sim/scenario/files.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

inline constexpr std::string_view kBase = "base", kAllVariants = "all";  // no variant is called so

// One version of it: the base (kBase or empty), or the variant of that name. From the disk if no files are
// given.
std::expected<Scenario, api::Problems> load_scenario(const std::string& path, const FileSource& files,
                                                     std::string_view variant = kBase);
std::expected<Scenario, api::Problems> load_scenario(const std::string& path,
                                                     std::string_view variant = kBase);
// The base, and then every variant as written.
std::expected<std::vector<Scenario>, api::Problems> load_versions(const std::string& path,
                                                                  const FileSource& files);
std::expected<std::vector<Scenario>, api::Problems> load_versions(const std::string& path);
std::expected<Platform, api::Problems> load_platform(const std::string& path, const FileSource& files);

}  // namespace seatrial::scenario
