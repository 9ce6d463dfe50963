// seatrial can-i, seatrial who-can: who may do what, in a scenario at an instant or by manifests alone.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "sim/api/kinds.h"
#include "sim/api/manifests.h"
#include "sim/cli/commands.h"
#include "sim/cli/look.h"
#include "sim/report/access_report.h"
#include "sim/scenario/access_review.h"
#include "sim/scenario/files.h"

namespace seatrial::cli {
namespace {

// What is asked, of what: roles and bindings, who people are, and where one stands without --namespace.
struct Reviewed {
  cluster::Store store;
  scenario::Access access;
  std::string default_namespace = "default";
};

// The folder and those under it that have manifests, but hidden ones; or the file.
std::vector<std::filesystem::path> manifest_paths(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::set<fs::path> folders;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::error_code of_entry;
    if (it->is_directory(of_entry) && it->path().filename().string().starts_with('.'))
      it.disable_recursion_pending();
    else if (scenario::is_manifest_name(it->path().string()) && it->is_regular_file(of_entry))
      folders.insert(it->path().parent_path());
  }
  if (folders.empty()) return {path};
  return {folders.begin(), folders.end()};
}

struct Gathered {
  std::vector<api::ObjectPtr> objects;
  std::set<std::string> namespaces;
  api::Problems problems;
};

// Those that do not say their namespace are in the only one that the folder names, as if it were applied with
// `kubectl -n`; else in `otherwise`, or default.
void gather(const std::filesystem::path& path, const std::string& otherwise, Gathered& all) {
  const api::Manifests manifests = api::load_manifests(path);
  std::set<std::string> namespaces;
  for (const api::ManifestObject& manifest : manifests.objects) {
    const bool is_namespace = manifest.object->kind == api::Kind::kNamespace;
    namespaces.insert(is_namespace ? manifest.object->metadata.name.str() : manifest.namespace_.str());
  }
  namespaces.erase("");
  const std::string unsaid = namespaces.size() == 1 ? *namespaces.begin()
                             : otherwise.empty()    ? "default"
                                                    : otherwise;
  for (const api::ManifestObject& manifest : manifests.objects) {
    api::ObjectPtr object = manifest.object;
    if (api::info(*object).namespaced && object->metadata.namespace_.empty()) {
      const auto copy = api::info(*object).clone(*object);
      copy->metadata.namespace_ = unsaid;
      object = copy;
    }
    all.objects.push_back(std::move(object));
  }
  all.namespaces.merge(namespaces);
  all.problems.insert(all.problems.end(), manifests.problems.begin(), manifests.problems.end());
}

std::optional<Reviewed> of_manifests(const AccessArguments& arguments) {
  if (!arguments.at.empty() || arguments.seed || !arguments.variant.empty()) {
    std::cerr << "--at, --seed and --variant are for scenarios; " << arguments.folder << " is manifests\n";
    return std::nullopt;
  }
  Gathered all;
  for (const auto& path : manifest_paths(arguments.folder)) gather(path, arguments.name_space, all);
  if (!all.problems.empty()) {
    print_problems(all.problems);
    return std::nullopt;
  }
  Reviewed reviewed;
  if (all.namespaces.size() == 1) reviewed.default_namespace = *all.namespaces.begin();
  reviewed.store = scenario::access_store(all.objects);
  return reviewed;
}

std::optional<Reviewed> review(const AccessArguments& arguments) {
  if (!is_scenario(arguments.folder)) return of_manifests(arguments);
  LookArguments look;
  look.scenario = arguments.folder;
  look.variant = arguments.variant;
  look.at = arguments.at;
  look.seed = arguments.seed;
  const auto world = world_at(look);
  if (!world) return std::nullopt;
  return Reviewed{world->cluster().store(), world->scenario().platform.access,
                  world->scenario().default_namespace.str()};
}

cluster::Attributes attributes_from(const AccessArguments& arguments, const std::string& ns) {
  scenario::AccessQuestion question{arguments.verb, arguments.resource, arguments.subresource, ns};
  question.namespace_given = !arguments.name_space.empty();
  if (arguments.all_namespaces) question.namespace_.clear();
  const scenario::AskedAccess asked = scenario::asked_access(question);
  for (const std::string& warning : asked.warnings) std::cerr << "Warning: " << warning << "\n";
  return asked.what;
}

std::string who_text(const cluster::Identity& who) {
  std::string groups;
  for (const api::Symbol group : who.groups) groups += (groups.empty() ? "" : ", ") + group.str();
  return (who.user.empty() ? "somebody" : who.user.str()) + " is in " + groups;
}

void explain_yes(const cluster::Decision& decision, const scenario::Access& access) {
  if (!decision.grant) {
    std::cout << "  the group system:masters may do everything\n";
    return;
  }
  std::cout << report::grant_text(*decision.grant);
  const bool by_group = decision.grant->subject->kind == api::Symbol("Group");
  if (by_group && !access.issuer.empty() &&
      decision.grant->subject->name.view().starts_with(access.groups_prefix))
    std::cout << "  " << decision.grant->subject->name.str() << " comes from the claim \""
              << access.groups_claim << "\" of " << access.issuer << "\n";
}

void explain_no(const cluster::Identity& who, const cluster::Attributes& what,
                const cluster::Decision& decision, const cluster::Store& store) {
  std::cout << "  " << cluster::forbidden(who, what, decision.reason).message << "\n  " << who_text(who)
            << "\n";
  const auto grants = cluster::who_can(what, store);
  std::cout << (grants.empty() ? "\nNobody could: no role that is bound there allows it.\n"
                               : "\nWho could:\n");
  if (!grants.empty()) std::cout << report::who_can_table(grants);
}

}  // namespace

int can_i(const AccessArguments& arguments) {
  const auto reviewed = review(arguments);
  if (!reviewed) return kBadInput;
  const cluster::Identity who = scenario::who_asks(reviewed->access, arguments.as, arguments.as_groups);
  const std::string ns = arguments.name_space.empty() ? reviewed->default_namespace : arguments.name_space;
  if (arguments.list) {
    std::cout << report::access_list(cluster::rules_for(who, ns, reviewed->store));
    return kOk;
  }
  const cluster::Attributes what = attributes_from(arguments, ns);
  const cluster::Decision decision = cluster::authorize(who, what, reviewed->store);
  if (decision.allowed)
    std::cout << "yes\n";
  else
    std::cout << "no" << (decision.reason.empty() ? "" : " - " + decision.reason) << "\n";
  if (arguments.explain && decision.allowed) explain_yes(decision, reviewed->access);
  if (arguments.explain && !decision.allowed) explain_no(who, what, decision, reviewed->store);
  return decision.allowed ? kOk : kNotHeld;
}

int who_can(const AccessArguments& arguments) {
  const auto reviewed = review(arguments);
  if (!reviewed) return kBadInput;
  const std::string ns = arguments.name_space.empty() ? reviewed->default_namespace : arguments.name_space;
  std::cout << report::who_can_table(cluster::who_can(attributes_from(arguments, ns), reviewed->store));
  return kOk;
}

}  // namespace seatrial::cli
