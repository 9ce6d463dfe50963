// What the commands that look at a run share. Internal to sim/cli.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/api/kinds.h"
#include "sim/cli/commands.h"
#include "sim/cli/common.h"

namespace seatrial::cli {

// The scenario played to --at (else to its end), or nothing and what is wrong.
std::optional<scenario::World> world_at(const LookArguments& arguments, std::uint64_t log_every = 0,
                                        const std::string& explained_pod = {});

std::pair<std::string, std::string> split_name(const std::string& what);  // deploy/web: deploy, web

// What `pods`, `deploy,rs`, `all`, `deploy/web` mean. The error is kubectl's.
struct Looked {
  std::vector<const api::KindInfo*> kinds;
  std::string name;      // empty: all objects
  bool several = false;  // kinds
};
std::expected<Looked, std::string> read_what(const std::string& what);

// The objects of a kind that the arguments ask for: of that name, in that namespace, with those labels.
// Sorted by namespace and name.
std::expected<std::vector<api::ObjectPtr>, std::string> objects_of(const scenario::World& world,
                                                                   const api::KindInfo& kind,
                                                                   const std::string& name,
                                                                   const LookArguments& arguments);

}  // namespace seatrial::cli
