#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "sim/api/manifests.h"
#include "sim/cli/commands.h"
#include "sim/cli/common.h"
#include "sim/report/file.h"
#include "sim/report/writers.h"
#include "sim/scenario/load.h"

namespace seatrial::cli {
namespace {

using Scenarios = std::vector<std::shared_ptr<const scenario::Scenario>>;

// Of a regular file only: a pipe can be read once, and a device may not end.
bool has_line(const std::filesystem::path& file, std::string_view beginning) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(beginning)) return true;
  return false;
}

bool holds_platforms_only(const std::filesystem::path& folder) {
  std::error_code error;
  bool any = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!has_line(entry.path(), "kind: Platform")) return false;
    any = true;
  }
  return any;
}

// A folder without a scenario.yaml stands for those of its folders that have one. One that holds platforms
// only (scenarios/platforms in scenarios/*) is passed over where there is something else to do.
std::vector<std::string> expanded(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> all;
  bool any = false;
  std::error_code error;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path, error) || fs::exists(fs::path(path) / "scenario.yaml", error)) {
      all.push_back(path);
      any = true;
      continue;
    }
    std::vector<std::string> inside;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
      if (fs::exists(entry.path() / "scenario.yaml", error)) inside.push_back(entry.path().string());
    }
    std::ranges::sort(inside);
    if (inside.empty() && !holds_platforms_only(path)) all.push_back(path);
    any |= !inside.empty();
    all.insert(all.end(), inside.begin(), inside.end());
  }
  return any ? all : paths;
}

// All of them, or none and every problem of every file.
std::optional<Scenarios> open_all(const std::vector<std::string>& paths) {
  Scenarios all;
  api::Problems problems;
  for (const std::string& path : expanded(paths)) {
    auto scenario = scenario::load_scenario(path);
    if (scenario)
      all.push_back(std::make_shared<const scenario::Scenario>(std::move(*scenario)));
    else
      problems.insert(problems.end(), scenario.error().begin(), scenario.error().end());
  }
  if (problems.empty()) return all;
  print_problems(problems);
  return std::nullopt;
}

void print_text(const report::RunResult& result, bool quiet, bool first) {
  const report::Style style = terminal_style();
  if (!quiet) {
    std::cout << (first ? "" : "\n") << report::text_report(result, style) << std::flush;
    return;
  }
  const std::string verdict =
      style.paint(result.pass ? report::Colour::kGreen : report::Colour::kRed, result.pass ? "PASS" : "FAIL");
  std::cout << verdict << "  " << result.scenario << "  seed " << result.seed << "  fingerprint "
            << result.fingerprint << "\n";
  for (const report::Expectation& expectation : result.expectations) {
    if (!expectation.held)
      std::cout << "      " << expectation.source.str() << ": " << expectation.text
                << "; seen: " << expectation.seen << "\n";
  }
  std::cout << std::flush;
}

// A folder with a scenario.yaml (or folders that have one) or a file that says so itself; anything else is
// manifests.
bool is_scenario(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return std::ranges::any_of(expanded({path}), [&](const std::string& folder) {
      return std::filesystem::exists(std::filesystem::path(folder) / "scenario.yaml", error);
    });
  }
  if (has_line(path, "apiVersion: seatrial/")) return true;
  return !std::filesystem::exists(path, error);  // who names a path that is not there means a scenario
}

}  // namespace

int run(const RunArguments& arguments) {
  std::optional<SimTime> until;
  if (!read_instant(arguments.until, "--until", until)) return kBadInput;
  const auto scenarios = open_all(arguments.scenarios);
  if (!scenarios) return kBadInput;
  std::vector<report::RunResult> results;
  bool pass = true;
  for (const auto& scenario : *scenarios) {
    const Stopwatch watch;
    const auto world = play_with_progress(
        scenario, {.seed = arguments.seed, .until = until, .explained_pod = {}, .progress = {}},
        arguments.quiet);
    if (!world) return kBadInput;
    results.push_back(scenario::collect(*world));
    if (!arguments.no_wall_time) results.back().wall = watch.elapsed();
    pass &= results.back().pass;
    if (arguments.output == "text") print_text(results.back(), arguments.quiet, results.size() == 1);
  }
  if (arguments.output == "json") std::cout << report::json_report(results) << std::flush;
  if (!arguments.junit.empty()) {
    const auto written = report::write_file(arguments.junit, report::junit_report(results));
    if (!written) {
      std::cerr << "--junit: " << written.error() << "\n";
      return kBadInput;
    }
  }
  if (!std::cout) {
    std::cerr << "seatrial: cannot write to standard output\n";
    return kBadInput;
  }
  return pass ? kOk : kNotHeld;
}

int validate(const std::vector<std::string>& paths, bool quiet) {
  api::Problems problems;
  std::string valid;
  const auto add = [&](const api::Problems& more) {
    problems.insert(problems.end(), more.begin(), more.end());
  };
  for (const std::string& path : paths) {
    if (!is_scenario(path)) {
      const api::Manifests manifests = api::load_manifests(path);
      add(manifests.problems);
      const std::size_t count = manifests.objects.size();
      valid += path + ": valid, " + std::to_string(count) + (count == 1 ? " object\n" : " objects\n");
      for (const std::string& note : api::unsimulated_notes(manifests.objects)) valid += "  " + note + "\n";
      continue;
    }
    for (const std::string& folder : expanded({path})) {
      auto scenario = scenario::load_scenario(folder);
      if (!scenario) {
        add(scenario.error());
        continue;
      }
      valid += scenario->name.str() + ": valid\n";
      // What only the API server can say: admission, and where the loads lead.
      const std::uint64_t seed = scenario->seed;
      const auto world =
          scenario::World::create(std::make_shared<const scenario::Scenario>(std::move(*scenario)), seed);
      if (!world) add(world.error());
    }
  }
  if (!problems.empty()) {
    print_problems(problems);
    return kBadInput;
  }
  if (!quiet) std::cout << valid;
  return kOk;
}

}  // namespace seatrial::cli
