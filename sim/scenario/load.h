// Reads scenario and platform files into plain values, and says everything that is wrong with them at once.
//
// A scenario is a folder (its scenario.yaml) or a file. Paths inside a file are relative to that file. Pure
// functions of the files: no clock, no environment, no defaults from elsewhere.
#pragma once

#include <expected>
#include <string>

#include "sim/api/problem.h"
#include "sim/scenario/files.h"
#include "sim/scenario/scenario.h"

namespace seatrial::scenario {

std::expected<Scenario, api::Problems> load_scenario(const std::string& path, const FileSource& files);
std::expected<Scenario, api::Problems> load_scenario(const std::string& path);  // from the disk
std::expected<Platform, api::Problems> load_platform(const std::string& path, const FileSource& files);

}  // namespace seatrial::scenario
