#include "sim/cluster/rbac.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "sim/api/kinds.h"
#include "sim/api/policy_rules.h"
#include "sim/cluster/object_parts.h"

namespace seatrial::cluster {

using api::ClusterRole;
using api::ClusterRoleBinding;
using api::Kind;
using api::ObjectPtr;
using api::PolicyRule;
using api::Role;
using api::RoleBinding;
using api::RoleRef;
using api::Subject;
using api::Symbol;

const std::vector<PolicyRule>& rules_of(const api::Object& role) {
  return role.kind == Kind::kRole ? static_cast<const Role&>(role).rules
                                  : static_cast<const ClusterRole&>(role).rules;
}

namespace {

constexpr std::string_view kMasters = "system:masters", kAuthenticated = "system:authenticated",
                           kUnauthenticated = "system:unauthenticated", kAnonymous = "system:anonymous",
                           kAccounts = "system:serviceaccounts",
                           kAccountUser = "system:serviceaccount:", kNodeUser = "system:node:";

bool is_in(const Identity& who, std::string_view group) {
  return std::ranges::count(who.groups, Symbol(group)) > 0;
}

bool holds(const std::vector<Symbol>& list, std::string_view text) {
  return std::ranges::any_of(list, [&](Symbol own) { return own.view() == "*" || own.view() == text; });
}

bool resource_matches(const PolicyRule& rule, const Attributes& what) {
  const std::string path = what.subresource.empty() ? what.resource : what.resource + "/" + what.subresource;
  return holds(rule.resources, path) ||
         (!what.subresource.empty() &&
          std::ranges::count(rule.resources, Symbol("*/" + what.subresource)) > 0);
}

bool url_matches(const PolicyRule& rule, std::string_view path) {
  return std::ranges::any_of(rule.non_resource_urls, [&](Symbol own) {
    const std::string_view url = own.view();
    if (url == path) return true;
    const std::size_t last = url.find_last_not_of('*');
    return url.ends_with('*') &&
           path.starts_with(url.substr(0, last == std::string_view::npos ? 0 : last + 1));
  });
}

bool applies_to(const Identity& who, const Subject& subject, Symbol binding_namespace) {
  if (subject.kind == Symbol("User")) return who.user == subject.name;
  if (subject.kind == Symbol("Group")) return is_in(who, subject.name.view());
  const Symbol ns = subject.namespace_.empty() ? binding_namespace : subject.namespace_;
  if (subject.kind != Symbol("ServiceAccount") || ns.empty()) return false;
  return who.user.view() == std::string(kAccountUser) + ns.str() + ":" + subject.name.str();
}

const std::vector<Subject>& subjects_of(const api::Object& binding) {
  return binding.kind == Kind::kRoleBinding ? static_cast<const RoleBinding&>(binding).subjects
                                            : static_cast<const ClusterRoleBinding&>(binding).subjects;
}
const RoleRef& role_ref_of(const api::Object& binding) {
  return binding.kind == Kind::kRoleBinding ? static_cast<const RoleBinding&>(binding).role_ref
                                            : static_cast<const ClusterRoleBinding&>(binding).role_ref;
}

// Null where there is none.
ObjectPtr role_of(const RoleRef& ref, Symbol namespace_, const Store& store) {
  if (ref.kind == Symbol("Role")) return store.get(store.find(Kind::kRole, namespace_, ref.name));
  if (ref.kind == Symbol("ClusterRole")) return store.get(store.find(Kind::kClusterRole, {}, ref.name));
  return nullptr;
}

// Each binding that counts in a namespace with its role (null where it dangles), in the order in which they
// are asked, until `visit` returns false.
template <class Visit>
void visit_bindings(Symbol namespace_, const Store& store, Visit&& visit) {
  for (const ObjectPtr& binding : store.list(Kind::kClusterRoleBinding))
    if (!visit(binding, role_of(role_ref_of(*binding), {}, store))) return;
  if (namespace_.empty()) return;
  for (const ObjectPtr& binding : store.list(Kind::kRoleBinding, namespace_))
    if (!visit(binding, role_of(role_ref_of(*binding), namespace_, store))) return;
}

const Subject* subject_that_is(const Identity& who, const api::Object& binding) {
  for (const Subject& subject : subjects_of(binding))
    if (applies_to(who, subject, binding.metadata.namespace_)) return &subject;
  return nullptr;
}

// As a lister says it (singular), or as the registry does.
std::string role_not_found(const RoleRef& ref, bool plural) {
  const bool cluster = ref.kind == Symbol("ClusterRole");
  return fmt::format("{}{}.{} \"{}\" not found", cluster ? "clusterrole" : "role", plural ? "s" : "",
                     api::kRbacGroup, ref.name.str());
}

// As Go joins errors, each once.
std::string aggregate(const std::vector<std::string>& errors) {
  std::vector<std::string> once;
  for (const std::string& error : errors)
    if (std::ranges::count(once, error) == 0) once.push_back(error);
  return once.size() == 1 ? once.front() : fmt::format("[{}]", fmt::join(once, ", "));
}

struct Verbs {
  Verb verb;
  const char *name, *subresource;
};
constexpr std::array kVerbs{
    Verbs{Verb::kGet, "get", ""},
    Verbs{Verb::kCreate, "create", ""},
    Verbs{Verb::kUpdate, "update", ""},
    Verbs{Verb::kUpdateStatus, "update", "status"},
    Verbs{Verb::kPatchStatus, "patch", "status"},
    Verbs{Verb::kPatchConditions, "patch", "status"},
    Verbs{Verb::kPatchOwners, "patch", ""},
    Verbs{Verb::kRemoveFinalizer, "patch", ""},
    Verbs{Verb::kBind, "create", "binding"},
    Verbs{Verb::kScale, "patch", "scale"},
    Verbs{Verb::kPatch, "patch", ""},
    Verbs{Verb::kApply, "patch", ""},
    Verbs{Verb::kDelete, "delete", ""},
    Verbs{Verb::kEvict, "create", "eviction"},
};

}  // namespace

Identity service_account(Symbol namespace_, Symbol name) {
  return {std::string(kAccountUser) + namespace_.str() + ":" + name.str(),
          {kAccounts, std::string(kAccounts) + ":" + namespace_.str(), kAuthenticated},
          nullptr};
}

Attributes attributes_of(const ApiRequest& request, const api::Object& stored) {
  const auto row = std::ranges::find(kVerbs, request.verb, &Verbs::verb);
  Attributes what;
  what.verb = request.put ? "update" : row->name;
  what.group = api::group_of(stored);
  what.resource = api::plural_of(stored);
  what.subresource = row->subresource;
  what.namespace_ = stored.metadata.namespace_.str();
  if (request.verb == Verb::kCreate) return what;
  what.name = stored.metadata.name.str();
  if (stored.kind == Kind::kNamespace) what.namespace_ = what.name;
  return what;
}

Attributes reading(const api::KindInfo& kind, Symbol namespace_, Symbol name) {
  Attributes what = listing(kind, namespace_);
  what.verb = "get";
  what.name = name.str();
  if (kind.kind == Kind::kNamespace) what.namespace_ = what.name;
  return what;
}

Attributes listing(const api::KindInfo& kind, Symbol namespace_) {
  Attributes what;
  what.verb = "list";
  what.group = kind.group();
  what.resource = kind.plural;
  if (kind.namespaced) what.namespace_ = namespace_.str();
  return what;
}

bool allows(const PolicyRule& rule, const Attributes& what) {
  if (!holds(rule.verbs, what.verb)) return false;
  if (!what.path.empty()) return url_matches(rule, what.path);
  const bool named =
      rule.resource_names.empty() || std::ranges::count(rule.resource_names, Symbol(what.name)) > 0;
  return named && holds(rule.api_groups, what.group) && resource_matches(rule, what);
}

Decision authorize(const Identity& who, const Attributes& what, const Store& store) {
  if (is_in(who, kMasters)) return {true, std::nullopt, ""};
  Decision decision;
  std::vector<std::string> errors;
  visit_bindings(what.namespace_, store, [&](const ObjectPtr& binding, const ObjectPtr& role) {
    const Subject* const subject = subject_that_is(who, *binding);
    if (!subject) return true;
    if (!role) {
      errors.push_back(role_not_found(role_ref_of(*binding), false));
      return true;
    }
    for (const PolicyRule& rule : rules_of(*role)) {
      if (!allows(rule, what)) continue;
      decision = {true, Grant{binding, role, &rule, subject}, ""};
      return false;
    }
    return true;
  });
  if (!decision.allowed && !errors.empty()) decision.reason = "RBAC: " + aggregate(errors);
  return decision;
}

ApiError forbidden(const Identity& who, const Attributes& what, std::string_view reason) {
  const std::string user = api::quoted(who.user.view());
  std::string text;
  if (!what.path.empty()) {
    text = fmt::format("User {} cannot {} path {}", user, what.verb, api::quoted(what.path));
  } else {
    const std::string path =
        what.subresource.empty() ? what.resource : what.resource + "/" + what.subresource;
    text = fmt::format("User {} cannot {} resource {} in API group {} ", user, what.verb, api::quoted(path),
                       api::quoted(what.group));
    text +=
        what.namespace_.empty() ? "at the cluster scope" : "in the namespace " + api::quoted(what.namespace_);
  }
  if (!reason.empty()) text += fmt::format(": {}", reason);
  std::string of = what.group.empty() ? what.resource : what.resource + "." + what.group;
  if (!what.name.empty()) of += " " + api::quoted(what.name);
  return {403, "Forbidden", (of.empty() ? "" : of + " is ") + "forbidden: " + text, {}, 0};
}

std::optional<ApiError> refusal(const Identity& who, const Attributes& what, const Store& store) {
  const Decision decision = authorize(who, what, store);
  if (decision.allowed) return std::nullopt;
  return forbidden(who, what, decision.reason);
}

namespace {

// And what stands in the way of knowing more.
std::vector<PolicyRule> rules_held(const Identity& who, Symbol namespace_, const Store& store,
                                   std::vector<std::string>& errors) {
  std::vector<PolicyRule> all;
  visit_bindings(namespace_, store, [&](const ObjectPtr& binding, const ObjectPtr& role) {
    if (!subject_that_is(who, *binding)) return true;
    if (role)
      all.insert(all.end(), rules_of(*role).begin(), rules_of(*role).end());
    else
      errors.push_back(role_not_found(role_ref_of(*binding), true));
    return true;
  });
  return all;
}

// The same words as for any refusal, about an object that somebody writes.
ApiError may_not_write(const api::Object& object, const std::string& why) {
  return {403,
          "Forbidden",
          fmt::format("{} \"{}\" is forbidden: {}", api::qualified_resource(object),
                      object.metadata.name.str(), why),
          {},
          0};
}

// ConfirmNoEscalation: nobody grants what they do not hold.
std::optional<std::string> grants_more(const Identity& who, Symbol namespace_,
                                       std::span<const PolicyRule> rules, const Store& store) {
  std::vector<std::string> errors;
  const std::vector<PolicyRule> held = rules_held(who, namespace_, store, errors);
  const std::vector<PolicyRule> missing = api::not_covered(held, rules);
  if (missing.empty()) return std::nullopt;
  std::string text =
      fmt::format("user {} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
                  api::quoted(who.user.view()), api::quoted_list(who.groups), api::compact_text(missing));
  if (!errors.empty()) text += fmt::format("; resolution errors: [{}]", aggregate(errors));
  return text;
}

std::optional<ApiError> role_escalation(const Identity& who, const api::Object& role, const api::Object* old,
                                        bool named, const Store& store) {
  const Symbol ns = role.metadata.namespace_;
  Attributes escalate = listing(api::info(role), ns);
  escalate.verb = "escalate";
  if (named) escalate.name = role.metadata.name.str();
  if (authorize(who, escalate, store).allowed) return std::nullopt;
  if (const auto more = grants_more(who, ns, rules_of(role), store)) return may_not_write(role, *more);
  const auto aggregates = [](const api::Object* object) {
    return object && object->kind == Kind::kClusterRole &&
           static_cast<const ClusterRole*>(object)->aggregation_rule.has_value();
  };
  if (!aggregates(&role) && !aggregates(old)) return std::nullopt;
  const std::array everything{PolicyRule{{"*"}, {"*"}, {"*"}, {}, {}, {}},
                              PolicyRule{{"*"}, {}, {}, {}, {"*"}, {}}};
  if (!grants_more(who, ns, everything, store)) return std::nullopt;
  return may_not_write(role, "must have cluster-admin privileges to use the aggregationRule");
}

std::optional<ApiError> binding_escalation(const Identity& who, const api::Object& binding,
                                           const Store& store) {
  const Symbol ns = binding.metadata.namespace_;
  const RoleRef& ref = role_ref_of(binding);
  const bool cluster = ref.kind == Symbol("ClusterRole");
  Attributes bind;
  bind.verb = "bind";
  bind.group = ref.api_group.str();
  bind.resource = cluster ? "clusterroles" : "roles";
  bind.namespace_ = ns.str();
  bind.name = ref.name.str();
  if (authorize(who, bind, store).allowed) return std::nullopt;
  const ObjectPtr role = role_of(ref, ns, store);
  if (!role) return ApiError{404, "NotFound", role_not_found(ref, true), {}, 0};
  if (const auto more = grants_more(who, ns, rules_of(*role), store)) return may_not_write(binding, *more);
  return std::nullopt;
}

// Only what the garbage collector needs, or nothing at all.
bool is_same_but_for_owners(const api::Object& a, const api::Object& b) {
  return same_spec(a, b) && a.metadata.labels == b.metadata.labels &&
         a.metadata.annotations == b.metadata.annotations;
}

}  // namespace

std::vector<PolicyRule> rules_for(const Identity& who, Symbol namespace_, const Store& store) {
  std::vector<std::string> errors;
  return rules_held(who, namespace_, store, errors);
}

std::vector<Grant> who_can(const Attributes& what, const Store& store) {
  std::vector<Grant> grants;
  visit_bindings(what.namespace_, store, [&](const ObjectPtr& binding, const ObjectPtr& role) {
    if (!role) return true;
    const auto& rules = rules_of(*role);
    const auto rule = std::ranges::find_if(rules, [&](const PolicyRule& r) { return allows(r, what); });
    if (rule == rules.end()) return true;
    for (const Subject& subject : subjects_of(*binding)) grants.push_back({binding, role, &*rule, &subject});
    return true;
  });
  return grants;
}

std::optional<ApiError> escalation(const Identity& who, const api::Object& object, const api::Object* old,
                                   bool named, const Store& store) {
  const bool role = object.kind == Kind::kRole || object.kind == Kind::kClusterRole;
  const bool binding = object.kind == Kind::kRoleBinding || object.kind == Kind::kClusterRoleBinding;
  if ((!role && !binding) || is_in(who, kMasters)) return std::nullopt;
  if (old && is_same_but_for_owners(object, *old)) return std::nullopt;
  return role ? role_escalation(who, object, old, named, store) : binding_escalation(who, object, store);
}

namespace {

// A node's or a service account's name, else empty.
std::pair<std::string, std::string> account_of(std::string_view user) {
  if (!user.starts_with(kAccountUser)) return {};
  const std::string_view rest = user.substr(kAccountUser.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos || rest.find(':', colon + 1) != std::string_view::npos) return {};
  return {std::string(rest.substr(0, colon)), std::string(rest.substr(colon + 1))};
}

// The verb is impersonate, or impersonate:MODE of a constrained impersonation.
struct Impersonation {
  std::string verb, group;
};

std::optional<ApiError> may_impersonate(const Identity& who, const Identity& wanted, const Impersonation& how,
                                        const Store& store) {
  const bool constrained = how.verb != "impersonate";
  Attributes user{how.verb, how.group, "users", "", "", wanted.user.str(), ""};
  if (constrained && wanted.user.view().starts_with(kNodeUser)) {
    user.resource = "nodes";
    user.name = wanted.user.view().substr(kNodeUser.size());
  }
  if (const auto [ns, name] = account_of(wanted.user.view()); !name.empty())
    user = {how.verb, how.group, "serviceaccounts", "", ns, name, ""};
  if (auto refused = refusal(who, user, store)) return refused;
  for (const Symbol group : wanted.groups) {
    const Attributes what{how.verb, how.group, "groups", "", "", group.str(), ""};
    if (constrained && group.view() == kMasters)
      return forbidden(who, what, "impersonating the system:masters group is not allowed");
    if (auto refused = refusal(who, what, store)) return refused;
  }
  return std::nullopt;
}

// Of whom somebody who is not a node and not a service account may be: empty.
std::string_view constrained_mode(const Identity& wanted) {
  if (wanted.user.view().starts_with(kNodeUser)) return wanted.groups.empty() ? "arbitrary-node" : "";
  if (!account_of(wanted.user.view()).second.empty()) return wanted.groups.empty() ? "serviceaccount" : "";
  return "user-info";
}

}  // namespace

Identity acting_as(const Identity& who) {
  if (!who.impersonates) return who;
  Identity now{who.impersonates->user, who.impersonates->groups, nullptr};
  const auto [ns, name] = account_of(now.user.view());
  if (!name.empty() && now.groups.empty()) now.groups = service_account(ns, name).groups;
  const bool anonymous = now.user.view() == kAnonymous;
  if (anonymous && !is_in(now, kUnauthenticated)) now.groups.push_back(kUnauthenticated);
  if (!anonymous && !is_in(now, kAuthenticated) && !is_in(now, kUnauthenticated))
    now.groups.push_back(kAuthenticated);
  return now;
}

// The constrained mode is tried first (v1.36), then the legacy one; what is answered is the first refusal.
std::optional<ApiError> impersonation_refusal(const Identity& who, const Attributes& request,
                                              const Store& store) {
  if (!who.impersonates) return std::nullopt;
  const Identity& wanted = *who.impersonates;
  std::optional<ApiError> first;
  if (const std::string mode(constrained_mode(wanted)); !mode.empty()) {
    Attributes on = request;
    on.verb = "impersonate-on:" + mode + ":" + request.verb;
    first = refusal(who, on, store);
    if (!first) first = may_impersonate(who, wanted, {"impersonate:" + mode, "authentication.k8s.io"}, store);
    if (!first) return std::nullopt;
  }
  auto legacy = may_impersonate(who, wanted, {"impersonate", ""}, store);
  if (!legacy) return std::nullopt;
  return first ? first : legacy;
}

}  // namespace seatrial::cluster
