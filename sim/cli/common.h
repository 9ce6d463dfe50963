// What the commands share. Internal to sim/cli.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/terminal.h"
#include "sim/scenario/run.h"

namespace seatrial::cli {

// Problems go to standard error, one a line, and the total.
void print_problems(const api::Problems& problems);
using Versions = std::vector<std::shared_ptr<const scenario::Scenario>>;
// The base of a scenario if `variant` is empty, a variant, or all versions if it is "all".
std::expected<Versions, api::Problems> load(const std::string& path, const std::string& variant);
// A folder with a scenario.yaml (or folders that have one) or a file that says so itself; anything else is
// manifests.
bool is_scenario(const std::string& path);
// "2m30s"; empty is none. Prints what is wrong, under the option's name.
bool read_instant(const std::string& text, const char* option, std::optional<SimTime>& instant);

// Plays as the options say, but for their `progress`, which is shown; prints problems.
std::optional<scenario::World> play_with_progress(const std::shared_ptr<const scenario::Scenario>& scenario,
                                                  scenario::RunOptions options, bool quiet = false);

}  // namespace seatrial::cli
