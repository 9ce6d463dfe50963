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
    if (it->is_directory(error) && it->path().filename().string().starts_with('.'))
      it.disable_recursion_pending();
    else if (scenario::is_manifest_name(it->path().string()) && it->is_regular_file(error))
      folders.insert(it->path().parent_path());
  }
  if (folders.empty()) return {path};
  return {folders.begin(), folders.end()};
}

std::optional<Reviewed> of_manifests(const AccessArguments& arguments) {
  if (!arguments.at.empty() || arguments.seed || !arguments.variant.empty()) {
    std::cerr << "--at, --seed and --variant are for scenarios; " << arguments.folder << " is manifests\n";
    return std::nullopt;
  }
  const api::Manifests manifests = api::load_manifests(manifest_paths(arguments.folder));
  if (!manifests.problems.empty()) {
    print_problems(manifests.problems);
    return std::nullopt;
  }
  std::vector<api::ObjectPtr> objects;
  std::set<std::string> namespaces;
  for (const api::ManifestObject& manifest : manifests.objects) {
    objects.push_back(manifest.object);
    const bool is_namespace = manifest.object->kind == api::Kind::kNamespace;
    namespaces.insert(is_namespace ? manifest.object->metadata.name.str() : manifest.namespace_.str());
  }
  namespaces.erase("");
  Reviewed reviewed;
  if (namespaces.size() == 1) reviewed.default_namespace = *namespaces.begin();
  // As `kubectl -n` does, for those that do not say theirs.
  const std::string ns = arguments.name_space.empty() ? reviewed.default_namespace : arguments.name_space;
  for (api::ObjectPtr& object : objects) {
    if (!api::info(*object).namespaced || !object->metadata.namespace_.empty()) continue;
    const auto copy = api::info(*object).clone(*object);
    copy->metadata.namespace_ = ns;
    object = copy;
  }
  reviewed.store = scenario::access_store(objects);
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

constexpr std::array<std::string_view, 16> kResourceVerbs{
    "get", "list", "watch",       "create", "update",  "patch", "delete",   "deletecollection",
    "use", "bind", "impersonate", "*",      "approve", "sign",  "escalate", "attest"};
constexpr std::array<std::string_view, 8> kPathVerbs{"get",   "put",     "post",   "head",
                                                     "patch", "options", "delete", "*"};

void warn(const std::string& words) { std::cerr << "Warning: " << words << "\n"; }

template <class Known>
void check_verb(const std::string& verb, const Known& known) {
  if (std::ranges::find(known, verb) == known.end()) warn("verb '" + verb + "' is not a known verb");
}

// deploy, deployments.apps/web, prometheusrules.monitoring.coreos.com, *, /healthz.
cluster::Attributes attributes_from(const AccessArguments& arguments, const std::string& ns) {
  cluster::Attributes what;
  what.verb = arguments.verb;
  if (arguments.resource.starts_with('/')) {
    check_verb(what.verb, kPathVerbs);
    what.path = arguments.resource;
    return what;
  }
  const std::size_t slash = std::min(arguments.resource.find('/'), arguments.resource.size());
  const std::string resource = arguments.resource.substr(0, slash);
  what.subresource = arguments.subresource;
  what.name = slash < arguments.resource.size() ? arguments.resource.substr(slash + 1) : "";
  what.namespace_ = arguments.all_namespaces ? "" : ns;
  check_verb(what.verb, kResourceVerbs);
  if (const api::KindInfo* const kind = api::find_kind_by_resource(resource)) {
    what.group = kind->group();
    what.resource = kind->plural;
    const bool is_namespace = kind->kind == api::Kind::kNamespace && !what.name.empty();
    if (is_namespace && arguments.name_space.empty()) what.namespace_ = what.name;
    if (!kind->namespaced && !is_namespace && !arguments.all_namespaces)
      warn("resource '" + what.resource + "' is not namespace scoped" +
           (what.group.empty() ? "" : " in group '" + what.group + "'"));
    return what;
  }
  const std::size_t dot = resource.find('.');
  what.resource = resource.substr(0, dot);
  if (dot != std::string::npos) what.group = resource.substr(dot + 1);
  const bool is_known = resource == "*" || resource == "users" || resource == "groups";
  if (!is_known && dot == std::string::npos)
    warn("the server doesn't have a resource type '" + resource + "'");
  return what;
}

// Of --as and --as-group; without either the platform's default user, or a cluster administrator.
cluster::Identity who_asks(const AccessArguments& arguments, const scenario::Access& access) {
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (arguments.as.empty() && arguments.as_groups.empty())
    return access.default_user ? *access.default_user
                               : cluster::Identity{"admin", {"system:masters"}, nullptr};
  std::vector<api::Symbol> groups(arguments.as_groups.begin(), arguments.as_groups.end());
  const std::size_t colon = arguments.as.find(':', kAccount.size());
  if (arguments.as.starts_with(kAccount) && colon != std::string::npos && groups.empty())
    return cluster::service_account(arguments.as.substr(kAccount.size(), colon - kAccount.size()),
                                    arguments.as.substr(colon + 1));
  if (groups.empty()) return scenario::user_of(access, arguments.as);
  return scenario::user_with(access, arguments.as, std::move(groups));
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
  const cluster::Identity who = who_asks(arguments, reviewed->access);
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
