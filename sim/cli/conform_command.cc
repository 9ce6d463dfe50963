#include <iostream>

#include "sim/cli/commands.h"
#include "sim/scenario/conform/conform.h"

namespace seatrial::cli {

int conform(const ConformArguments& arguments) {
  scenario::ConformOptions options;
  if (arguments.seeds > 0) options.seeds = arguments.seeds;
  if (arguments.kubelet_seeds > 0) options.kubelet_seeds = arguments.kubelet_seeds;
  options.verbose = arguments.verbose;
  options.json = arguments.output == "json";
  std::vector<std::filesystem::path> paths(arguments.paths.begin(), arguments.paths.end());
  return scenario::conform(paths, options, std::cout);
}

}  // namespace seatrial::cli
