#include "sim/cli/common.h"

#include <iostream>

#include "sim/cli/commands.h"
#include "sim/engine/check.h"
#include "sim/scenario/load.h"
#include "sim/scenario/units.h"

namespace seatrial::cli {

void print_problems(const api::Problems& problems) {
  for (const api::Problem& problem : problems) std::cerr << problem.str() << "\n";
  std::cerr << problems.size() << (problems.size() == 1 ? " problem\n" : " problems\n");
}

std::expected<Versions, api::Problems> load(const std::string& path, const std::string& variant) {
  Versions versions;
  if (variant == scenario::kAllVariants) {
    auto all = scenario::load_versions(path);
    if (!all) return std::unexpected(std::move(all.error()));
    for (scenario::Scenario& version : *all)
      versions.push_back(std::make_shared<const scenario::Scenario>(std::move(version)));
    return versions;
  }
  auto one = scenario::load_scenario(path, variant);
  if (!one) return std::unexpected(std::move(one.error()));
  versions.push_back(std::make_shared<const scenario::Scenario>(std::move(*one)));
  return versions;
}

bool read_instant(const std::string& text, const char* option, std::optional<SimTime>& instant) {
  if (text.empty()) return true;
  const auto parsed = scenario::parse_duration(text);
  if (!parsed)
    std::cerr << option << ": " << parsed.error() << "\n";
  else if (*parsed < Duration())
    std::cerr << option << ": must not be negative\n";
  else
    instant = SimTime::at(*parsed);
  return instant.has_value();
}

std::optional<scenario::World> play_with_progress(const std::shared_ptr<const scenario::Scenario>& scenario,
                                                  scenario::RunOptions options, bool quiet) {
  const SimTime end = options.until.value_or(SimTime::at(scenario->duration));
  if (end > SimTime::at(scenario->duration)) {
    std::cerr << "scenario " << scenario->full_name() << " ends at " << to_string(scenario->duration)
              << ", before " << to_string(end) << "\n";
    return std::nullopt;
  }
  set_check_context("scenario " + scenario->full_name() + ", seed " +
                    std::to_string(options.seed.value_or(scenario->seed)));
  Progress progress(scenario->full_name(), end, !quiet);
  options.progress = [&](SimTime now) {
    progress.show(now);
    return true;
  };
  auto world = scenario::play(scenario, options);
  if (world) return std::move(*world);
  print_problems(world.error());
  return std::nullopt;
}

}  // namespace seatrial::cli
