#include "sim/cli/look.h"

#include <algorithm>
#include <array>
#include <iostream>

#include "sim/api/selector_text.h"
#include "sim/scenario/load.h"

namespace seatrial::cli {
namespace {

using api::Kind;

// Category "all", in the order in which kubectl prints it.
constexpr std::array<std::string_view, 8> kAll{"pods",        "services",     "daemonsets", "deployments",
                                               "replicasets", "statefulsets", "cronjobs",   "jobs"};

}  // namespace

std::optional<scenario::World> world_at(const LookArguments& arguments, std::uint64_t log_every,
                                        const std::string& explained_pod) {
  std::optional<SimTime> at;
  if (!read_instant(arguments.at, "--at", at)) return std::nullopt;
  if (arguments.variant == scenario::kAllVariants) {
    std::cerr << "--variant: all is for run and validate; name one\n";
    return std::nullopt;
  }
  const auto found = load(arguments.scenario, arguments.variant);
  if (!found) {
    print_problems(found.error());
    return std::nullopt;
  }
  return play_with_progress(found->front(), {arguments.seed, at, log_every, explained_pod, {}});
}

std::pair<std::string, std::string> split_name(const std::string& what) {
  const std::size_t slash = what.find('/');
  if (slash == std::string::npos) return {what, ""};
  return {what.substr(0, slash), what.substr(slash + 1)};
}

std::expected<Looked, std::string> read_what(const std::string& what) {
  const auto [resources, name] = split_name(what);
  Looked looked;
  looked.name = name;
  for (std::size_t from = 0; from <= resources.size();) {
    const std::size_t to = std::min(resources.find(',', from), resources.size());
    const std::string resource = resources.substr(from, to - from);
    from = to + 1;
    if (resource == "all") {
      for (const std::string_view each : kAll) looked.kinds.push_back(api::find_kind_by_resource(each));
      continue;
    }
    looked.kinds.push_back(api::find_kind_by_resource(resource));
    if (!looked.kinds.back())
      return std::unexpected("error: the server doesn't have a resource type \"" + resource + "\"");
  }
  std::erase(looked.kinds, nullptr);
  looked.several = looked.kinds.size() > 1;
  return looked;
}

std::expected<std::vector<api::ObjectPtr>, std::string> objects_of(const scenario::World& world,
                                                                   const api::KindInfo& kind,
                                                                   const std::string& name,
                                                                   const LookArguments& arguments) {
  const api::Symbol name_space = kind.namespaced ? arguments.name_space : "";
  std::vector<api::ObjectPtr> objects = world.cluster().store().list(kind.kind, name_space);
  if (!name.empty()) {
    std::erase_if(objects,
                  [&](const api::ObjectPtr& object) { return object->metadata.name.view() != name; });
    if (objects.empty())
      return std::unexpected("Error from server (NotFound): " + kind.qualified_resource() + " \"" + name +
                             "\" not found");
  }
  const auto selector = api::parse_selector(arguments.selector);
  if (!selector) return std::unexpected("error: " + selector.error());
  std::erase_if(objects,
                [&](const api::ObjectPtr& object) { return !selector->matches(*object->metadata.labels); });
  return objects;
}

}  // namespace seatrial::cli
