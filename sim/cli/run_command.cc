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

void add_new(const api::Problems& more, api::Problems& problems) {
  for (const api::Problem& problem : more) {
    if (std::ranges::find(problems, problem) == problems.end()) problems.push_back(problem);
  }
}

// The versions of each, or nothing and every problem of every file.
std::optional<std::vector<Versions>> open_all(const RunArguments& arguments) {
  std::vector<Versions> all;
  api::Problems problems;
  for (const std::string& path : expanded(arguments.scenarios)) {
    auto versions = load(path, arguments.variant);
    if (versions)
      all.push_back(std::move(*versions));
    else
      add_new(versions.error(), problems);
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
  std::cout << verdict << "  " << result.full_name() << "  seed " << result.seed << "  fingerprint "
            << result.fingerprint << "\n";
  for (const report::Expectation& expectation : result.expectations) {
    if (!expectation.held)
      std::cout << "      " << expectation.source.str() << ": " << expectation.text
                << "; seen: " << expectation.seen << "\n";
  }
  std::cout << std::flush;
}

}  // namespace

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

int run(const RunArguments& arguments) {
  std::optional<SimTime> until;
  if (!read_instant(arguments.until, "--until", until)) return kBadInput;
  const auto scenarios = open_all(arguments);
  if (!scenarios) return kBadInput;
  const bool text = arguments.output == "text";
  std::vector<report::RunResult> results;
  for (const Versions& versions : *scenarios) {
    for (const auto& scenario : versions) {
      const Stopwatch watch;
      const auto world = play_with_progress(
          scenario, {.seed = arguments.seed, .until = until, .explained_pod = {}, .progress = {}},
          arguments.quiet);
      if (!world) return kBadInput;
      results.push_back(scenario::collect(*world));
      if (!arguments.no_wall_time) results.back().wall = watch.elapsed();
      if (text) print_text(results.back(), arguments.quiet, results.size() == 1);
    }
    const std::vector<report::RunResult> latest(results.end() - static_cast<std::ptrdiff_t>(versions.size()),
                                                results.end());
    if (text && latest.size() > 1)
      std::cout << "\n" << report::comparison_report(latest, terminal_style()) << std::flush;
  }
  if (!text) std::cout << report::json_report(results) << std::flush;
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
  return std::ranges::all_of(results, &report::RunResult::pass) ? kOk : kNotHeld;
}

int validate(const RunArguments& arguments) {
  api::Problems problems;
  std::string valid;
  for (const std::string& path : arguments.scenarios) {
    if (!is_scenario(path)) {
      const api::Manifests manifests = api::load_manifests(path);
      add_new(manifests.problems, problems);
      const std::size_t count = manifests.objects.size();
      valid += path + ": valid, " + std::to_string(count) + (count == 1 ? " object\n" : " objects\n");
      for (const std::string& note : api::unsimulated_notes(manifests.objects)) valid += "  " + note + "\n";
      continue;
    }
    for (const std::string& folder : expanded({path})) {
      const auto versions =
          load(folder, arguments.variant.empty() ? std::string(scenario::kAllVariants) : arguments.variant);
      if (!versions) {
        add_new(versions.error(), problems);
        continue;
      }
      for (const auto& version : *versions) {
        valid += version->full_name() + ": valid\n";
        // What only the API server can say: admission, and where the loads lead.
        const auto world = scenario::World::create(version, version->seed);
        if (!world) add_new(world.error(), problems);
      }
    }
  }
  if (!problems.empty()) {
    print_problems(problems);
    return kBadInput;
  }
  if (!arguments.quiet) std::cout << valid;
  return kOk;
}

}  // namespace seatrial::cli
