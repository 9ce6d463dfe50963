// seatrial get, seatrial describe: the cluster at an instant, as kubectl prints it.
#include <iostream>
#include <set>

#include "sim/cli/look.h"
#include "sim/report/describe.h"
#include "sim/report/kubectl_table.h"

namespace seatrial::cli {
namespace {

// kubectl stands in one namespace; here it stands in the one that has something, or in all.
bool shows_namespaces(const std::vector<api::ObjectPtr>& objects, const LookArguments& arguments) {
  if (arguments.all_namespaces) return true;
  std::set<api::Symbol> namespaces;
  for (const api::ObjectPtr& object : objects) namespaces.insert(object->metadata.namespace_);
  return namespaces.size() > 1;
}

void print_nothing(const LookArguments& arguments) {
  if (arguments.name_space.empty())
    std::cerr << "No resources found\n";
  else
    std::cerr << "No resources found in " << arguments.name_space << " namespace.\n";
}

void print_structured(const std::vector<api::ObjectPtr>& objects, const std::string& output) {
  if (output == "json") std::cout << report::kubectl_json(objects);
  if (output == "yaml") std::cout << report::kubectl_yaml(objects);
  if (output == "name") std::cout << report::kubectl_names(objects);
}

// The object of that name, else those whose names begin with it.
std::expected<std::vector<api::ObjectPtr>, std::string> described(const scenario::World& world,
                                                                  const api::KindInfo& kind,
                                                                  const std::string& name,
                                                                  const LookArguments& arguments) {
  auto exact = objects_of(world, kind, name, arguments);
  if (exact || name.empty()) return exact;
  auto all = objects_of(world, kind, "", arguments);
  if (!all) return all;
  std::erase_if(
      *all, [&](const api::ObjectPtr& object) { return !object->metadata.name.view().starts_with(name); });
  return all->empty() ? exact : all;
}

}  // namespace

int get(const LookArguments& arguments) {
  const auto what = read_what(arguments.what);
  if (!what) {
    std::cerr << what.error() << "\n";
    return kBadInput;
  }
  const auto world = world_at(arguments);
  if (!world) return kBadInput;
  const SimTime now = world->cluster().kernel().now();
  std::vector<api::ObjectPtr> all;
  std::vector<std::pair<const api::KindInfo*, std::vector<api::ObjectPtr>>> tables;
  for (const api::KindInfo* const kind : what->kinds) {
    auto objects = objects_of(*world, *kind, what->name, arguments);
    if (!objects) {
      std::cerr << objects.error() << "\n";
      return kBadInput;
    }
    all.insert(all.end(), objects->begin(), objects->end());
    if (!objects->empty()) tables.emplace_back(kind, std::move(*objects));
  }
  if (arguments.output == "json" || arguments.output == "yaml" || arguments.output == "name") {
    print_structured(all, arguments.output);
    return kOk;
  }
  if (all.empty()) print_nothing(arguments);
  const bool with_namespace = shows_namespaces(all, arguments);
  bool first = true;
  for (const auto& [kind, objects] : tables) {
    const report::KubectlTableOptions options{arguments.output == "wide", kind->namespaced && with_namespace,
                                              what->several};
    std::cout << (first ? "" : "\n") << report::kubectl_table(objects, now, options);
    first = false;
  }
  return kOk;
}

int describe(const LookArguments& arguments) {
  const auto what = read_what(arguments.what);
  if (!what) {
    std::cerr << what.error() << "\n";
    return kBadInput;
  }
  const auto world = world_at(arguments);
  if (!world) return kBadInput;
  const scenario::SimulatedCluster& cluster = world->cluster();
  bool first = true;
  for (const api::KindInfo* const kind : what->kinds) {
    const auto objects = described(*world, *kind, what->name, arguments);
    if (!objects) {
      std::cerr << objects.error() << "\n";
      return kBadInput;
    }
    for (const api::ObjectPtr& object : *objects) {
      const auto text = report::describe(*object, cluster.store(), cluster.kernel().now());
      if (!text) {
        std::cerr << text.error() << "\n";
        return kBadInput;
      }
      std::cout << (first ? "" : "\n\n") << *text;
      first = false;
    }
  }
  if (first) print_nothing(arguments);
  return kOk;
}

}  // namespace seatrial::cli
