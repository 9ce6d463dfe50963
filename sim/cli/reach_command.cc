// seatrial reach, seatrial diff: who reaches whom, and what a change opens and closes.
#include <iostream>
#include <optional>
#include <utility>

#include "sim/cli/look.h"
#include "sim/scenario/files.h"
#include "sim/scenario/reach/flow.h"
#include "sim/scenario/reach/matrix.h"

namespace seatrial::cli {
namespace {

// One side of a comparison: a scenario's cluster, or a matrix from a file.
struct Side {
  std::optional<scenario::World> world;
  std::optional<scenario::ReachState> state;
  report::ReachMatrix matrix;
};

bool read_file(const std::string& path, Side& side) {
  const auto text = scenario::DiskFiles().read(path);
  auto matrix = text ? report::read_reach_matrix(*text) : std::unexpected(text.error());
  if (!matrix) {
    std::cerr << path << ": " << matrix.error() << "\n";
    return false;
  }
  side.matrix = std::move(*matrix);
  return true;
}

bool read_side(const std::string& path, const DiffArguments& arguments, Side& side) {
  if (path.ends_with(".json")) return read_file(path, side);
  LookArguments look;
  look.scenario = path;
  look.variant = arguments.variant;
  look.at = arguments.at;
  look.seed = arguments.seed;
  auto world = world_at(look);
  if (!world) return false;
  side.world.emplace(std::move(*world));
  side.state.emplace(*side.world);
  side.matrix = scenario::reach_matrix(*side.state);
  return true;
}

int print_matrix(const ReachArguments& arguments) {
  const auto world = world_at(arguments);
  if (!world) return kBadInput;
  const report::ReachMatrix matrix = scenario::reach_matrix(scenario::ReachState(*world));
  std::cout << (arguments.output == "json" ? report::reach_matrix_json(matrix)
                                           : report::reach_matrix_text(matrix, terminal_style()));
  return kOk;
}

}  // namespace

int reach(const ReachArguments& arguments) {
  const bool both = !arguments.from.empty() && !arguments.to.empty();
  const bool one = !arguments.from.empty() || !arguments.to.empty();
  if (arguments.matrix ? one : !both) {
    std::cerr << "reach: give --from and --to, or --matrix\n";
    return kBadInput;
  }
  if (arguments.matrix) return print_matrix(arguments);
  const auto world = world_at(arguments);
  if (!world) return kBadInput;
  const auto verdict =
      scenario::reach(scenario::ReachState(*world), arguments.from, arguments.to, arguments.protocol);
  if (!verdict) {
    std::cerr << verdict.error() << "\n";
    return kBadInput;
  }
  std::cout << (arguments.output == "json" ? report::reach_json(*verdict)
                                           : report::reach_text(*verdict, terminal_style()));
  return verdict->allowed() ? kOk : kNotHeld;
}

int diff(const DiffArguments& arguments) {
  Side before, after;
  if (!read_side(arguments.before, arguments, before) || !read_side(arguments.after, arguments, after))
    return kBadInput;
  auto changes = report::reach_changes(before.matrix, after.matrix);
  scenario::explain_changes(changes, before.state ? &*before.state : nullptr,
                            after.state ? &*after.state : nullptr);
  std::cout << (arguments.output == "json" ? report::reach_changes_json(changes)
                                           : report::reach_changes_text(changes, terminal_style()));
  return changes.empty() ? kOk : kNotHeld;
}

}  // namespace seatrial::cli
