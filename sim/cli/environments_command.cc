#include <algorithm>
#include <iostream>

#include "sim/cli/commands.h"
#include "sim/cli/common.h"
#include "sim/scenario/environments/report.h"
#include "sim/scenario/load.h"

namespace seatrial::cli {
namespace {

namespace env = scenario::environments;

std::optional<scenario::Platform> read_platform(const std::string& path, bool& failed) {
  if (path.empty()) return std::nullopt;
  auto platform = scenario::load_platform(path, scenario::DiskFiles());
  if (platform) return std::move(*platform);
  print_problems(platform.error());
  failed = true;
  return std::nullopt;
}

bool has_namespace(const env::Repository& repository, const std::string& name) {
  return std::ranges::any_of(repository.clusters, [&](const env::ClusterFolder& cluster) {
    return std::ranges::any_of(cluster.namespaces,
                               [&](const env::NamespaceFolder& folder) { return folder.name == name; });
  });
}

// The finding that the command fails on, and worse ones.
bool is_held(const env::Findings& findings, const std::string& fail_on) {
  if (fail_on == "never") return true;
  const auto least = fail_on == "error" ? env::Severity::kError : env::Severity::kWarning;
  return std::ranges::none_of(findings,
                              [&](const env::Finding& finding) { return finding.severity >= least; });
}

}  // namespace

int environments(const EnvironmentsArguments& arguments) {
  bool failed = false;
  const std::optional<scenario::Platform> platform = read_platform(arguments.platform, failed);
  const env::Conventions& conventions = env::standard_conventions();
  const auto repository =
      env::read_repository(arguments.path, scenario::DiskFiles(), conventions, {arguments.cluster});
  if (!repository) {
    std::cerr << repository.error() << "\n";
    return kBadInput;
  }
  if (failed) return kBadInput;
  if (platform && repository->clusters.size() > 1) {
    std::cerr << "--platform describes one cluster, and the checkout has " << repository->clusters.size()
              << ": say which with --cluster\n";
    return kBadInput;
  }
  if (!arguments.name_space.empty() && !has_namespace(*repository, arguments.name_space)) {
    std::cerr << "there is no namespace \"" << arguments.name_space << "\" in \"" << arguments.path << "\"\n";
    return kBadInput;
  }
  const env::Report report = env::report_on(*repository, conventions, platform ? &*platform : nullptr);
  if (arguments.output == "json")
    std::cout << env::json_of(report);
  else
    std::cout << env::text_of(report, {terminal_style(), arguments.name_space, arguments.verbose});
  if (!repository->problems.empty()) {
    std::cout.flush();
    print_problems(repository->problems);
    return kBadInput;
  }
  return is_held(report.findings, arguments.fail_on) ? kOk : kNotHeld;
}

}  // namespace seatrial::cli
